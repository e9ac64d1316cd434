"""What the stack costs, by count in the sandbox: `python -m benchmarks.cost`.

A stack that stands still for a day, and a rollout of half a day with a health check a minute, are
counted and scaled up. Prices are those of us-east-1, without free tiers; docs/operating.md says
where each is from. Two figures the sandbox does not have: how often Lambda asks an idle queue, and
how long the stack's functions compute. Takes a minute.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.signals import ApiCall, Invocation
from sandbox.sandbox import Sandbox
from sandbox.traffic import Synthetic, Version

DAY, MONTH, YEAR = 86_400, 30 * 86_400, 365 * 86_400
ROLLOUT = DAY // 2
POLLS = 5 * MONTH // 20  # of an idle queue: five long polls at a time, of 20 seconds
GIGABYTES, SECONDS = 0.5, 0.5  # of memory, and that an invocation is assumed to compute
METRICS_READ = 4  # by a health check of one function: calls and errors of both versions

# Dollars.
TRANSITION, METRIC_READ, REQUEST, POLL = 0.025 / 1e3, 0.01 / 1e3, 0.20 / 1e6, 0.40 / 1e6
GIGABYTE_SECOND, ALARM, DASHBOARD, METRIC, GIGABYTE_LOGGED = 0.0000133334, 0.10, 3.00, 0.30, 0.50


@dataclass(frozen=True)
class Line:
    """So many of something, and what they cost in dollars."""

    what: str
    count: float
    dollars: float

    def __str__(self) -> str:
        """Write a line of the table."""
        return f"{self.what:<42}{self.count:>14,.1f}{self.dollars:>10,.2f}"


class Counted:
    """What happens in a sandbox from now on."""

    def __init__(self, sandbox: Sandbox, functions: set[str]) -> None:
        self.invocations = 0
        self.logged = 0
        self.calls: Counter[str] = Counter()
        self._functions = functions
        sandbox.signals.invoked.append(self._invoked)
        sandbox.signals.logged.append(self._line)
        sandbox.signals.called.append(self._called)

    def _invoked(self, invocation: Invocation) -> None:
        self.invocations += invocation.function in self._functions

    def _line(self, function: str, line: str) -> None:
        self.logged += len(line) if function in self._functions else 0

    def _called(self, call: ApiCall) -> None:
        if call.caller in self._functions:
            self.calls[call.operation] += 1

    def lines(self, times: float) -> Iterator[Line]:
        """Price what was counted, so many times."""
        invocations, gigabytes = self.invocations * times, self.logged * times / 1e9
        compute = REQUEST + GIGABYTES * SECONDS * GIGABYTE_SECOND
        yield Line("invocations of the stack's functions", invocations, invocations * compute)
        yield Line("gigabytes of logs", gigabytes, gigabytes * GIGABYTE_LOGGED)
        reads = self.calls["GetMetricData"] * times
        if reads:
            metrics = reads * METRICS_READ
            yield Line("metrics read by GetMetricData", metrics, metrics * METRIC_READ)
            asked = self.calls["GetParameters"] * times
            yield Line("reads of orders (SSM, standard)", asked, 0.0)


def standing_still() -> Iterator[Line]:
    """Count a month of a stack with which nobody releases anything."""
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        kinds = Counter(each.type for each in stack.resources.values())
        counted = Counted(sandbox, _functions(stack))
        sandbox.run_for(DAY)
        alarms, dashboards = (kinds[f"AWS::CloudWatch::{kind}"] for kind in ("Alarm", "Dashboard"))
        yield Line("alarms", alarms, alarms * ALARM)
        yield Line("dashboards", dashboards, dashboards * DASHBOARD)
        yield Line("polls of the one queue that Lambda reads", POLLS, POLLS * POLL)
        yield from counted.lines(MONTH / DAY)


def under_way() -> Iterator[Line]:
    """Count a year of a rollout of one function, with the default check every minute."""
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        healthy = Version(errors=0.0)
        versions = {"1": healthy, "2": healthy}
        sandbox.add_traffic(Synthetic("MyFunction", versions, alias="MyAlias"))
        given = {"function-name": "MyFunction", "alias-name": "MyAlias", "new-version": "2"}
        counted = Counted(sandbox, _functions(stack))
        plan = {**given, "type": "canary", "interval": [ROLLOUT, 60]}
        ended = sandbox.finish(sandbox.start(plan, machine=stack.outputs["StateMachineArn"]))
        times = YEAR / ROLLOUT
        transitions = times * sum(event["type"].endswith("Entered") for event in ended.history)
        metrics = len(_metrics(sandbox))
        yield Line("state transitions", transitions, transitions * TRANSITION)
        yield from counted.lines(times)
        yield Line("metrics that the rollout writes, a year", metrics, metrics * 12 * METRIC)


def _functions(stack: Any) -> set[str]:
    kinds = {"AWS::Lambda::Function", "AWS::Serverless::Function"}
    return {one.physical_id for one in stack.resources.values() if one.type in kinds}


def _metrics(sandbox: Sandbox) -> set[str]:
    found = sandbox.client("cloudwatch").list_metrics(Namespace="LambdaCanary")["Metrics"]
    return {json.dumps(one, sort_keys=True) for one in found}


def main() -> None:
    """Print both tables."""
    tables = (
        ("a month of the stack standing still", standing_still),
        ("a year of a rollout with a check a minute", under_way),
    )
    for title, lines in tables:
        found = list(lines())
        print(f"{title:<42}{'count':>14}{'dollars':>10}")
        print("\n".join(map(str, found)))
        print(f"{'together':<56}{sum(line.dollars for line in found):>10,.2f}\n")


if __name__ == "__main__":
    main()
