"""Applications whose own templates release gradually, deployed with the real `sam` and `aws`."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.user import User, commands

SAM = Path("examples/sam/template.yaml")
TEMPLATES = Path("tests/e2e/templates")
CAPABLE = "--capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"  # the one that builds here


@pytest.fixture(scope="module")
def canary(user: User) -> User:
    """Have lambda-canary in the account, and a Python that can build what is deployed."""
    user.does(commands("Deploy it", "sam build"))
    for template in [*(user.checkout / TEMPLATES).glob("*.yaml"), user.checkout / SAM]:
        template.write_text(template.read_text().replace("python3.13", PYTHON))
    shutil.copy(user.checkout / SAM.parent / "samconfig.toml", user.checkout / TEMPLATES)
    return user


@dataclass
class Application:
    """A stack of an application, as its team has it."""

    user: User
    name: str

    def status(self) -> str:
        return str(self.user.stack(self.name)["StackStatus"])

    def resources(self, kind: str) -> dict[str, str]:
        """Return the physical ids of the stack's resources of a type, by logical id."""
        found = self.user.client("cloudformation").describe_stack_resources(StackName=self.name)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for one in found["StackResources"]
            if one["ResourceType"] == kind
        }

    def versions(self) -> dict[str, str]:
        """Return where each function's alias points, which has no weights."""
        found = {}
        for logical_id, name in self.resources("AWS::Lambda::Function").items():
            for alias in self.user.client("lambda").list_aliases(FunctionName=name)["Aliases"]:
                assert not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"), alias
                found[logical_id] = alias["FunctionVersion"]
        return found

    def rollouts(self) -> list[str]:
        """Return how all rollouts of this stack ended, the latest first."""
        machines = self.user.client("stepfunctions")
        arn = next(
            one["OutputValue"]
            for one in self.user.stack()["Outputs"]
            if one["OutputKey"] == "StateMachineArn"
        )
        names = set(self.resources("AWS::Lambda::Function").values())
        return [
            one["status"]
            for one in machines.list_executions(stateMachineArn=arn)["executions"]
            if any(name in machines.describe_execution(executionArn=one["executionArn"])["input"]
                   for name in names)
        ]  # fmt: skip

    def asked(self, key: str, page: str = "ask", **more: Any) -> Any:
        """Send a request to an endpoint among the stack's outputs, and return its reply."""
        outputs = self.user.stack(self.name)["Outputs"]
        [url] = [one["OutputValue"] for one in outputs if one["OutputKey"] == key]
        how = {"url": url, "method": "POST" if key == "Api" else "GET", **more}
        told = self.user.server.shell(
            f'curl -sS "$AWS_ENDPOINT_URL/sandbox/{page}" -H "Content-Type: application/json" '
            f"-d {shlex.quote(json.dumps(how))}"
        )
        return json.loads(told)

    def reasons(self) -> str:
        events = self.user.client("cloudformation").describe_stack_events(StackName=self.name)
        return json.dumps([one.get("ResourceStatusReason") for one in events["StackEvents"]])


def sam(user: User, template: Path, name: str, more: str = "") -> Any:
    """Build and deploy a template of SAM's, as a user does in its folder."""
    if template == SAM:
        return user.tries(f"cd {SAM.parent} && sam build && sam deploy {more}")
    built = f"build/{name}"
    return user.tries(
        f"cd {template.parent} && sam build --template {template.name} --build-dir {built} && "
        f'sam deploy --config-file "$PWD/samconfig.toml" --template {built}/template.yaml '
        f"--stack-name {name} {more}"
    )


def code(user: User, text: str, file: Path = TEMPLATES / "code" / "app.py") -> None:
    (user.checkout / file).write_text(f"def handler(event, context):\n    return {text}\n")


def well(done: Any) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


# All others, and all ends of each: tests/scenario/test_users_templates.py, without the commands.
SAMS = {"checkout": SAM, "preference": TEMPLATES / "preference.yaml"}


@pytest.mark.parametrize("name", SAMS)
def test_sam_deploy_releases_gradually_and_waits(canary: User, name: str) -> None:
    template, app = SAMS[name], Application(canary, name)
    file = SAM.parent / "checkout" / "app.py" if template == SAM else TEMPLATES / "code" / "app.py"
    code(canary, '{"body": "taken"}', file)
    well(sam(canary, template, name))
    assert (app.status(), app.rollouts()) == ("CREATE_COMPLETE", [])
    assert app.versions() == {"Checkout": "1"}

    code(canary, '{"body": "booked"}', file)
    well(sam(canary, template, name))
    assert (app.status(), app.versions()) == ("UPDATE_COMPLETE", {"Checkout": "2"})
    assert app.rollouts() == ["SUCCEEDED"]

    if template == SAM:
        assert "No changes to deploy" in well(sam(canary, template, name))
        assert app.rollouts() == ["SUCCEEDED"]


def test_what_was_put_in_is_taken_out_again_and_the_alias_is_left_alone(canary: User) -> None:
    app = Application(canary, "checkout")
    [function] = app.resources("AWS::Lambda::Function").values()
    before = canary.client("lambda").get_alias(FunctionName=function, Name="live")
    template = canary.checkout / SAM
    text = template.read_text().replace("Transform: [AWS::Serverless-2016-10-31, LambdaCanary]",
                                        "Transform: AWS::Serverless-2016-10-31")  # fmt: skip
    template.write_text(re.sub(r"Metadata:\n(  .*\n)+\n", "", text))
    well(sam(canary, SAM, "checkout"))
    assert app.status() == "UPDATE_COMPLETE"
    assert app.resources("Custom::LambdaCanary") == {}
    after = canary.client("lambda").get_alias(FunctionName=function, Name="live")
    assert (after["FunctionVersion"], after["RevisionId"]) == (
        before["FunctionVersion"],
        before["RevisionId"],
    )


@pytest.mark.parametrize(
    "template", ["checkout", "conditions", "group", "hooks", "preference", "triggers"]
)
def test_template_is_valid(canary: User, template: str) -> None:
    path = SAM if template == "checkout" else TEMPLATES / f"{template}.yaml"
    told = canary.does(f"sam validate --lint --template {path}")
    assert "is a valid SAM Template" in told


def test_a_bad_version_fails_the_deployment_and_the_fix_and_the_same_build_go_through(
    canary: User,
) -> None:
    app = Application(canary, "triggers")
    template = TEMPLATES / "triggers.yaml"
    taken = '{"statusCode": 200, "body": "taken"}'
    code(canary, taken)
    well(sam(canary, template, "triggers"))
    for key in ("Url", "Api"):
        assert app.asked(key, "keep-asking", every=2)["status"] == 200

    code(canary, f'{taken} if "items" in event else 1 / 0')  # the template's own check passes
    failed = sam(canary, template, "triggers")
    assert failed.returncode != 0
    assert app.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert app.versions() == {"Checkout": "1"}
    assert "HealthCheckFailed" in failed.stdout + failed.stderr
    assert re.search(r"canary (\d+) of \1 calls failed, baseline 0 of \d+", app.reasons())
    assert [app.asked(key)["body"] for key in ("Url", "Api")] == ["taken", "taken"]

    again = sam(canary, template, "triggers")  # the same build fails by its check, not by a name
    assert again.returncode != 0
    assert "already exists" not in app.reasons()
    assert app.rollouts() == ["FAILED", "FAILED"]

    code(canary, f"{taken} if event else {taken}")
    well(sam(canary, template, "triggers"))
    assert app.status() == "UPDATE_COMPLETE"
    assert app.rollouts()[0] == "SUCCEEDED"
    assert app.versions()["Checkout"] != "1"
    assert [app.asked(key)["status"] for key in ("Url", "Api")] == [200, 200]


def test_hooks_of_codedeploy_are_refused_until_the_metadata_says_what_becomes_of_them(
    canary: User,
) -> None:
    template = canary.checkout / TEMPLATES / "hooks.yaml"
    code(canary, '{"body": "taken"}')
    refused = sam(canary, TEMPLATES / "hooks.yaml", "hooks")
    assert refused.returncode != 0
    assert "write `hooks: {pre-traffic: !Ref Ask}` in its metadata" in refused.stderr
    assert "`gate: false`" in refused.stderr

    metadata = "Metadata: {LambdaCanary: {Checkout: {hooks: {}}}}\n\nResources:\n"
    template.write_text(template.read_text().replace("Resources:\n", metadata, 1))
    well(sam(canary, TEMPLATES / "hooks.yaml", "hooks"))
    assert Application(canary, "hooks").status() == "CREATE_COMPLETE"


def test_a_parameter_lets_cloudformation_move_the_alias_at_once(canary: User) -> None:
    app = Application(canary, "conditions")
    template = canary.checkout / TEMPLATES / "conditions.yaml"
    direct = "--parameter-overrides ReleaseMode=direct"
    code(canary, '{"body": "taken"}')
    well(sam(canary, TEMPLATES / "conditions.yaml", "conditions"))

    code(canary, '{"body": "now"}')
    template.write_text(template.read_text().replace("CartVersion1", "CartVersion2"))
    well(sam(canary, TEMPLATES / "conditions.yaml", "conditions", direct))
    assert app.versions() == {"Cart": "2", "Checkout": "2"}
    assert app.rollouts() == []


def test_what_the_cdk_makes_does_the_same(canary: User) -> None:
    template = Path("examples/cdk/synthesised.json")
    file, app = canary.checkout / template, Application(canary, "cdk")
    deploy = f"aws cloudformation deploy --template-file {template} --stack-name cdk {CAPABLE}"
    canary.does(deploy)
    assert app.rollouts() == []

    text = file.read_text()
    [version] = app.resources("AWS::Lambda::Version")
    file.write_text(text.replace("taken", "booked").replace(version, f"{version}0"))
    canary.does(deploy)
    assert (app.status(), list(app.versions().values())) == ("UPDATE_COMPLETE", ["2"])
    assert app.rollouts() == ["SUCCEEDED"]
