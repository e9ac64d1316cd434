"""The account in which scenarios play, and the words in which they begin."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

from sandbox.kernel.signals import ApiCall
from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Stack
from sandbox.services.sns import Message
from sandbox.traffic import Level, Outage, Synthetic, Version
from tests.sandbox import given
from tests.scenario.observed import Released, Rollout

HEALTHY = Version(errors=0.0)
BAD = Version(errors=0.5)
DESCRIPTION = "what production calls"

HOUR = 3_600


class World:
    """This project's stack in a sandbox, for the length of one scenario.

    Names are the scenario's own, and each begins at a full hour, so that none depends on others.
    """

    def __init__(self, sandbox: Sandbox, stack: Stack, scenario: str) -> None:
        self.sandbox = sandbox
        self.faults = sandbox.faults
        self.stack = stack
        self.calls: list[ApiCall] = []
        self._suffix = f"{crc32(scenario.encode()):08x}"
        self._released: list[Released] = []
        self._alarms: list[str] = []
        sandbox.reseed(scenario)
        sandbox.run_for(HOUR - sandbox.clock.now % HOUR)
        sandbox.signals.alias_changed.append(self._note_alias)
        sandbox.signals.called.append(self.calls.append)

    def end(self) -> None:
        """Leave no faults, no callers and no alarms to the next scenario."""
        self.faults.clear()
        for released in self._released:
            if released.traffic:
                released.traffic.stop()
        there = self.sandbox.cloudwatch.alarms.alarms
        self.cloudwatch.delete_alarms(AlarmNames=[name for name in self._alarms if name in there])
        self.sandbox.signals.alias_changed.remove(self._note_alias)
        self.sandbox.signals.called.remove(self.calls.append)

    @property
    def functions(self) -> Any:
        """The operator's Lambda client."""
        return self.sandbox.client("lambda")

    @property
    def cloudwatch(self) -> Any:
        return self.sandbox.client("cloudwatch")

    @property
    def machine(self) -> str:
        return self.stack.outputs["StateMachineArn"]

    @property
    def topic(self) -> str:
        return self.stack.outputs["NotificationTopicArn"]

    def given_function(
        self,
        name: str = "checkout",
        canary: Version = HEALTHY,
        *,
        versions: Sequence[Version] = (),
        alias: str = "live",
        calls_per_second: Level = 20,
        published: int | None = None,
        timeout_seconds: int = 3,
        outages: Sequence[Outage] = (),
    ) -> Released:
        """Version 1 has all of the alias's traffic; version 2 is the canary."""
        synthetic = Synthetic(
            f"{name}-{self._suffix}",
            {str(at): one for at, one in enumerate(versions or (HEALTHY, canary), start=1)},
            calls_per_second=calls_per_second,
            alias=alias,
            published=published,
            timeout_seconds=timeout_seconds,
            outages=outages,
        )
        return self.given_synthetic(synthetic)

    def given_synthetic(self, synthetic: Synthetic) -> Released:
        """As described, under just that name."""
        name, alias = synthetic.name, synthetic.alias
        traffic = self.sandbox.add_traffic(synthetic)
        self.functions.update_alias(FunctionName=name, Name=alias, Description=DESCRIPTION)
        released = Released(name, alias, traffic)
        self._released.append(released)
        return released

    def given_code(self, name: str, code: str, timeout_seconds: int = 900) -> str:
        """Make a function of the team's own whose `handler` is in this code; return its name."""
        return given.function(self.sandbox, f"{name}-{self._suffix}", code, Timeout=timeout_seconds)

    def given_alarm(self, released: Released, state: str = "OK", metric: str = "Errors") -> str:
        """Make an alarm on any error of the whole function, whatever version it comes from."""
        name = f"{metric} of {released.name}"
        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": released.name}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="missing",
        )
        self._alarms.append(name)
        self.cloudwatch.set_alarm_state(
            AlarmName=name, StateValue=state, StateReason="the scenario begins so"
        )
        return name

    def given_composite_alarm(self, alarm: str) -> str:
        name = f"composite of {alarm}"
        self.cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=f'ALARM("{alarm}")')
        self._alarms.append(name)
        return name

    def when_started(self, given: object) -> str:
        """Start a rollout with this input; the execution's ARN."""
        return self.sandbox.start(given, machine=self.machine)

    def when_ordered(self, order: str, released: Released) -> None:
        """Write an order, as an operator does, for the rollout of this alias."""
        self.sandbox.client("ssm").put_parameter(
            Name=f"/lambda-canary/{released.name}/{released.alias}",
            Value=order,
            Type="String",
            Overwrite=True,
        )

    def when_approved(self, execution: str, released: Released) -> None:
        """Approve the present weight of this rollout, which the order names."""
        self.when_ordered(f"approve {execution.rpartition(':')[2]}", released)

    def when_at(self, weight: float, released: Released) -> None:
        """Let time run until the alias gives that many percents to the canary."""
        while released.weights[-1:] != [weight]:
            self.sandbox.run_for(5)

    def when_stopped(self, execution: str) -> None:
        """Somebody stops the rollout by hand."""
        self.sandbox.client("stepfunctions").stop_execution(executionArn=execution)

    def when_redriven(self, execution: str) -> None:
        self.sandbox.client("stepfunctions").redrive_execution(executionArn=execution)

    def status_of(self, execution: str) -> str:
        client = self.sandbox.client("stepfunctions")
        status: str = client.describe_execution(executionArn=execution)["status"]
        return status

    @staticmethod
    def payload(given: object) -> bytes:
        return json.dumps(given).encode()

    def when(self, happened: Callable[[], object], within: float = 600) -> None:
        """Let time run, in small steps, until this is so."""
        ends = self.sandbox.clock.now + within
        while not happened():
            assert self.sandbox.clock.now < ends, "it has not happened"
            self.sandbox.run_for(0.5)

    def when_guard_asked(self, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke the guard, as an operator does, and return its answer."""
        answer = self.functions.invoke(
            FunctionName=self.stack.outputs["GuardFunctionName"], Payload=json.dumps(event)
        )
        said: dict[str, Any] = json.load(answer["Payload"])
        return said

    def calls_of(self, function: str, operation: str) -> list[ApiCall]:
        """Those that this function of the stack, by logical id, has made so far."""
        name = self.stack.physical_id(function)
        return [one for one in self.calls if (one.caller, one.operation) == (name, operation)]

    def told_of(self, execution: str) -> list[Message]:
        """All that the topic was told of this rollout, oldest first."""
        return [one for one in self.sandbox.inbox(self.topic) if execution in one.body()]

    def when_ended(self, execution: str) -> Rollout:
        """Let time run until the rollout has ended."""
        result = self.sandbox.finish(execution)
        return Rollout(
            arn=result.arn,
            status=result.status,
            output=result.output,
            error=result.error,
            cause=result.cause or "",
            history=result.history,
            messages=self.told_of(execution),
        )

    def when_released(self, targets: Released | Sequence[Released], **settings: Any) -> Rollout:
        """Run a whole rollout, with settings as `release_of` takes them."""
        return self.when_ended(self.when_started(release_of(targets, **settings)))

    def total(self, released: Released, version: str, metric: str, seconds: int) -> int:
        """Return what CloudWatch has of this version through this alias, in the last seconds."""
        dimensions = {
            "FunctionName": released.name,
            "Resource": f"{released.name}:{released.alias}",
            "ExecutedVersion": version,
        }
        points = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=self.sandbox.clock.now - seconds,
            EndTime=self.sandbox.clock.now,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(round(point["Sum"]) for point in points)

    def _note_alias(self, function: str, alias: str) -> None:
        for released in self._released:
            if (released.name, released.alias) == (function, alias):
                released.seen.append(released.now)


def release_of(
    targets: Released | Sequence[Released], new_version: Any = "2", **settings: Any
) -> dict[str, Any]:
    """Write the input that releases this function, or these as a group.

    Settings are the input's keys, with underscores. `new_version` None publishes.
    """
    version = {} if new_version is None else {"new-version": new_version}
    group = [targets] if isinstance(targets, Released) else targets
    named = [{"function-name": one.name, "alias-name": one.alias, **version} for one in group]
    first = named[0] if isinstance(targets, Released) else {"functions": named}
    return first | {key.replace("_", "-"): value for key, value in settings.items()}


def sweep(sandbox: Sandbox, stack: Stack, on: bool) -> None:
    """Every five minutes of every scenario it would look at all that failed in those before."""
    rule, events = stack.physical_id("GuardFunctionSweep"), sandbox.client("events")
    (events.enable_rule if on else events.disable_rule)(Name=rule)
