"""Every input in events/ runs, unchanged, on the sample functions, and ends as its name says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.programs.sample import MY_FUNCTION, MY_FUNCTION_ERRORS, MY_OTHER_FUNCTION
from tests.long import parametrize
from tests.scenario.observed import Released
from tests.scenario.then import then_promoted, then_whole
from tests.scenario.world import World

EVENTS = Path(__file__).parents[2] / "events"

TENTHS = [10.0 * k for k in range(1, 11)]
FIFTHS = [20.0 * k for k in range(1, 6)]
WEIGHTS: dict[str, list[float]] = {
    "alarms": FIFTHS,
    "all-at-once": [100],
    "canary": [5, 100],
    "codedeploy": TENTHS,
    "custom": [1, 5, 25, 100],
    "dry-run": [],
    "exponential": [1.59, 4.76, 11.11, 23.81, 49.21, 100],
    "geometric": [1, 3.16, 10, 31.62, 100],
    "judge": [10, 25, 50, 100],
    "linear": TENTHS,
    "publish": FIFTHS,
    "release-group": FIFTHS,
}


def event(name: str) -> dict[str, Any]:
    given: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return given


@pytest.fixture
def sample(world: World) -> Iterator[tuple[Released, Released]]:
    """MyFunction and MyOtherFunction: every scenario makes its own under these names."""
    mine, other = world.given_synthetic(MY_FUNCTION), world.given_synthetic(MY_OTHER_FUNCTION)
    world.cloudwatch.put_metric_alarm(**MY_FUNCTION_ERRORS)
    yield mine, other
    world.cloudwatch.delete_alarms(AlarmNames=[MY_FUNCTION_ERRORS["AlarmName"]])
    for released in (mine, other):
        world.functions.delete_function(FunctionName=released.name)


def test_every_event_is_run_here_or_beside_the_check_that_it_shows() -> None:
    scenarios = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    others = {path.stem for path in EVENTS.iterdir()} - set(WEIGHTS)
    assert [name for name in sorted(others) if f'"{name}.json"' not in scenarios] == []


@parametrize("name", [name for name in WEIGHTS if name not in ("dry-run", "publish")], short=3)
def test_an_event_is_promoted(world: World, sample: tuple[Released, Released], name: str) -> None:
    given = event(name)
    rollout = world.when_ended(world.when_started(given))
    group = sample if "functions" in given else sample[:1]
    for released in group:
        then_promoted(rollout, released, WEIGHTS[name])
    healthy = ["RUNNING"] * (len(WEIGHTS[name]) - 1) if given.get("notify") == "all" else []
    assert rollout.told == [*healthy, "SUCCEEDED"]


def test_publish_releases_the_newest_code(world: World, sample: tuple[Released, Released]) -> None:
    rollout = world.when_ended(world.when_started(event("publish")))
    then_promoted(rollout, sample[0], WEIGHTS["publish"], version="4")


def test_dry_run_changes_nothing(world: World, sample: tuple[Released, Released]) -> None:
    rollout = world.when_ended(world.when_started(event("dry-run")))
    assert (rollout.status, rollout.output["status"]) == ("SUCCEEDED", "PLANNED")
    assert rollout.output["weights"] == [1.59, 4.76, 11.11, 23.81, 49.21, 100]
    assert sample[0].seen == []
    then_whole(sample[0], "1")
