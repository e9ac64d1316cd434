import json
import re
from typing import Any

import pytest

from domain.model.clock import epoch, iso
from domain.model.errors import Failure
from domain.model.questions import Invoked
from domain.model.state import State
from domain.rollout.hooks import (
    HookEnd,
    asked,
    call,
    event,
    failed,
    heard,
    is_brief,
    pending,
    refusal,
    succeeded,
    wait,
)
from tests.unit.builders import EXECUTION, NOW, baking, group, planned, rollout, take

HOOK = {"function": "CodeDeployHook_a", "timeout": 600}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:checkout"


def calling(mode: str = "callback", raw: dict[str, Any] | None = None) -> State:
    given = raw or rollout()
    state = planned(given | {"hooks": {"pre-traffic": {**HOOK, "mode": mode}}})
    return call(state, "pre-traffic", then="shift", weight=0.0)


def test_without_a_hook_what_follows_comes_at_once() -> None:
    state = planned(rollout())
    assert call(state, "pre-traffic", then="shift", weight=0.0) == {**state, "next": "shift"}


@pytest.mark.parametrize("mode", ["callback", "return"])
def test_a_hook_is_asked_in_an_execution_of_its_own(mode: str) -> None:
    state = calling(mode)
    assert state["next"] == "hook"
    assert {**state["hook"], "payload": None, "run": None} == {
        "name": "pre-traffic",
        "function": "CodeDeployHook_a",
        "mode": mode,
        "timeout": 600,
        "payload": None,
        "run": None,
        "tries": 1,
        "status": "asked",
        "said": "",
        "asked_at": 0,
        "checks_at": 0,
    }
    assert re.fullmatch(r"rollout-1-[0-9a-f]{10}-pre-traffic-1", state["hook"]["run"])
    assert asked(state, "pre-traffic")
    assert not asked(state, "post-traffic")


def looks(state: State, until: int) -> list[int]:
    """Return when it is looked for the answer, in seconds after the first look."""
    now, found = NOW, []
    while now < NOW + until:
        state = wait(state, now)
        now = int(epoch(state["progress"]["wait_until"]))
        found.append(now - NOW)
    return found


def test_an_answer_is_looked_for_after_as_long_again_and_at_every_check() -> None:
    assert looks(calling(), 600) == [5, 10, 20, 40, *range(60, 601, 60)]


def test_looks_are_no_closer_than_checks_are() -> None:
    frequent = calling(raw=rollout(check_interval=3))
    assert looks(frequent, 12) == [3, 6, 9, 12]


def test_between_two_checks_only_the_answer_is_looked_for() -> None:
    state = calling()
    assert is_brief(state, NOW)
    state = wait(state, NOW)
    assert is_brief(state, NOW + 59)
    assert not is_brief(state, NOW + 60)
    state = wait(state, NOW + 60)
    assert is_brief(state, NOW + 61)
    assert not is_brief(succeeded(state), NOW + 61)


def test_silence_is_failure_when_the_time_is_over() -> None:
    state = wait(calling(), NOW)
    assert wait(state, NOW + 600)["next"] == "bake"
    assert wait(state, NOW + 600)["progress"]["wait_until"] == iso(NOW + 605)
    ended = wait(state, NOW + 605)
    assert (ended["next"], ended["failure"]["Error"]) == ("roll-back", "HookFailed")
    assert "did not answer within 600 s" in ended["failure"]["Cause"]


def test_an_hour_of_hook_is_no_holding() -> None:
    state = baking(rollout(hooks={"post-traffic": "f"}))
    state["progress"]["checked_at"] = NOW + 60
    called = wait(call(state, "post-traffic", then="finalize", weight=100.0), NOW + 60)
    assert called["progress"]["checked_at"] == 0


CRASH = json.dumps({"errorType": "ValueError", "errorMessage": "no such table"})


def ended(error: str, cause: str, status: str = "FAILED") -> HookEnd:
    return HookEnd(status, Failure(Error=error, Cause=cause))


def test_a_hook_that_crashed_is_asked_again_at_the_next_check_and_twice_at_most() -> None:
    state, runs = calling(), []
    for at in (0, 60, 120):
        runs.append(state["hook"]["run"])
        state = wait(heard(wait(state, NOW + at), ended("ValueError", CRASH)), NOW + at + 5)
        assert state["next"] == ("bake" if at < 120 else "roll-back")
        if at < 120:
            state = wait(state, NOW + at + 60)
            assert (state["next"], state["hook"]["status"]) == ("hook", "asked")
    assert len({*runs}) == 3
    assert state["failure"] == {
        "Error": "HookFailed",
        "Cause": "the pre-traffic hook CodeDeployHook_a crashed, time 3 of 3: "
        "ValueError: no such table",
    }


def test_a_crash_is_named_when_the_time_is_over() -> None:
    state = heard(wait(calling(), NOW), ended("ValueError", CRASH))
    cause = wait(state, NOW + 600)["failure"]["Cause"]
    assert cause.endswith("crashed, time 1 of 3: ValueError: no such table; its 600 s are over")


def test_silence_after_a_crash_is_called_silence() -> None:
    crashed = heard(wait(calling(), NOW), ended("ValueError", CRASH))
    again = wait(crashed, NOW + 60)
    assert (again["next"], again["hook"]["status"]) == ("hook", "asked")
    assert wait(again, NOW + 605)["failure"]["Cause"] == (
        "the pre-traffic hook CodeDeployHook_a did not answer within 600 s, having been asked "
        "again: the pre-traffic hook CodeDeployHook_a crashed, time 1 of 3: ValueError: no such "
        "table"
    )


def test_an_answer_that_is_shown_late_counts() -> None:
    state = wait(wait(calling(), NOW), NOW + 600)
    assert not pending(heard(state, HookEnd("SUCCEEDED", Failure(Error="", Cause=""))))


def test_no_hook_is_asked_again_when_its_time_is_over() -> None:
    crashed = heard(wait(calling(), NOW), ended("ValueError", CRASH))
    assert wait(crashed, NOW + 603)["next"] == "roll-back"


@pytest.mark.parametrize("status", ["RUNNING", "FORGOTTEN"])
def test_a_hook_that_is_under_way_or_not_shown_yet_is_waited_for(status: str) -> None:
    state = wait(calling(), NOW)
    assert heard(state, ended("", "", status)) == state


def test_a_success_leads_on() -> None:
    after = heard(calling(), ended("", "", "SUCCEEDED"))
    assert call(after, "pre-traffic", then="shift", weight=0.0)["next"] == "shift"


def test_an_execution_that_somebody_stopped_is_named() -> None:
    after = heard(calling(), ended("", "", "ABORTED"))
    assert after["hook"]["said"].endswith(f"somebody stopped {after['hook']['run']}")


@pytest.mark.proves("A75")
def test_a_hook_is_told_what_is_released() -> None:
    described = {
        "function-name": "checkout",
        "alias-name": "live",
        "alias-arn": f"{ARN}:live",
        "old-version": "1",
        "old-version-arn": f"{ARN}:1",
        "new-version": "2",
        "new-version-arn": f"{ARN}:2",
    }
    assert event(calling()) == {
        "DeploymentId": EXECUTION,
        "hook": "pre-traffic",
        "weight": 0.0,
        **described,
        "functions": [described],
    }


def test_a_group_is_told_whole_but_for_what_does_not_shift() -> None:
    raw = group("cart", "checkout", "stock", hooks={"pre-traffic": "f"})
    state = planned(raw)
    take(state, 0, "none")
    told = event(call(state, "pre-traffic", then="shift", weight=0.0))
    assert told["function-name"] == "checkout"
    assert [one["function-name"] for one in told["functions"]] == ["checkout", "stock"]


def answer(body: str, error: str | None = None) -> Invoked:
    return Invoked(200, error, body, len(body), 5.0, "$LATEST")


def test_only_succeeded_is_a_success() -> None:
    hook = calling("return")["hook"]
    assert refusal(hook, answer('{"status": "Succeeded", "more": 1}')) is None
    for body in ('{"status": "succeeded"}', "null", "[]", '"Succeeded"', "{}", "5", "", "{"):
        assert refusal(hook, answer(body)) is not None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "did not answer within 600 s"),
        (answer('{"status": "Failed", "reason": "2 of 7"}'), "failed: 2 of 7"),
        (answer('{"status": "Failed", "reason": {"a": 1}}'), "failed: {'a': 1}"),
        (answer('{"status": "Failed"}'), "failed: it gave no reason"),
        (answer("nope"), "answered what is not JSON"),
        (
            answer('{"errorType": "KeyError", "errorMessage": "x"}', "Unhandled"),
            "failed: KeyError: x",
        ),
    ],
)
def test_a_refusal_says_which_hook_and_why(given: Invoked | None, words: str) -> None:
    text = refusal(calling("return")["hook"], given)
    assert text == f"the pre-traffic hook CodeDeployHook_a {words}"


@pytest.mark.proves("A66")
def test_a_long_reason_is_cut() -> None:
    body = json.dumps({"status": "Failed", "reason": "x" * 10_000})
    assert len(refusal(calling("return")["hook"], answer(body)) or "") < 1_100


@pytest.mark.parametrize("mode", ["callback", "return"])
@pytest.mark.parametrize(
    ("error", "cause", "status", "words"),
    [
        ("States.Timeout", "", "failed", "did not answer within 600 s"),
        ("Lambda.AccessDenied", "no", "crashed", "could not be run: Lambda.AccessDenied: no"),
        ("TestsFailed", "2 of 7", "failed", "failed: TestsFailed: 2 of 7"),
        ("AliasChanged", "", "failed", "failed: AliasChanged"),
        ("", "", "failed", "failed: without a word"),
        ("KeyError", '{"errorType": "KeyError"}', "crashed", "crashed, time 1 of 3: KeyError"),
    ],
)
def test_whatever_its_execution_ended_with_is_the_hooks_failure(
    mode: str, error: str, cause: str, status: str, words: str
) -> None:
    hook = heard(calling(mode), ended(error, cause))["hook"]
    assert hook["status"] == status
    assert hook["said"].startswith(f"the pre-traffic hook CodeDeployHook_a {words}")


def test_what_run_hook_says_of_an_answer_stays_as_it_is() -> None:
    said = json.dumps({"errorType": "HookFailed", "errorMessage": "the hook f failed: 2 of 7"})
    hook = heard(calling("return"), ended("HookFailed", said))["hook"]
    assert (hook["status"], hook["said"]) == ("failed", "the hook f failed: 2 of 7")
    assert heard(calling(), ended("HookFailed", said))["hook"]["status"] == "crashed"


@pytest.mark.proves("A66")
def test_what_a_hook_says_of_its_failure_is_cut_and_told_on_one_line() -> None:
    """It may hold 32,768 characters, which would leave no room for how the aliases stand."""
    said = heard(calling(), ended("Tests\nFailed", "no.\nNow: all is well. " + "x" * 32_000))
    assert "failed: Tests Failed: no. Now: all is well. xxx" in said["hook"]["said"]
    assert len(said["hook"]["said"]) < 1_100


def test_what_keeps_a_hook_from_being_asked_is_its_failure() -> None:
    denied = Failure(Error="StepFunctions.AccessDeniedException", Cause="no")
    assert failed(calling(), denied) == {
        "Error": "HookFailed",
        "Cause": "the pre-traffic hook CodeDeployHook_a could not be asked: "
        "StepFunctions.AccessDeniedException: no",
    }


def test_what_went_wrong_before_or_after_is_not_the_hooks() -> None:
    denied = Failure(Error="StepFunctions.AccessDeniedException", Cause="no")
    state: State = {**calling(), "next": "shift"}
    assert failed(state, denied) is None
    assert failed({"execution": state["execution"]}, denied) is None
    assert failed(calling(), Failure(Error="States.Timeout", Cause="")) is None
