"""The rollouts that faults are tried on: a group of two, in most of them three weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from tests.chaos.fault import Fault, Ordered, SomebodyElse, parse

WEIGHTS = (10, 50, 100)
# Longer than CloudWatch takes to show what happened, so that each weight has one health check.
INTERVAL = 180

# How a rollout comes about that an application's stack asks for, and what becomes of the update.
Course = Literal["goes on", "beside a failure", "is cancelled", "is deleted", "renames the gate"]


@dataclass(frozen=True)
class Scenario:
    """`publishes`: no version is named. `creates`: the second alias does not exist yet.

    `fails`: the last member that shifts has a bad version, which shows from 50 % on. `asks`: a hook
    is asked before the first weight, and one before promotion. `hands_over`: after the first health
    check and at each after it. `in_one_call`: by SimpleDeploy. `stack`: by the update of a stack,
    of one function. `always` happens in every run.
    """

    name: str
    publishes: bool = False
    creates: bool = False
    fails: bool = False
    asks: bool = False
    hands_over: bool = False
    in_one_call: bool = False
    judges: bool = False
    weights: tuple[int, ...] = WEIGHTS
    stack: Course | None = None
    always: tuple[Fault, ...] = ()

    @property
    def failing(self) -> int | None:
        """Which member has the bad version."""
        if not self.fails:
            return None
        return 0 if self.creates or self.stack else 1

    def release(self, functions: Iterable[str]) -> dict[str, Any]:
        """Return the rollout's input."""
        version = {} if self.publishes else {"new-version": "2"}
        return {
            "functions": [
                {"function-name": name, "alias-name": "live", **version} for name in functions
            ],
            **self.rollout,
        }

    @property
    def rollout(self) -> dict[str, Any]:
        """How it goes, whatever it releases."""
        return {
            "type": "custom",
            "weights": list(self.weights),
            "interval": INTERVAL,
            "check-interval": INTERVAL,
            "min-invocations": 0,
            "checks": [{"type": "judge"} if self.judges else {"type": "errors", "max-count": 0}],
            "alarms": [ALARM],
            "hooks": HOOKS if self.asks else {},
            **({"max-hold": INTERVAL} if self.stack else {}),
        }


HOOK = "asked-before-traffic-and-promotion"
HOOKS = {
    "pre-traffic": {"function": HOOK, "timeout": 600},
    "post-traffic": {"function": HOOK, "mode": "return"},
}
ALARM = "watches-the-released-functions"

# Inside, such a rollout is as the others are.
IN_A_STACK = (50, 100)

_SECOND_WEIGHT = "ShiftWeightFunction", "lambda", "UpdateAlias", 4

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("healthy"),
        Scenario("failing", fails=True),
        Scenario("publishing", publishes=True),
        Scenario("creating", publishes=True, creates=True),
        Scenario("foreign", always=(SomebodyElse(*_SECOND_WEIGHT, 1, "taken"),)),
        Scenario("ordered back", always=(Ordered(*_SECOND_WEIGHT, 2, "roll-back"),)),
        Scenario("judged", judges=True),
        Scenario("failing as judged", judges=True, fails=True),
        Scenario("asking", asks=True),
        Scenario("at once", fails=True, weights=(100,)),
        Scenario("in continuations", hands_over=True),
        Scenario("failing in a continuation", hands_over=True, fails=True),
        Scenario("in one call", in_one_call=True),
        Scenario("failing in one call", in_one_call=True, fails=True),
        Scenario("creating in one call", in_one_call=True, publishes=True, creates=True),
        Scenario("by a stack", stack="goes on", weights=IN_A_STACK),
        Scenario("failing by a stack", stack="goes on", fails=True, weights=IN_A_STACK),
        Scenario("by a stack that fails", stack="beside a failure", weights=IN_A_STACK),
        Scenario("by a stack cancelled", stack="is cancelled", weights=IN_A_STACK),
        Scenario("by a new gate", stack="renames the gate", weights=IN_A_STACK),
        Scenario("by a stack deleted", stack="is deleted", weights=IN_A_STACK),
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
    """Return the case that prints so."""
    name, _, faults = text.partition("/")
    return Case(SCENARIOS[name], tuple(parse(fault) for fault in faults.split("+") if fault))
