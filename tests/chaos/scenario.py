"""The rollouts that faults are tried on: three weights, a group of two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.chaos.fault import Fault, SomebodyElse, parse

WEIGHTS = [10, 50, 100]
# Longer than CloudWatch takes to show what happened, so that each weight has one health check.
INTERVAL = 180


@dataclass(frozen=True)
class Scenario:
    """`publishes`: no version is named. `creates`: the second alias does not exist yet.

    `fails`: the last member that shifts has a bad version, which shows from the second weight on.
    `always` happens in every run.
    """

    name: str
    publishes: bool = False
    creates: bool = False
    fails: bool = False
    always: tuple[Fault, ...] = ()

    @property
    def failing(self) -> int | None:
        """Which member has the bad version."""
        if not self.fails:
            return None
        return 0 if self.creates else 1

    def release(self, functions: Iterable[str]) -> dict[str, Any]:
        """The rollout's input."""
        version = {} if self.publishes else {"new-version": "2"}
        return {
            "functions": [
                {"function-name": name, "alias-name": "live", **version} for name in functions
            ],
            "type": "custom",
            "weights": WEIGHTS,
            "interval": INTERVAL,
            "check-interval": INTERVAL,
            "min-invocations": 0,
            "checks": [{"type": "errors", "max-count": 0}],
            "alarms": [ALARM],
        }


ALARM = "watches-the-released-functions"

_SECOND_WEIGHT = SomebodyElse("ShiftWeightFunction", "lambda", "UpdateAlias", 4, 1, "taken")

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("healthy"),
        Scenario("failing", fails=True),
        Scenario("publishing", publishes=True),
        Scenario("creating", publishes=True, creates=True),
        Scenario("foreign", always=(_SECOND_WEIGHT,)),
    )
}


@dataclass(frozen=True)
class Case:
    """One rollout and what goes wrong in it. Printed as the id that replays it."""

    scenario: Scenario
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        return f"{self.scenario.name}/{'+'.join(map(str, self.faults))}"


def parse_case(text: str) -> Case:
    """The case that prints so."""
    name, _, faults = text.partition("/")
    return Case(SCENARIOS[name], tuple(parse(fault) for fault in faults.split("+") if fault))
