"""Inputs, facts and states that tests start from; what a test is about, it says itself."""

from typing import Any, cast

import pytest

from domain.checks.support.context import CheckContext
from domain.checks.support.counts import Counts
from domain.input.parse import parse
from domain.model.alias import Alias, Routing, shifting
from domain.model.member import Action, Member, Shifting
from domain.model.naming import Home
from domain.model.questions import Answers, CouldNotAsk, Question
from domain.model.request import Request
from domain.model.state import Execution, State
from domain.planning.plan import begin
from domain.planning.preflight import Facts, VersionFacts
from domain.rollout.evaluate import context_of, due, evaluate
from domain.rollout.shift import after_shift

HOME = Home("us-east-1", "123456789012")
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:Deploy:rollout-1"
LIMIT = [{"type": "errors", "max-percent": 5}]  # checks that ask for counts only
NOW = 1_767_603_600  # 2026-01-05T09:00:00Z, a whole hour


def rollout(**keys: object) -> dict[str, Any]:
    """Write an input for `live` of `checkout`, going to version 2; `max_hold=5` adds max-hold."""
    base = {"function-name": "checkout", "alias-name": "live", "new-version": "2"}
    return base | _kebab(keys)


def group(*functions: str, **keys: object) -> dict[str, Any]:
    """Write an input for a release group: `live` of each function, going to version 2."""
    targets = [
        {"function-name": name, "alias-name": "live", "new-version": "2"} for name in functions
    ]
    return {"functions": targets, **_kebab(keys)}


def _kebab(keys: dict[str, object]) -> dict[str, object]:
    return {name.replace("_", "-"): value for name, value in keys.items()}


def parsed(raw: object) -> Request:
    return parse(raw, HOME)


def version(**changes: Any) -> VersionFacts:
    sound = {
        "role": "arn:aws:iam::123456789012:role/checkout",
        "dead_letter": "",
        "state": "Active",
        "timeout": 30,
        "sha256": "a" * 44,
    }
    return VersionFacts(**{**sound, **changes})


def alias(
    routes: str = "1",
    weights: dict[str, float] | None = None,
    revision: str = "r1",
    description: str = "",
) -> Alias:
    return Alias(Routing(routes, weights or {}, description), revision)


def facts(**changes: Any) -> Facts:
    """Describe an existing function whose alias routes everything to version 1."""
    sound = {"exists": True, "alias": alias(), "baseline": version(), "canary": version()}
    return Facts(**{**sound, **changes})


def planned(
    raw: dict[str, Any], found: Facts | None = None, firing: list[str] | None = None
) -> State:
    """Return the state after Plan, with the same facts for each function."""
    request = parsed(raw)
    execution = Execution(id=EXECUTION, name="rollout-1", started="2026-01-05T09:00:00Z")
    before = State(execution=execution, input=raw)
    return begin(before, request, dict.fromkeys(request.targets, found or facts()), firing or [])


def baking(raw: dict[str, Any], at: float = NOW, **of_plan: Any) -> State:
    """Return the state in the bake after the first weight, set at `at` (epoch seconds)."""
    state = planned(raw, **of_plan)
    return after_shift(state, 10.0, at)


def shifters(state: State) -> list[Shifting]:
    """Return the members that shift, which have what only they can have."""
    return shifting(state["members"])


def take(state: State, at: int, action: Action) -> None:
    """Let another action be planned for this member of the group."""
    state["members"][at] = cast(Member, {**state["members"][at], "part": action})


def about(value: float, within: float | None = None) -> Any:
    """Return what is equal to it but for rounding (or for so much), wherever a number is wanted."""
    return pytest.approx(value, abs=within)


def context(
    *, counts: dict[str, Counts] | CouldNotAsk | None = None, wanted: int = 0, **changes: Any
) -> CheckContext:
    """Describe what checks see ten minutes after the first shift; `wanted` invocations."""
    before: dict[str, Any] = {
        "execution": EXECUTION,
        "when": "during",
        "members": tuple(shifting(baking(rollout())["members"])),
        "weight": 10.0,
        "since": NOW,
        "now": NOW + 600,
        "min_invocations": wanted,
        "counted": counts if counts is not None else {},
    }
    return CheckContext(**{**before, **changes})


def checked(
    state: State,
    now: int,
    counts: dict[str, Counts] | CouldNotAsk,
    answers: dict[Question[Any], Any] | None = None,
) -> State:
    """Make a health check at `now` that finds these counts and answers."""
    checks = due(state, now)
    return evaluate(state, checks, context_of(state, counts, now), Answers(answers or {}))
