"""The dashboard shows what rollouts really measure."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenario.world import BAD, HEALTHY, World

Shown = tuple[str, str, frozenset[str]]
"""Namespace, name and the names of the dimensions."""

SEARCH = re.compile(r"SEARCH\('\{([\w/]+),([\w,]+)\} MetricName=\"(\w+)\"', '\w+', \d+\)")


@pytest.fixture
def widgets(world: World) -> list[dict[str, Any]]:
    name = world.stack.outputs["DashboardName"]
    body = json.loads(world.cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    found: list[dict[str, Any]] = body["widgets"]
    return found


def shown(widgets: list[dict[str, Any]]) -> Iterator[Shown]:
    for widget in widgets:
        before: list[str] = []
        for line in widget["properties"].get("metrics", []):
            *words, _ = line
            if words[:1] == ["..."]:
                continue
            if not words:
                match = SEARCH.fullmatch(line[0]["expression"])
                assert match, line
                yield match[1], match[3], frozenset(match[2].split(","))
                continue
            before = [
                old if new == "." else new for new, old in zip(words, before or words, strict=False)
            ]
            namespace, name, *dimensions = before
            yield namespace, name, frozenset(dimensions[::2])


def test_every_graph_has_data_once_there_were_rollouts(
    world: World, widgets: list[dict[str, Any]]
) -> None:
    world.when_released(world.given_function("good", canary=HEALTHY), steps=2, interval=120)
    world.when_released(world.given_function("bad", canary=BAD), steps=2, interval=120)
    stopped = world.when_started({"function-name": "none", "alias-name": "live"})
    world.sandbox.client("stepfunctions").stop_execution(executionArn=stopped)
    world.sandbox.run_for(180)
    pages = world.cloudwatch.get_paginator("list_metrics").paginate()
    there = {
        (one["Namespace"], one["MetricName"], frozenset(each["Name"] for each in one["Dimensions"]))
        for page in pages
        for one in page["Metrics"]
    }
    timed_out = "ExecutionsTimedOut"  # which no rollout does by itself
    assert {each for each in shown(widgets) if each[1] != timed_out} - there == set()


def test_widgets_overlap_nowhere(widgets: list[dict[str, Any]]) -> None:
    taken = [
        (column, row)
        for widget in widgets
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(column for column, _ in taken) < 24
