from typing import Any

from domain.model.questions import CouldNotAsk
from domain.probing.metrics import Key, ProbeMetrics, dimensions
from tests.unit.builders import NOW, baking, rollout, shifters

ONE: Key = (("function", "checkout"), ("alias", "live"), ("version", "1"))
TWO: Key = (*ONE[:2], ("version", "2"))


def gathered(*calls: tuple[Key, float, bool, float]) -> list[dict[str, Any]]:
    metrics = ProbeMetrics("Mine")
    return [
        document for key, at, failed, ms in calls for document in metrics.add(key, at, failed, ms)
    ] + metrics.rest()


def test_a_minutes_calls_are_one_object_with_their_values() -> None:
    [document] = gathered((TWO, NOW + 1.5, False, 12.345), (TWO, NOW + 59.9, True, 20))
    [directive] = document.pop("_aws")["CloudWatchMetrics"]
    assert directive["Namespace"] == "Mine"
    assert directive["Dimensions"] == [["function", "alias", "version"]]
    assert [one["Name"] for one in directive["Metrics"]] == [
        "ProbeCalls",
        "ProbeErrors",
        "ProbeDuration",
    ]
    assert document == {
        "function": "checkout",
        "alias": "live",
        "version": "2",
        "ProbeCalls": 2,
        "ProbeErrors": [0, 1],
        "ProbeDuration": [12.35, 20],
    }


def test_minutes_and_versions_are_told_apart() -> None:
    documents = gathered((ONE, NOW, False, 1), (TWO, NOW, False, 2), (ONE, NOW + 60, False, 3))
    told = [(one["_aws"]["Timestamp"], one["version"], one["ProbeDuration"]) for one in documents]
    assert told == [
        (1_000 * NOW, "1", [1]),
        (1_000 * NOW, "2", [2]),
        (1_000 * NOW + 60_000, "1", [3]),
    ]


def test_no_object_holds_more_than_100_values() -> None:
    documents = gathered(*[(ONE, NOW, False, 1.0)] * 250)
    assert [one["ProbeCalls"] for one in documents] == [100, 100, 50]
    assert [len(one["ProbeDuration"]) for one in documents] == [100, 100, 50]


def test_a_call_without_an_answer_is_of_an_unknown_version() -> None:
    [member] = shifters(baking(rollout()))
    assert dimensions(member, CouldNotAsk("throttled"))[-1] == ("version", "unknown")
