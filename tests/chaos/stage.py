"""The application deployed once, on which one rollout after the other is played."""

from __future__ import annotations

from typing import Any, Self

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.patches import Patches
from sandbox.sandbox import Sandbox
from tests.chaos.scenario import ALARM, HOOK
from tests.chaos.stops import Events
from tests.sandbox import given

# Hands over after each health check.
SOON = "20"
ANSWERS = """
import boto3
def handler(event, _):
    if token := event.get("LifecycleEventHookExecutionId"):
        boto3.client("stepfunctions").send_task_success(taskToken=token, output="{}")
    return {"status": "Succeeded"}
"""

# Another resource of a stack: its update fails while the rollout bakes.
SIBLING_FAILS_AFTER = 60
SIBLING = f"""
import json, time, urllib.request
def handler(event, _):
    fails = event["RequestType"] == "Update" and event["ResourceProperties"]["Version"] == "2"
    time.sleep({SIBLING_FAILS_AFTER} if fails else 0)
    names = ("StackId", "RequestId", "LogicalResourceId")
    answer = {{name: event[name] for name in names}}
    answer |= {{"PhysicalResourceId": "sibling", "Status": "FAILED" if fails else "SUCCESS"}}
    body = json.dumps(answer | {{"Reason": "it was told to"}}).encode()
    put = urllib.request.Request(
        event["ResponseURL"], data=body, method="PUT", headers={{"Content-Type": ""}}
    )
    urllib.request.urlopen(put).read()
"""

# Alarms of one play are OK again, and its minutes over, when the next begins.
APART = 300


class Stage:
    """Everything that a play leaves behind is swept away before the next, or named otherwise."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self._patches = Patches()
        self.events = Events(self._patches)
        self.stack = self.sandbox.deploy()
        self.plays = 0
        resources = self.stack.resources.values()
        self._functions = {
            one.physical_id: one.logical_id
            for one in resources
            if one.type == "AWS::Lambda::Function"
        }
        self._machines = {
            one.physical_id.rpartition(":")[2]: one.logical_id
            for one in resources
            if one.type == "AWS::StepFunctions::StateMachine"
        }
        self.sandbox.client("cloudwatch").put_metric_alarm(
            AlarmName=ALARM,
            Namespace="Nothing",
            MetricName="Nothing",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
        )
        given.function(self.sandbox, HOOK, ANSWERS)
        self.sibling = self._arn_of(given.function(self.sandbox, "sibling", SIBLING, Timeout=900))
        self._checker = self.stack.physical_id("CheckHealthFunction")
        self._variables = self._functions_api.get_function_configuration(
            FunctionName=self._checker
        )["Environment"]["Variables"]
        self._is_soon = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._patches.undo()
        self.sandbox.close()

    @property
    def machine(self) -> str:
        return self.stack.outputs["StateMachineArn"]

    @property
    def topic(self) -> str:
        return self.stack.outputs["NotificationTopicArn"]

    @property
    def one_call(self) -> str:
        """The function that runs a whole rollout."""
        return self.stack.outputs["SimpleDeployFunctionName"]

    def _arn_of(self, function: str) -> str:
        found = self._functions_api.get_function_configuration(FunctionName=function)
        return str(found["FunctionArn"])

    @property
    def _functions_api(self) -> Any:
        return self.sandbox.client("lambda")

    @property
    def functions(self) -> tuple[str, ...]:
        """The logical ids of all of ours."""
        return tuple(self._functions.values())

    def logical(self, caller: str) -> str:
        """Return the logical id of a function (by name) or an execution (by ARN), or the caller."""
        if caller.startswith("arn:"):
            return self._machines[caller.split(":")[6]]
        return self._functions.get(caller, caller)

    def sweep(self, comes: bool) -> None:
        """Whether the guard's schedule runs: what it repairs, its events need not have."""
        client = self.sandbox.client("events")
        for rule in client.list_rules()["Rules"]:
            if "ScheduleExpression" in rule:
                (client.enable_rule if comes else client.disable_rule)(Name=rule["Name"])

    def hand_over(self, soon: bool) -> None:
        """Whether rollouts run on in continuations, or have to be much longer for that."""
        if soon != self._is_soon:
            variables = self._variables | ({"HAND_OVER_AFTER_EVENTS": SOON} if soon else {})
            self._functions_api.update_function_configuration(
                FunctionName=self._checker, Environment={"Variables": variables}
            )
            self._is_soon = soon

    def make_ready(self, seed: str) -> None:
        """As if nothing had been played before."""
        self.plays += 1
        sandbox = self.sandbox
        sandbox.faults.clear()
        self.sweep(comes=False)
        sandbox.run_for(2 * APART - sandbox.clock.now % APART)
        sandbox.reseed(seed)
        sandbox.inbox(self.topic).clear()
        for name in self._functions:
            sandbox.logs(name).clear()
        for machine in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines:
            machine.executions.clear()

    def executions(self, machine: str) -> list[Any]:
        """Return moto's own, of the machine with this logical id, in the order of their starts."""
        return [
            execution
            for one in stepfunctions_parser_backends[ACCOUNT][REGION].state_machines
            if self.logical(one.arn) == machine
            for execution in one.executions
        ]
