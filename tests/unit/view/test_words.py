"""What the headline and the next step say, where scenarios do not come by."""

from typing import Any

import pytest

from domain.model.state import FORMAT, State
from domain.view.changes import changes
from domain.view.look import Look, tail_of
from domain.view.view import View, view_of
from tests.unit.builders import EXECUTION, NOW, baking, group, planned, rollout


def view(state: State | None, status: str = "RUNNING", **more: Any) -> View:
    ended = 0 if status == "RUNNING" else NOW + 60
    return view_of(Look(EXECUTION, status, NOW, ended, state=state, **more))


def progressed(state: State, **changed: Any) -> State:
    return {**state, "progress": {**state["progress"], **changed}}  # type: ignore[typeddict-item]  # keys of Progress


def test_nothing_is_known_before_the_plan() -> None:
    assert tail_of([]).state is None
    shown = view(None)
    assert (shown.phase, shown.headline) == ("planning", "Being planned: rollout-1")
    assert view(None, "FAILED", error="States.Runtime").phase == "not-released"


def test_promotion_that_is_ordered_leaves_the_weights_between_out() -> None:
    state = baking(rollout(weights=[10, 50, 100]))
    steering = {**state["progress"]["steering"], "promote": NOW + 1}
    shown = view(progressed(state, steering=steering))
    assert [step["weight"] for step in shown.steps] == [10, 100]
    assert shown.next == "promotion is ordered: 100 % as soon as the checks pass"


def test_a_bake_that_is_over_says_no_time_that_is_past() -> None:
    state = baking(rollout(weights=[10, 50, 100]))
    late = progressed(state, bake_ends=NOW + 60, wait_until="2026-01-05T09:02:00Z")
    assert view(late).next == "50 % as soon as the checks pass"


def test_an_approval_ahead_is_named_in_place_of_the_end() -> None:
    shown = view(baking(rollout(weights=[10, 50, 100], approvals=[50])))
    assert shown.next.endswith("; approval is wanted at 50 %")
    shown = view(baking(rollout(weights=[10, 50, 100], approvals=[10])))
    assert shown.next.startswith("approval is asked for at 2026-01-05T09:04:")


def test_a_hook_is_named_with_its_deadline() -> None:
    state = planned(rollout(hooks={"pre-traffic": "Ask"}))
    hook: Any = {
        "name": "pre-traffic", "function": "Ask", "status": "asked", "asked_at": NOW, "timeout": 60,
        "said": "",
    }  # fmt: skip
    shown = view({**state, "hook": hook, "next": "bake"})
    assert shown.title == "The pre-traffic hook Ask is asked"
    assert shown.next == "rolls back at 2026-01-05T09:01:00Z without its answer"


@pytest.mark.parametrize(
    ("status", "said"),
    [("ABORTED", "Stopped by hand"), ("TIMED_OUT", "Timed out"), ("FAILED", "Failed")],
)
def test_an_end_from_outside_claims_nothing(status: str, said: str) -> None:
    shown = view(baking(rollout()), status, error="States.DataLimitExceeded")
    assert shown.phase == "unknown"
    assert shown.title == f"{said} at 2026-01-05T09:01:00Z, midway at 10 %"
    assert shown.weight is None
    before = view({**planned(rollout()), "next": "publish"}, status)
    assert before.title.endswith(", before any alias was changed")


def test_what_was_promoted_and_then_failed_is_promoted() -> None:
    result = {"status": "SUCCEEDED"}
    assert view({**baking(rollout()), "result": result}, "ABORTED").phase == "promoted"


def test_what_failed_before_the_first_weight_is_not_said_to_be_rolled_back() -> None:
    failure: Any = {"Error": "HookFailed", "Cause": "it said so"}
    shown = view({**planned(rollout()), "failure": failure})
    assert shown.title == "Failed before the first weight, ending"
    assert shown.next == "HookFailed: it said so"
    assert view({**baking(rollout()), "failure": failure}).title == "Being rolled back"


def test_a_state_of_another_release_is_not_read() -> None:
    state = baking(rollout())
    other: State = {**state, "format": FORMAT - 1, "settings": {**state["settings"]}}
    del other["settings"]["approvals"]  # type: ignore[misc]  # as another release may have it
    shown = view(other)
    assert shown.title == ("Under way, by another release of lambda-canary than this one")
    assert (shown.weight, shown.checks, shown.commands) == (10, [], [])
    assert view(other, "ABORTED").title == "Stopped by hand at 2026-01-05T09:01:00Z, midway at 10 %"
    rolled: State = {**other, "failure": {"Error": "InternalError", "Cause": "so"}}
    assert view(rolled, "FAILED", error="InternalError", cause="so").phase == "rolled-back"


def test_a_group_is_named_by_its_first() -> None:
    assert view(baking(group("one", "two"))).headline.endswith(": one live and 1 more")


@pytest.mark.parametrize(
    "given", [None, [], {"functions": 7}, {"functions": [None, {}]}, {"function-name": ["x"]}]
)
def test_an_input_that_makes_no_sense_is_no_trouble(given: Any) -> None:
    shown = view(None, "FAILED", given=given, error="InvalidInput", cause="1 problem")
    assert shown.headline == "Refused at 2026-01-05T09:01:00Z: rollout-1"


def test_changes_are_told_once() -> None:
    state = baking(rollout())
    verdict = {"check": "judge", "outcome": "pass", "reason": "so", "errors": 0}
    first = view(state)
    assert changes(first, first) == []
    judged = view(progressed(state, verdicts=[verdict]))
    assert changes(first, judged) == ["judge: pass (so)"]
