"""`make year`: a rollout of a year with a health check every minute, in the sandbox.

Each calls the new version of a function with light traffic once (`invoke`), since CloudWatch's data
are two checks late. On day 300 the canary breaks; with `--healthy` it never does, and is promoted
when the year ends. Not part of `make bench`: at about 100 checks a second it takes too long.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterator, Sequence

from domain.limits.history_budget import TASKS_OF_ENDS, TASKS_OF_WEIGHT
from domain.model.member import LATEST
from sandbox.kernel.signals import Execution, Invocation
from sandbox.sandbox import Result, Sandbox
from sandbox.traffic import Synthetic, Version
from tests.bench.figure import Figure

DAY = 86_400
WEIGHTS = 10
# Seconds of a year that no plan's bakes may take.
TASKS = TASKS_OF_ENDS + TASKS_OF_WEIGHT * WEIGHTS + LATEST
CHECKS = [{"type": "invoke"}]
HEALTHY = Version(errors=0.0)
CALLS_PER_SECOND = 0.2
MOST_EVENTS = 24_000
CHECKS_TO_SEE_IT = 2


class Witness:
    """Counts checks, executions and their events while time runs."""

    def __init__(self, sandbox: Sandbox, checker: str, fault_at: float) -> None:
        self._sandbox = sandbox
        self._checker = checker
        self._fault_at = fault_at
        self.checks = 0
        self.checks_in_fault = 0
        self.seconds_in_fault = 0.0
        self.executions = 0
        self.most_events = 0
        sandbox.signals.invoked.append(self._note_invocation)
        sandbox.signals.execution_changed.append(self._note_execution)

    def _note_invocation(self, invocation: Invocation) -> None:
        if invocation.function == self._checker:
            self.checks += 1
            self.checks_in_fault += invocation.started >= self._fault_at

    def _note_execution(self, execution: Execution) -> None:
        if execution.status == "RUNNING":
            self.executions += 1
            print(f"{self.checks:>8,} checks, on in {execution.name}", flush=True)
        else:
            events = len(self._sandbox.history(execution.arn))
            self.most_events = max(self.most_events, events)


def released(days: int, fault_day: int | None) -> tuple[Result, Witness]:
    """Roll version 2 out over so many days; from `fault_day` on all of its calls fail."""
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        fault = [] if fault_day is None else [(fault_day * DAY, 1.0)]
        canary = Version(errors=[(0, 0.0), *fault])
        function = Synthetic(
            "Released", {"1": HEALTHY, "2": canary}, calls_per_second=CALLS_PER_SECOND
        )
        sandbox.add_traffic(function)
        fault_at = sandbox.clock.now + DAY * (days if fault_day is None else fault_day)
        witness = Witness(sandbox, stack.physical_id("CheckHealthFunction"), fault_at)
        given = {
            "function-name": "Released",
            "alias-name": function.alias,
            "new-version": "2",
            "steps": WEIGHTS,
            "interval": (days * DAY - TASKS) // WEIGHTS,
            "max-hold": 0,
            "checks": CHECKS,
        }
        execution = sandbox.start(given, machine=stack.outputs["StateMachineArn"])
        result = sandbox.finish(execution)
        witness.seconds_in_fault = sandbox.clock.now - fault_at
        return result, witness


def figures(days: int, fault_day: int | None) -> Iterator[Figure]:
    began = time.perf_counter()
    result, seen = released(days, fault_day)
    print(f"{result.status} {result.error or ''}: {result.cause or result.output['summary']}")
    print(f"{seen.checks:,} health checks in {seen.executions} executions")
    yield Figure("events of the longest history", seen.most_events, MOST_EVENTS)
    if fault_day is not None:
        print(f"{seen.seconds_in_fault:.0f} s from the fault to the end")
        yield Figure("health checks from fault to rollback", seen.checks_in_fault, CHECKS_TO_SEE_IT)
    expected = "SUCCEEDED" if fault_day is None else "FAILED"
    yield Figure(f"ends other than {expected}", float(result.status != expected), 0)
    print(f"{(time.perf_counter() - began) / 60:.0f} min of real time")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make year")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--fault-day", type=int, default=300)
    parser.add_argument("--healthy", action="store_true", help="no fault, to the promotion")
    options = parser.parse_args(arguments)
    fault_day = None if options.healthy else options.fault_day
    gc.set_threshold(50_000, 20, 1_000)  # a tenth of the time otherwise
    missed = 0
    for figure in figures(options.days, fault_day):
        print(figure, flush=True)
        missed += not figure.kept
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
