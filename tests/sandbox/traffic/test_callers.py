"""Callers of deployed endpoints: real requests, at their pace, until they are stopped."""

from pathlib import Path

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Stack
from sandbox.services.cloudformation.packaging import zip_bytes

APP = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): return event['rawPath']"
      FunctionUrlConfig: {AuthType: NONE}
Outputs: {Url: {Value: !GetAtt FunctionUrl.FunctionUrl}}
"""


@pytest.fixture
def stack(sandbox: Sandbox, tmp_path: Path) -> Stack:
    path = tmp_path / "template.yaml"
    path.write_text(APP)
    return sandbox.deploy(path, "app")


@pytest.mark.proves("S82")
def test_they_call_at_their_pace_until_they_are_stopped(sandbox: Sandbox, stack: Stack) -> None:
    called: list[str] = []
    sandbox.signals.invoked.append(lambda one: called.append(one.version))
    callers = sandbox.keep_asking(stack.outputs["Url"], every=2)
    sandbox.run_for(60.5)
    callers.stop()
    sandbox.run_for(60)
    assert len(called) == callers.calls
    assert 29 <= callers.calls <= 30


def test_they_go_on_when_nobody_answers(sandbox: Sandbox, stack: Stack) -> None:
    callers = sandbox.keep_asking(stack.outputs["Url"])
    sandbox.cloudformation.delete(stack)
    sandbox.run_for(10.5)
    assert callers.calls == 10


@pytest.mark.long
@pytest.mark.proves("S82")
def test_a_rollout_judges_the_deployed_code_by_what_they_get(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path, canary = tmp_path / "template.yaml", sandbox.deploy()
    aliased = APP.replace("FunctionUrl", "AutoPublishAlias: live\n      FunctionUrl", 1)
    path.write_text(aliased)
    stack = sandbox.deploy(path, "app")
    sandbox.keep_asking(stack.outputs["Url"])
    sandbox.run_for(300)
    lambda_, name = sandbox.client("lambda"), stack.physical_id("Function")
    bad = "def handler(event, context): raise ValueError('bad')"
    lambda_.update_function_code(FunctionName=name, ZipFile=zip_bytes({"index.py": bad.encode()}))
    started = sandbox.start(
        {"function-name": name, "alias-name": "live", "weights": [50, 100], "interval": 300},
        machine=canary.outputs["StateMachineArn"],
    )
    result = sandbox.finish(started)
    assert (result.status, result.error) == ("FAILED", "HealthCheckFailed")
    assert lambda_.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "1"
