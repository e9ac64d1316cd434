"""Plays one rollout with faults, to its end and beyond, and tells how everything stands then."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, get_args

from botocore.exceptions import ClientError

from sandbox.kernel.faults import OPERATOR
from sandbox.kernel.gateway import calling_as
from sandbox.kernel.signals import ApiCall, Invocation
from sandbox.services.cloudwatch.store import Metric
from sandbox.services.cloudwatch.summary import Summary
from sandbox.traffic import create_function
from tests.chaos.application import Application
from tests.chaos.ending import Ending, Member, Trace
from tests.chaos.fault import Call, Change, Side, Whose
from tests.chaos.release import End, call, execute
from tests.chaos.scenario import Case
from tests.chaos.stage import Stage
from tests.scenario.observed import AliasState, Released
from tests.scenario.world import DESCRIPTION

# What is still under way then has ended, what is tried again has been, alarms have gone off.
AFTERMATH = 900
# And what a call noted, which is held back for 900 s, has been read.
AFTERMATH_OF_CALL = 1_000
# What the metrics that are held back come later than others.
HELD_BACK = 120
# Percent from which a bad version shows that it is.
BAD_FROM = 50
# Everything is healed; the sweep, every five minutes, comes by.
HEALED = 400


def play(stage: Stage, case: Case) -> Ending:
    """One rollout from its start to well after its end."""
    return _Play(stage, case).run()


@dataclass
class _Cast:
    """A member of the group: its function, and what somebody else made of its alias (Member)."""

    released: Released
    changed: bool = False
    theirs: AliasState | None = None
    described: str | None = None


_MACHINES: dict[Whose, str] = {
    "rollout": "DeployStateMachine",
    "continuation": "RelayStateMachine",
    "hook": "HookStateMachine",
    "waiter": "GateStateMachine",
}


@dataclass
class _Play:
    stage: Stage
    case: Case
    cast: list[_Cast] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    invocations: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    alias_changes: int = 0
    application: Application | None = None
    held_back: set[tuple[int, Side]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.faults = self.stage.sandbox.faults
        self.functions = self.stage.functions
        self._count: Counter[Call] = Counter()
        self._after_call: defaultdict[tuple[Call, int], list[Callable[[], None]]]
        self._after_call = defaultdict(list)
        self._after_event: defaultdict[int, list[Callable[[], None]]] = defaultdict(list)
        self._after_invocation: defaultdict[int, list[Callable[[], None]]] = defaultdict(list)

    def run(self) -> Ending:
        stage, sandbox = self.stage, self.stage.sandbox
        stage.make_ready(str(self.case))
        stage.hand_over(soon=self.case.scenario.hands_over)
        self._set_up()
        heard: Sequence[tuple[list[Any], Any]] = (
            (sandbox.signals.called, self._called),
            (sandbox.signals.invoked, self._invoked),
            (sandbox.signals.alias_changed, self._alias_changed),
        )
        for signal, listener in heard:
            signal.append(listener)
        stage.events.heard = self._written
        began = sandbox.clock.now
        try:
            for fault in (*self.case.scenario.always, *self.case.faults):
                fault.strike(self)
            in_one_call = self.case.scenario.in_one_call
            end = self._drive()
            at_end = [one.released.now for one in self.cast]
            sandbox.run_for(AFTERMATH_OF_CALL if in_one_call else AFTERMATH)
            trace = Trace(
                tuple(self.calls),
                tuple(self.invocations),
                tuple(self.events),
                end.states,
                self.alias_changes,
                self.application.answers if self.application else 0,
            )
            before_healing = [one.released.now for one in self.cast]
            self.faults.clear()
            stage.sweep(comes=True)
            sandbox.run_for(HEALED)
            stack = self.application.ended() if self.application else None
        finally:
            self.faults.clear()
            stage.events.heard = None
            for signal, listener in heard:
                signal.remove(listener)
        ending = Ending(
            case=self.case,
            status=end.status,
            error=end.error,
            cause=end.cause,
            members=[
                Member(
                    name=one.released.name,
                    is_new=self.case.scenario.creates and number == 1,
                    changed=one.changed,
                    theirs=one.theirs,
                    described=one.described,
                    at_end=at_end[number],
                    before_healing=before_healing[number],
                    now=one.released.now,
                    primaries=one.released.primaries,
                )
                for number, one in enumerate(self.cast)
            ],
            messages=list(sandbox.inbox(stage.topic)),
            execution=end.execution,
            not_delivered=self._not_delivered(began),
            trace=trace,
            stack=stack,
        )
        self._clean_up()
        return ending

    def _drive(self) -> End:
        """Let it happen, and return how it ended."""
        if self.application is not None:
            return self.application.update()
        release = self.case.scenario.release(one.released.name for one in self.cast)
        return (call if self.case.scenario.in_one_call else execute)(self.stage, release)

    # What faults are done with (fault.Target).

    def after_call(self, call: Call, nth: int, act: Callable[[], None]) -> None:
        self._after_call[call, nth].append(act)

    def after_event(self, nth: int, act: Callable[[], None]) -> None:
        self._after_event[nth].append(act)

    def after_invocation(self, nth: int, act: Callable[[], None]) -> None:
        self._after_invocation[nth].append(act)

    def stop(self, whose: Whose) -> None:
        *_, latest = self.stage.executions(_MACHINES[whose])
        self.stage.events.stop(latest)

    def change(self, member: int, change: Change) -> None:
        """Somebody does this with what the Lambda console offers; it may be too late for it."""
        one = self.cast[member - 1]
        before = one.released.now
        if before is None and change not in ("taken", "unpublished"):
            return
        with calling_as(OPERATOR):
            try:
                self._change(one.released.name, change, exists=before is not None)
            except ClientError:
                return
        after = one.released.now
        if after is not None and change in ("taken", "described"):
            one.described = after.description
        if (before and _routing(before)) != (after and _routing(after)):
            one.changed = True
        if one.changed:
            one.theirs = after

    def _change(self, function: str, change: Change, *, exists: bool) -> None:
        client = self.stage.sandbox.client("lambda")
        alias = {"FunctionName": function, "Name": "live"}
        routing = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.07}}}
        whole: dict[str, Any] = {"RoutingConfig": {"AdditionalVersionWeights": {}}}
        theirs = {"FunctionVersion": "1", "Description": "hands off"}
        match change:
            case "deleted":
                client.delete_alias(**alias)
            case "reweighted":
                client.update_alias(**alias, FunctionVersion="1", **routing)
            case "taken" if exists:
                client.update_alias(**alias, **theirs, **routing)
            case "taken":
                client.create_alias(**alias, **theirs)
            case "repointed":
                client.update_alias(**alias, FunctionVersion="2", **whole)
            case "restored":
                client.update_alias(**alias, FunctionVersion="1", **whole)
            case "described":
                client.update_alias(**alias, Description="as somebody else describes it")
            case "permitted":
                client.add_permission(
                    FunctionName=function,
                    Qualifier="live",
                    StatementId=f"trigger-{len(self.calls)}",
                    Action="lambda:InvokeFunction",
                    Principal="events.amazonaws.com",
                )
            case "unpublished":
                client.delete_function(FunctionName=function, Qualifier="2")

    def order(self, member: int, text: str) -> None:
        name = f"/lambda-canary/{self.cast[member - 1].released.name}/live"
        with calling_as(OPERATOR):
            self.stage.sandbox.client("ssm").put_parameter(
                Name=name, Value=text, Type="String", Overwrite=True
            )

    def hold_back(self, nth: int, side: Side) -> None:
        self.held_back.add((nth, side))

    def cancel(self) -> None:
        assert self.application is not None
        self.application.cancel()

    # What the play hears of.

    def _called(self, made: ApiCall) -> None:
        if made.caller == OPERATOR:
            return
        one = Call(self.stage.logical(made.caller), made.service, made.operation)
        self.calls.append(one)
        self._count[one] += 1
        for act in self._after_call.pop((one, self._count[one]), ()):
            act()

    def _invoked(self, invocation: Invocation) -> None:
        self.invocations.append(self.stage.logical(invocation.function))
        for act in self._after_invocation.pop(len(self.invocations), ()):
            act()

    def _written(self, history: Any, event: str) -> None:
        whose = next((one for one in get_args(Whose) if self._is_of(_MACHINES[one], history)), None)
        if whose is None:
            return
        self.events.append(event if whose == "rollout" else f"{whose} {event}")
        for act in self._after_event.pop(len(self.events), ()):
            act()

    def _is_of(self, machine: str, history: Any) -> bool:
        workers = (one.exec_worker for one in self.stage.executions(machine))
        return any(worker.env and worker.env.event_manager is history for worker in workers)

    def _alias_changed(self, function: str, _alias: str) -> None:
        for number, one in enumerate(self.cast):
            if one.released.name == function:
                self.alias_changes += 1
                one.released.seen.append(one.released.now)
                if self.application is not None:
                    self.application.note(one.released.now)
                self._call_the_canary(number)

    def _call_the_canary(self, number: int) -> None:
        """Call it a hundred times at every weight; half of the calls fail where it is bad.

        Where versions are judged, it is called so often in each of two minutes: of one minute, in
        which calls may fail together, the judge makes little.
        """
        released = self.cast[number].released
        for version, weight in (released.now.weights if released.now else {}).items():
            bad = number == self.case.scenario.failing and weight >= BAD_FROM
            self._measure(released.name, version, 50 if bad else self._usual_errors, "canary")
            if self.case.scenario.judges:
                self._measure(released.name, "1", self._usual_errors, "baseline")

    @property
    def _usual_errors(self) -> int:
        """How many of a hundred calls fail whichever version answers them."""
        return 5 if self.case.scenario.judges else 0

    def _measure(self, function: str, version: str, errors: int, side: Side) -> None:
        sandbox = self.stage.sandbox
        failed = Summary.of({1.0: errors, 0.0: 100 - errors} if errors else {0.0: 100})
        usual = sandbox.cloudwatch.metric_delay
        held_back = (self.alias_changes, side) in self.held_back
        sandbox.cloudwatch.metric_delay = usual + (HELD_BACK if held_back else 0)
        dimensions = {
            "FunctionName": function,
            "Resource": f"{function}:live",
            "ExecutedVersion": version,
        }
        for minute in range(2 if self.case.scenario.judges else 1):
            at = sandbox.clock.now + 60 * minute
            for name, summary in (("Invocations", Summary.of({1.0: 100})), ("Errors", failed)):
                sandbox.cloudwatch.record(
                    Metric.of("AWS/Lambda", name, dimensions),
                    summary,
                    started=at,
                    ended=at,
                    unit="Count",
                )
        sandbox.cloudwatch.metric_delay = usual

    def _not_delivered(self, began: float) -> int:
        """How many messages the metric says could not be sent since then."""
        sandbox = self.stage.sandbox
        found = sandbox.client("cloudwatch").get_metric_statistics(
            Namespace="LambdaCanary",
            MetricName="MessageNotDelivered",
            Dimensions=[{"Name": "service", "Value": "lambda-canary"}],
            StartTime=began,
            EndTime=sandbox.clock.now,
            Period=60,
            Statistics=["Sum"],
        )
        return sum(round(point["Sum"]) for point in found["Datapoints"])

    # What the play begins with and leaves.

    def _set_up(self) -> None:
        scenario, client = self.case.scenario, self.stage.sandbox.client("lambda")
        if scenario.stack:
            name = f"checkout-{self.stage.plays:06}"
            self.application = Application(self.stage, scenario, name)
            self.cast.append(_Cast(Released(name, "live", traffic=None)))
            return
        for number, what in enumerate(("checkout", "basket")):
            name = f"{what}-{self.stage.plays:06}"
            is_new = scenario.creates and number == 1
            published = 1 if scenario.publishes else 2
            create_function(
                self.stage.sandbox.client,
                name,
                versions=published,
                unpublished=scenario.publishes,
                alias=None if is_new else "live",
            )
            if not is_new:
                client.update_alias(FunctionName=name, Name="live", Description=DESCRIPTION)
            self.cast.append(_Cast(Released(name, "live", traffic=None)))

    def _clean_up(self) -> None:
        client = self.stage.sandbox.client("lambda")
        for one in self.cast:
            with suppress(client.exceptions.ResourceNotFoundException):  # it went with its stack
                client.delete_function(FunctionName=one.released.name)


def _routing(alias: AliasState) -> tuple[str, dict[str, float]]:
    return alias.version, dict(alias.weights)
