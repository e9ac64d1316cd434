import json
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.kernel.signals import ApiCall
from sandbox.sandbox import Sandbox
from tests.sandbox import given

CHECKS = """
import random, time, uuid
import boto3
client = boto3.client("lambda")
def handler(event, context):
    client.get_alias(FunctionName="shop", Name="live")
    if random.random() < 0.3:
        raise ConnectionError(uuid.uuid4())
    print(time.time())
    return {"checks": event["checks"] - 1}
"""


def run(seed: int) -> list[Any]:
    """Three executions that retry, roll dice and run side by side: all that one can see of them."""
    with Sandbox(seed=seed) as sandbox:
        seen: list[Any] = []
        sandbox.signals.called.append(seen.append)
        sandbox.signals.execution_changed.append(seen.append)
        sandbox.signals.invoked.append(seen.append)
        sandbox.signals.logged.append(lambda *line: seen.append(line))
        given.versions(sandbox, "shop", 1)
        sandbox.client("lambda").create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
        retry = {
            "ErrorEquals": ["ConnectionError"],
            "IntervalSeconds": 1,
            "MaxAttempts": 9,
            "JitterStrategy": "FULL",
        }
        check = given.task(given.function(sandbox, "checks", CHECKS), Retry=[retry], Next="More")
        again = {"Variable": "$.checks", "NumericGreaterThan": 0, "Next": "Wait"}
        machine = given.machine(
            sandbox,
            {
                "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Check"},
                "Check": check,
                "More": {"Type": "Choice", "Choices": [again], "Default": "Done"},
                "Done": {"Type": "Succeed"},
            },
        )
        executions = [sandbox.start({"checks": 10}, machine=machine) for _ in range(3)]
        histories = [sandbox.finish(execution).history for execution in executions]
        return [json.dumps(histories, default=str), seen]


@pytest.mark.proves("S3")
def test_runs_are_alike_to_the_byte_if_and_only_if_their_seeds_are() -> None:
    first = run(seed=1)
    assert run(seed=1) == first
    assert run(seed=2) != first


RETRIES = """
import boto3
from botocore.config import Config
client = boto3.client("lambda", config=Config(retries={"mode": "standard"}))
def handler(event, context):
    client.list_functions()
"""


def test_whoever_reseeds_meets_no_client_that_has_used_up_its_retries(sandbox: Sandbox) -> None:
    """In its standard mode a client of botocore has tokens, of which each retry takes some."""
    calls: list[ApiCall] = []
    sandbox.signals.called.append(calls.append)
    sandbox.faults.on_call("lambda", "ListFunctions", error="ServiceException", times=FOREVER)
    name = given.function(sandbox, "retries", RETRIES, Timeout=300)

    def tries() -> int:
        calls.clear()
        given.invoke(sandbox, name, {})
        return sum(call.operation == "ListFunctions" for call in calls)

    before = [tries() for _ in range(60)]
    assert (before[0], before[-1]) == (3, 1)
    sandbox.reseed("the next scenario")
    assert tries() == 3
