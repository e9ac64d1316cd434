"""Step Functions carries 262,144 bytes from state to state: no input may outgrow that."""

import json
from typing import Any

import pytest

from domain.checks.registry import needs_of
from domain.checks.support.counts import Counts
from domain.ending.outcome import success
from domain.limits.state_size import PORTABLE
from domain.model.errors import Failure, PreflightFailed
from domain.model.member import Shifting, label
from domain.model.questions import AlarmState, CouldNotAsk, Invoked, Question, Series
from domain.model.state import State, probe_of
from domain.planning.growth import size_to_come
from domain.planning.preflight import problems_of_length
from domain.probing.counts import begun, counted
from domain.rollout.evaluate import context_of, due, questions
from domain.rollout.hooks import call
from domain.rollout.shift import after_shift
from tests.long import parametrize
from tests.unit.builders import NOW, alias, checked, facts, parsed, planned, shifters

CARRIED = 262_144
CAUSE = 32_768  # characters a caught error's cause may have


def size(value: object) -> int:
    """As the functions' runtime writes its answer: UTF-8, with a space after commas and colons."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def full_group(**keys: Any) -> dict[str, Any]:
    """25 functions with the longest names; alarms to ignore, all of them firing."""
    functions = [
        {
            "function-name": f"f{number:02}".ljust(64, "x"),
            "alias-name": "a" * 128,
            "new-version": "9" * 19,
        }
        for number in range(25)
    ]
    hooks = {"pre-traffic": {"function": "h" * 64, "timeout": 3_600}}
    return {"functions": functions, "alarms-already-firing": "ignore", "hooks": hooks, **keys}


def custom(weights: int) -> dict[str, Any]:
    return {
        "type": "custom",
        "weights": [round(100 * number / weights, 2) for number in range(1, weights + 1)],
        "interval": [3_000] * weights,
        "check-interval": 3_000,
        "max-hold": 60,
    }


def alarm_checks(checks: int, names: int, letter: str, length: int) -> list[dict[str, Any]]:
    """`names` alarms in each check, with names of `length` letters."""
    return [
        {
            "type": "alarm",
            "names": [f"{check}-{one}-".ljust(length, letter) for one in range(names)],
        }
        for check in range(checks)
    ]


def metric_checks(checks: int) -> list[dict[str, Any]]:
    """Each as long as may be."""
    long = {str(number): "v" * 960 for number in range(4)}
    query = {"id": "a", "namespace": "n", "metric": "m", "stat": "Sum", "dimensions": long}
    return [{"type": "metric", "queries": [query], "expression": "a", "max": 1}] * checks


def probed(member: Shifting) -> Shifting:
    """With the longest flaws, of characters that JSON writes longest."""
    canary = Invoked(200, None, "{}", 2, 1, member["canary"])
    return counted(counted(begun(member), canary, '"' * 500), CouldNotAsk("\x01" * 500), "")


def endless(question: Series) -> dict[str, tuple[tuple[int, float], ...]]:
    """Values with all the digits there are."""
    times = range(question.start, question.end, question.period)
    return {
        query.id: tuple((at, 10**15 / 7 / (1 + number + at % 11)) for at in times[:100])
        for number, query in enumerate(question.queries)
    }


def steps_through(raw: dict[str, Any]) -> dict[str, State]:
    """Return the state after each task of a rollout whose every check says as much as it can."""
    firing = list(needs_of(parsed(raw).settings["checks"]).alarms)
    state = planned(raw, facts(alias=alias(description="d" * 256)), firing)
    states = {"Plan": state}
    if "hooks" in raw:
        state = call(state, "pre-traffic", then="shift", weight=0.0)
    for weight in range(min(300, len(raw.get("weights", "x" * 10)))):
        state = after_shift(state, 99.99, NOW + 3_000 * weight)
    states["ShiftWeight"] = state
    if probe_of(state["settings"]["checks"]):
        state = {**state, "members": [probed(member) for member in shifters(state)]}
    states["Probe"] = state
    counts = {label(member): Counts(0, 0) for member in state["members"]}
    answers: dict[Question[Any], Any] = {AlarmState(name): "ALARM" for name in firing}
    now = NOW + 3_000 * 300
    asked = questions(state, due(state, now), context_of(state, counts, now))
    answers |= {one: endless(one) for one in asked if isinstance(one, Series)}
    state = checked(state, now, counts, answers)
    states["CheckHealth"] = state
    states["Finalize"] = {**state, "result": success(state, NOW)}
    states["Catch"] = {**state, "failure": Failure(Error="Exception", Cause="x" * CAUSE)}
    return states


JUDGES = [{"type": "judge", "slower-than": 800}] * 3 + [{"type": "errors", "max-count": 0}] * 22


@pytest.mark.parametrize(
    "raw",
    [
        full_group(**custom(weights=1_500), checks=alarm_checks(1, 100, "x", 255)),
        full_group(**custom(weights=1_500), checks=[{"type": "errors", "max-count": 0}] * 25),
        full_group(**custom(weights=1_500), checks=alarm_checks(25, 5, "x", 255)),
        full_group(**custom(weights=1_500), checks=alarm_checks(1, 30, "\N{PILE OF POO}", 255)),
        full_group(checks=alarm_checks(25, 100, "x", 5)),
        full_group(**custom(weights=1_500), checks=metric_checks(25)),
        full_group(
            **custom(weights=400),
            checks=[*alarm_checks(1, 100, "x", 255), {"type": "probe", "payload": "x" * 20_000}],
        ),
        full_group(**custom(weights=1_500), checks=JUDGES),
    ],
    ids=[
        "weights",
        "checks",
        "alarms in checks",
        "long letters",
        "many alarms",
        "metrics",
        "probe",
        "judges",
    ],
)
def test_the_state_stays_below_what_step_functions_carries(raw: dict[str, Any]) -> None:
    sizes = {task: size(state) for task, state in steps_through(raw).items()}
    assert max(sizes.values()) < CARRIED, sizes


def test_two_causes_fit_where_preflight_lets_the_plan_pass() -> None:
    raw = full_group(**custom(weights=1_500), checks=alarm_checks(1, 100, "x", 255))
    assert problems_of_length(parsed(raw).settings) == []
    state = steps_through(raw)["Catch"]
    assert size({**state, "rollback": state["failure"]}) < CARRIED


@parametrize("kind", ["plain", "hooks", "judges", "probe", "alarms", "metrics"], short=2)
def test_a_state_never_outgrows_what_preflight_expects(kind: str) -> None:
    checks = {
        "judges": JUDGES,
        "probe": [{"type": "probe", "payload": "x" * 20_000}],
        "alarms": alarm_checks(25, 100, "x", 5),
        "metrics": metric_checks(5),
    }.get(kind, [{"type": "errors", "max-count": 0}])
    raw = full_group(**custom(weights=400), checks=checks)
    if kind == "plain":
        del raw["hooks"]
    states = steps_through(raw)
    expected = size_to_come(states["Plan"])
    assert size(states["CheckHealth"]) < expected < 1.7 * size(states["CheckHealth"])


def test_a_state_that_is_handed_over_fits_beside_what_comes_back() -> None:
    """With the cause of a caught error, and a description of the execution around the two."""
    assert PORTABLE + PORTABLE + CAUSE < CARRIED - 5_000


def test_a_year_of_three_judges_on_the_largest_group_can_be_handed_over() -> None:
    raw = full_group(checks=JUDGES[:3], interval=36 * 86_400)
    assert size_to_come(steps_through(raw)["Plan"]) < PORTABLE


def test_ten_thousand_weights_can_be_handed_over_but_not_with_an_interval_each() -> None:
    raw = {"function-name": "checkout", "alias-name": "live", **custom(weights=10_000)}
    assert 120_000 < size(raw) < 131_072
    with pytest.raises(PreflightFailed, match="too large to be handed over to another"):
        planned(raw)
    raw["interval"] = 3_000
    sizes = {task: size(state) for task, state in steps_through(raw).items()}
    assert max(sizes.values()) < PORTABLE + CAUSE, sizes
