import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine

from domain.model.questions import CouldNotAsk, Invoke, Invoked
from domain.model.state import State
from probe import probe
from tests.unit.builders import NOW, baking, group, rollout, shifters, take

Answer = Invoked | CouldNotAsk


@dataclass
class Functions:
    """Answers as version 2 after `seconds`; keeps when it was asked what."""

    seconds: float = 0.05
    answer: Answer = field(default_factory=lambda: Invoked(200, None, "{}", 2, 50, "2"))
    asked: list[tuple[float, Invoke]] = field(default_factory=list)

    def answers(self, questions: Sequence[Invoke]) -> dict[Invoke, Answer]:
        [question] = questions
        self.asked.append((time.time(), question))
        time.sleep(self.seconds)
        return {question: self.answer}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sleeping only moves time."""
    with time_machine.travel(NOW, tick=False) as traveller:
        monkeypatch.setattr(time, "sleep", traveller.shift)
        yield


def probed(functions: Functions, raw: dict[str, Any]) -> State:
    return probe(baking(raw), functions)


def of(**options: Any) -> dict[str, Any]:
    return rollout(interval=120, checks=[{"type": "probe", **options}])


def test_the_alias_is_called_with_the_payload_until_the_next_check() -> None:
    functions = Functions()
    state = probed(functions, of(payload={"probe": True}))
    assert [at - NOW for at, _ in functions.asked] == list(range(1, 60))
    assert {question for _, question in functions.asked} == {
        Invoke("checkout", "live", '{"probe": true}')
    }
    [member] = shifters(state)
    assert member["probed"]["canary"] == {"calls": 59, "failed": 0}
    assert state["progress"]["unprobed"] is None


def test_it_ends_before_its_function_is_killed() -> None:
    functions = Functions()
    state = baking(of(rate=0.1))
    state["progress"]["wait_until"] = "2026-01-06T09:00:00Z"
    probe(state, functions)
    assert functions.asked[-1][0] == NOW + 830


def test_a_bake_that_is_over_gets_no_call_but_a_report() -> None:
    functions = Functions()
    state = baking(of(), at=NOW - 60)
    after = probe(state, functions)
    assert functions.asked == []
    assert after["progress"]["unprobed"] is None
    assert "probed" in after["members"][0]


def test_of_a_group_those_that_shift_are_called_and_all_keep_their_places() -> None:
    functions = Functions()
    state = baking(group("cart", "checkout", "search", checks=[{"type": "probe"}]))
    take(state, 1, "none")
    after = probe(state, functions)
    assert {question.function for _, question in functions.asked} == {"cart", "search"}
    assert [one["function"] for one in after["members"]] == ["cart", "checkout", "search"]
    assert ["probed" in one for one in after["members"]] == [True, False, True]


@pytest.mark.parametrize(
    ("answer", "version", "errors"),
    [
        (Invoked(200, None, "{}", 2, 50, "2"), "2", 0),
        (Invoked(200, "Unhandled", "{}", 2, 50, "1"), "1", 59),
        (CouldNotAsk("throttled"), "unknown", 59),
    ],
)
def test_each_call_is_told_as_metrics(
    capsys: pytest.CaptureFixture[str], answer: Answer, version: str, errors: int
) -> None:
    probed(Functions(answer=answer), of())
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum(one["ProbeCalls"] for one in documents) == 59
    assert {one["version"] for one in documents} == {version}
    assert sum(sum(one["ProbeErrors"]) for one in documents) == errors
    assert all(49 < ms < 51 for one in documents for ms in one["ProbeDuration"])
