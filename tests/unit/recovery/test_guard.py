from domain.ending.message import message
from domain.model.alias import AliasStatus
from domain.model.state import State
from domain.recovery.guard import (
    KEPT,
    SWEEP,
    answer,
    by_mark,
    doubts,
    due,
    is_promoted,
    with_report,
)
from tests.unit.builders import EXECUTION, NOW, baking, group, rollout

HOUR, DAY = 3_600, 86_400


def looks(age: float, span: int) -> int:
    """How many of the sweeps within `span` seconds look at a rollout that old."""
    return sum(due(EXECUTION, age, NOW + at) for at in range(0, span, SWEEP))


def test_every_sweep_looks_at_what_ended_within_the_hour() -> None:
    assert looks(0, HOUR) == looks(HOUR, HOUR) == 12


def test_after_an_hour_one_sweep_an_hour_looks() -> None:
    assert looks(HOUR + 1, HOUR) == looks(DAY, HOUR) == 1


def test_after_a_day_one_sweep_a_day_looks_until_the_history_is_gone() -> None:
    assert looks(DAY + 1, DAY) == looks(KEPT, DAY) == 1
    assert looks(KEPT + 1, DAY) == 0


def test_old_rollouts_have_their_turns_at_different_sweeps() -> None:
    names = [f"{EXECUTION}-{number}" for number in range(2_880)]
    together = [sum(due(name, 2 * DAY, NOW + at) for name in names) for at in range(0, DAY, SWEEP)]
    assert sum(together) == len(names)
    assert max(together) <= 30


def test_what_the_guard_did_is_told_with_how_every_alias_stands() -> None:
    statuses = [
        AliasStatus("live of cart routes 100 % to version 1", changed=True),
        AliasStatus("live of checkout routes 100 % to version 7, as somebody else left it"),
    ]
    state = with_report(baking(group("cart", "checkout")), "ABORTED", statuses)
    sent = message("restored", state)
    assert sent is not None
    assert sent.subject == "Given back by the guard: cart live and 1 more"
    assert sent.body == {
        "status": "FAILED",
        "execution": EXECUTION,
        "error": "ABORTED",
        "cause": "The rollout was stopped and did not give its aliases back by itself. Now: live "
        "of cart routes 100 % to version 1; live of checkout routes 100 % to version 7, as "
        "somebody else left it.",
    }


def test_what_the_guard_could_not_do_cries() -> None:
    state = with_report(baking(rollout()), "TIMED_OUT", [AliasStatus("weighted", stranded=True)])
    sent = message("stranded", state)
    assert sent is not None
    assert sent.subject == "STRANDED, needs you: checkout live"
    assert "timed out" in sent.text


def test_of_a_rollout_in_one_call_its_mark_alone_is_told() -> None:
    sent = message(
        "restored", with_report(by_mark("arn:mark:7", "checkout", "live"), "ABORTED", [])
    )
    assert sent is not None
    assert sent.subject == "Given back by the guard: checkout live"
    assert sent.attributes == {"status": "FAILED", "function": "checkout", "alias": "live"}


def test_who_asks_is_answered() -> None:
    assert answer([]) == {
        "changed": False,
        "stranded": False,
        "now": ["nothing was left to give back"],
    }
    assert answer([AliasStatus("whole", changed=True), AliasStatus("not", stranded=True)]) == {
        "changed": True,
        "stranded": True,
        "now": ["whole", "not"],
    }


def test_promoted_is_what_finalize_has_answered() -> None:
    state = baking(rollout())
    assert is_promoted({**state, "result": {"status": "SUCCEEDED"}})
    assert not is_promoted({**state, "result": {"status": "PLANNED"}})
    assert not is_promoted(state)


def test_weights_that_look_like_a_rollouts_are_its_own_for_some_minutes_only() -> None:
    state = baking(rollout())
    assert [doubts(state, age) for age in (5, 600, 601, 3_600, 3_601)] == [
        "take", "take", "cry", "cry", "leave",
    ]  # fmt: skip
    given_back: State = {**state, "rollback": {"stranded": False}}
    assert doubts(given_back, 5) == "leave"
    assert doubts({**state, "rollback": {"stranded": True}}, 5) == "take"
