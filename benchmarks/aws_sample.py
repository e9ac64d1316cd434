"""AWS's sample workflow beside this project, in the sandbox: `python -m benchmarks.aws_sample DIR`.

DIR is a checkout of https://github.com/aws-samples/aws-lambda-deploy, of which the code and the
state machine run as they are. Its template does not deploy any more, since it wants a runtime of
which AWS makes no functions now (docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). So its
functions get today's Python, and a role that may do anything. Takes two minutes.
"""

import argparse
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation.template import load
from sandbox.traffic import Synthetic, Version

BLOG = Path(__file__).resolve().parents[1] / "events" / "linear.json"
BAD, GOOD = Version(errors=0.3), Version(errors=0.0)
CALLS_PER_SECOND = 20.0
HOUR, DAY = 3_600, 86_400
NAMES = {"FunctionName": "MyFunction", "Resource": "MyFunction:MyAlias"}


@dataclass(frozen=True)
class Theirs:
    """The sample as its checkout has it: the template's resources, and where the code is."""

    code: Path
    resources: dict[str, Any]

    @staticmethod
    def of(checkout: Path) -> "Theirs":
        """Read a checkout."""
        return Theirs(checkout / "functions", load(checkout / "template.yml")["Resources"])

    def put_into(self, sandbox: Sandbox) -> str:
        """Make its functions and its state machine, and return the ARN of that."""
        role = _role(sandbox)
        definition = self.resources["DeployStateMachine"]["Properties"]["DefinitionString"]
        text = definition["Fn::Sub"]
        for name, resource in self.resources.items():
            if resource["Type"] == "AWS::Serverless::Function":
                arn = self._function(sandbox, resource["Properties"], role)
                text = text.replace(f"${{{name}.Arn}}", arn)
        made = sandbox.client("stepfunctions").create_state_machine(
            name="theirs", definition=text, roleArn=role
        )
        machine: str = made["stateMachineArn"]
        return machine

    def _function(self, sandbox: Sandbox, given: dict[str, Any], role: str) -> str:
        module = given["Handler"].partition(".")[0]
        made = sandbox.client("lambda").create_function(
            FunctionName=given["FunctionName"],
            Runtime="python3.13",
            Handler=given["Handler"],
            Timeout=given["Timeout"],
            Role=role,
            Code={"ZipFile": _zipped(self.code / module / f"{module}.py")},
        )
        arn: str = made["FunctionArn"]
        return arn


def _role(sandbox: Sandbox) -> str:
    services = ["lambda.amazonaws.com", "states.amazonaws.com"]
    trusted = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam = sandbox.client("iam")
    made = iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=_policy(trusted))
    iam.put_role_policy(RoleName="theirs", PolicyName="all", PolicyDocument=_policy(anything))
    arn: str = made["Role"]["Arn"]
    return arn


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _zipped(file: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(file, file.name)
    return buffer.getvalue()


@contextmanager
def account(canary: Version, delay: float, calls_per_second: float) -> Iterator[Sandbox]:
    """Make an account with the blog's function, whose metrics come `delay` seconds late."""
    with Sandbox() as sandbox:
        sandbox.cloudwatch.metric_delay = delay
        versions = {"1": GOOD, "2": canary}
        sandbox.add_traffic(
            Synthetic("MyFunction", versions, calls_per_second=calls_per_second, alias="MyAlias")
        )
        yield sandbox


def failed_in_the_hour(theirs: Theirs | None, delay: float) -> int:
    """Count the calls that fail within an hour of the start: by the sample, or by this project."""
    with account(BAD, delay, CALLS_PER_SECOND) as sandbox:
        if theirs is None:
            machine = sandbox.deploy().outputs["StateMachineArn"]
        else:
            machine = theirs.put_into(sandbox)
        sandbox.run_for(HOUR - sandbox.clock.now % HOUR)
        began = sandbox.clock.now
        sandbox.start(json.loads(BLOG.read_text()), machine=machine)
        sandbox.run_for(HOUR + 600)
        points = sandbox.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": name, "Value": value} for name, value in NAMES.items()],
            StartTime=began,
            EndTime=began + HOUR,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        failed: float = sum(point["Sum"] for point in points)
        return round(failed)


def alias_of(sandbox: Sandbox) -> str:
    """Say what the alias routes."""
    found = sandbox.client("lambda").get_alias(FunctionName="MyFunction", Name="MyAlias")
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return f"version {found['FunctionVersion']}, weights {weights}"


def with_101_steps(theirs: Theirs) -> str:
    """Play a hundred and one steps of a minute, of a healthy version."""
    with account(GOOD, 60, 0) as sandbox:
        given = {**json.loads(BLOG.read_text()), "steps": 101, "interval": 60}
        began = sandbox.clock.now
        ended = sandbox.finish(sandbox.start(given, machine=theirs.put_into(sandbox)))
        hours = (sandbox.clock.now - began) / HOUR
        events = f"{ended.status} after {len(ended.history):,} events and {hours:.0f} hours"
        return f"{events}; alias: {alias_of(sandbox)}"


def weights_of(theirs: Theirs, kind: str) -> list[float]:
    """Return the weights that it works out for four steps of this type."""
    with account(GOOD, 60, 0) as sandbox:
        given = {**json.loads(BLOG.read_text()), "steps": 4, "type": kind}
        ended = sandbox.finish(sandbox.start(given, machine=theirs.put_into(sandbox)))
        entered = [event.get("stateExitedEventDetails", {}) for event in ended.history]
        output = next(one["output"] for one in entered if one.get("name") == "CalculateWeights")
        weights: list[float] = json.loads(output)["weights"]
        return weights


def in_one_call(theirs: Theirs) -> str:
    """Give the blog's input to the synchronous function."""
    with account(GOOD, 60, 0) as sandbox:
        theirs.put_into(sandbox)
        answer = sandbox.client("lambda").invoke(
            FunctionName="SimpleDeployFunction", Payload=BLOG.read_bytes()
        )
        said = json.load(answer["Payload"])
        return f"{said.get('errorMessage', said)}; alias: {alias_of(sandbox)}"


def main() -> None:
    """Print what comes of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("checkout", type=Path)
    theirs = Theirs.of(parser.parse_args().checkout)
    print("Blog's input, 20 calls a second, 30 % bad version; failed requests in the hour:")
    for words, delay in (("metrics a minute late", 60.0), ("metrics at once", 0.0)):
        sample, ours = (failed_in_the_hour(whose, delay) for whose in (theirs, None))
        print(f"  {words}: sample {sample:,}, ours {ours:,}")
    print(f"101 steps: {with_101_steps(theirs)}")
    print(f"type exponential, four steps: {weights_of(theirs, 'exponential')}")
    print(f"SimpleDeployFunction with the blog's input: {in_one_call(theirs)}")


if __name__ == "__main__":
    main()
