import json
from typing import Any

import pytest

from domain.model.errors import Failure
from domain.model.questions import Invoked
from domain.model.state import State
from domain.rollout.hooks import asked, call, event, failed, refusal
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


@pytest.mark.parametrize(("mode", "then"), [("callback", "hook"), ("return", "run-hook")])
def test_the_mode_says_who_asks(mode: str, then: str) -> None:
    state = calling(mode)
    assert state["next"] == then
    assert {**state["hook"], "payload": None} == {
        "name": "pre-traffic",
        "function": "CodeDeployHook_a",
        "timeout": 600,
        "then": "shift",
        "payload": None,
    }
    assert asked(state, "pre-traffic")
    assert not asked(state, "post-traffic")


def test_an_hour_of_hook_is_no_holding() -> None:
    state = baking(rollout(hooks={"post-traffic": "f"}))
    state["progress"]["checked_at"] = NOW + 60
    called = call(state, "post-traffic", then="check", weight=100.0)
    assert called["progress"]["checked_at"] == 0


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
    ("error", "cause", "words"),
    [
        ("States.Timeout", "", "did not answer within 600 s"),
        (
            "Lambda.AccessDeniedException",
            "no",
            "could not be run: Lambda.AccessDeniedException: no",
        ),
        ("TestsFailed", "2 of 7", "failed: TestsFailed: 2 of 7"),
        ("AliasChanged", "", "failed: AliasChanged"),
        ("", "", "failed: without a word"),
    ],
)
def test_whatever_went_wrong_meanwhile_is_the_hooks_failure(
    mode: str, error: str, cause: str, words: str
) -> None:
    found = failed(calling(mode), Failure(Error=error, Cause=cause))
    assert found == {
        "Error": "HookFailed",
        "Cause": f"the pre-traffic hook CodeDeployHook_a {words}",
    }


@pytest.mark.proves("A66")
def test_what_a_hook_says_of_its_failure_is_cut_and_told_on_one_line() -> None:
    """It may hold 32,768 characters, which would leave no room for how the aliases stand."""
    said = Failure(Error="Tests\nFailed", Cause="no.\nNow: all is well. " + "x" * 32_000)
    found = failed(calling(), said)
    assert found is not None
    assert "failed: Tests Failed: no. Now: all is well. xxx" in found["Cause"]
    assert len(found["Cause"]) < 1_100


def test_a_hooks_failure_is_put_into_words_once() -> None:
    assert failed(calling(), Failure(Error="HookFailed", Cause="why")) is None


def test_what_went_wrong_before_or_after_is_not_the_hooks() -> None:
    state: State = {**calling(), "next": "shift"}
    assert failed(state, Failure(Error="States.Timeout", Cause="")) is None
    assert failed({"execution": state["execution"]}, Failure(Error="X", Cause="")) is None
