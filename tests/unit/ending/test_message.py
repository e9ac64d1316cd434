import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ending.message import Kind, Message, message
from domain.ending.outcome import success
from domain.model.errors import DEFINED, Failure
from domain.model.state import State
from tests.unit.builders import EXECUTION, NOW, alias, baking, facts, group, planned, rollout


def refused(raw: object, error: str = "InvalidInput", cause: str = "why") -> State:
    """Return a state that failed before it was planned."""
    return {
        "execution": {"id": EXECUTION, "name": "rollout-1", "started": ""},
        "input": raw,
        "failure": Failure(Error=error, Cause=cause),
    }


def failed(raw: dict[str, Any], error: str = "HealthCheckFailed", **progress: Any) -> State:
    state = baking(raw)
    changed: Any = {**state["progress"], **progress}
    return {**state, "progress": changed, "failure": Failure(Error=error, Cause="why")}


def promoted(raw: dict[str, Any], **progress: Any) -> State:
    state = baking(raw, at=NOW)
    changed: Any = {**state["progress"], **progress}
    moved: State = {**state, "progress": changed}
    return {**moved, "result": success(moved, NOW + 60)}


def told(kind: Kind, state: State) -> Message:
    found = message(kind, state)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("notify", "wanted"),
    [
        ("none", set()),
        ("failures", {"failure"}),
        ("outcome", {"failure", "success", "approval"}),
        ("all", {"failure", "success", "weight", "approval"}),
    ],
)
def test_the_input_says_which_messages_are_sent(notify: str, wanted: set[str]) -> None:
    state = promoted(rollout(notify=notify)) | {"failure": Failure(Error="X", Cause="why")}
    kinds: list[Kind] = ["weight", "approval", "success", "failure"]
    assert {kind for kind in kinds if message(kind, state) is not None} == wanted


def test_a_failure_says_what_and_why() -> None:
    found = told("failure", failed(rollout()))
    assert found.subject == "Rolled back: checkout live (HealthCheckFailed)"
    assert found.text == f"HealthCheckFailed: why\n\nExecution: {EXECUTION}"
    assert {key: found.body[key] for key in ("status", "execution", "error", "cause")} == {
        "status": "FAILED",
        "execution": EXECUTION,
        "error": "HealthCheckFailed",
        "cause": "why",
    }
    assert found.attributes == {"status": "FAILED", "function": "checkout", "alias": "live"}


@pytest.mark.parametrize(
    ("error", "verb"),
    [
        ("InvalidInput", "Refused"),
        ("PreflightFailed", "Refused"),
        ("InternalError", "Rolled back"),
        ("AliasChanged", "Stopped, somebody changed the alias"),
        ("RollbackFailed", "NOT rolled back, needs you"),
    ],
)
def test_the_subject_says_what_became_of_the_rollout(error: str, verb: str) -> None:
    assert told("failure", failed(rollout(), error)).subject == f"{verb}: checkout live ({error})"


def test_a_failures_evidence_and_alpha_are_fields_for_machines() -> None:
    finding = {"evidence": 2.7, "canary": [40.0, 12.0], "baseline": [60.0, 0.0]}
    bad = {"check": "judge", "outcome": "fail", "reason": "why", "errors": 0, "findings": [finding]}
    found = told("failure", failed(rollout(), verdicts=[bad]))
    result = found.body["result"]
    assert (result["status"], result["functions"][0]["old-version"]) == ("FAILED", "1")
    assert result["checks"] == [
        {
            "check": "judge",
            "outcome": "fail",
            "reason": "why",
            "alpha": 0.01,
            "evidence": [{"function-name": "checkout", "alias-name": "live", **finding}],
        }
    ]


def test_a_failure_before_the_plan_has_no_result() -> None:
    assert "result" not in told("failure", refused(rollout())).body


def test_a_result_that_does_not_fit_beside_the_cause_is_left_out() -> None:
    state = failed(rollout())
    state["failure"]["Cause"] = "\U0001f600" * 9_000
    state["progress"]["verdicts"] = [
        {"check": "errors", "outcome": "fail", "reason": "\x00" * 500, "errors": 0}
    ] * 25
    found = told("failure", state)
    assert "result" not in found.body
    assert len(json.dumps({"default": json.dumps(found.body), "email": found.text})) < 262_144


def test_before_the_first_weight_nothing_is_rolled_back() -> None:
    for error in ("InternalError", "HealthCheckFailed", "HookFailed"):
        unpublished: State = {**planned(rollout()), "failure": Failure(Error=error, Cause="why")}
        assert told("failure", unpublished).subject == f"Not released: checkout live ({error})"
    subject = told("failure", refused(rollout(), "InternalError")).subject
    assert subject == "Not released: checkout live (InternalError)"


def test_what_was_there_already_is_not_told_as_promoted() -> None:
    done = planned(rollout(), facts(alias=alias("2")))
    found = told("success", {**done, "result": success(done, NOW)})
    assert found.subject == "Nothing to do: checkout live"
    assert found.text.startswith("live of checkout at 2 already.\n")


def test_a_new_alias_is_told_as_created() -> None:
    new = planned(rollout(), facts(alias=None, baseline=None))
    found = told("success", {**new, "result": success(new, NOW)})
    assert found.subject == "Created: checkout live"


def test_a_promotion_says_what_was_promoted() -> None:
    found = told("success", promoted(rollout()))
    assert found.subject == "Promoted: checkout live"
    assert found.text.startswith("live of checkout promoted from 1 to 2.\n")
    assert found.body["result"]["status"] == "SUCCEEDED"
    assert found.attributes["status"] == "SUCCEEDED"


def test_an_unproven_promotion_says_so() -> None:
    found = told("success", promoted(rollout(), unproven=True))
    assert found.subject == "Promoted (unproven): checkout live"
    assert "\nUnproven: no calls of the new version were counted.\n" in found.text


def test_an_unproven_promotion_names_what_could_not_judge_it() -> None:
    verdict = {"check": "alarm", "outcome": "inconclusive", "reason": "no data", "errors": 0}
    found = told("success", promoted(rollout(), unproven=True, verdicts=[verdict]))
    assert "Unproven: still inconclusive: alarm.\nalarm: inconclusive" in found.text


def test_a_healthy_weight_is_told_with_its_checks() -> None:
    verdict = {"check": "errors", "outcome": "pass", "reason": "0 of 50 failed", "errors": 0}
    found = told("weight", promoted(rollout(notify="all"), verdicts=[verdict]))
    assert found.subject == "Checks passed at 10 % (weight 1 of 10): checkout live"
    assert found.text.startswith(
        "live of checkout: from version 1 to 2, at 10 % (weight 1 of 10).\n"
        "errors: pass (0 of 50 failed)\n"
    )
    assert found.attributes["status"] == "RUNNING"


VAGUE = {"check": "judge", "outcome": "inconclusive", "reason": "0 calls", "errors": 0}


def test_a_weight_that_nobody_called_is_not_told_as_healthy() -> None:
    found = told("weight", promoted(rollout(notify="all"), verdicts=[VAGUE], unproven=True))
    assert found.subject == "Unproven at 10 % (weight 1 of 10): checkout live"
    assert "Unproven: still inconclusive: judge.\njudge: inconclusive (0 calls)\n" in found.text


def test_a_weight_with_a_check_that_was_left_open_is_not_told_as_passed() -> None:
    found = told("weight", promoted(rollout(notify="all"), verdicts=[VAGUE]))
    assert found.subject == "Judged at 10 % (weight 1 of 10): checkout live"


def test_a_wanted_approval_says_what_was_seen_and_no_more() -> None:
    verdict = {"check": "errors", "outcome": "pass", "reason": "0 of 50 failed", "errors": 0}
    found = told("approval", promoted(rollout(approvals=[10]), verdicts=[verdict]))
    assert found.text.startswith(
        "checkout live waits for approval, for 1 d. Seen so far:\n"
        "  live of checkout: from version 1 to 2, at 10 % (weight 1 of 10).\n"
        "  errors: pass (0 of 50 failed)\n"
        "To approve:\n"
    )
    assert found.body["checks"] == [
        {"check": "errors", "outcome": "pass", "reason": "0 of 50 failed"}
    ]
    assert found.body["functions"][0]["new-version"] == "2"
    quiet = told("approval", promoted(rollout(approvals=[10]), verdicts=[VAGUE], unproven=True))
    assert "  Unproven: still inconclusive: judge.\n" in quiet.text
    assert "passed" not in quiet.text
    unchecked = baking(rollout(approvals=[10], health_check=False))
    assert "  No checks were made.\n" in told("approval", unchecked).text


def test_a_group_is_listed_for_filter_policies() -> None:
    found = told("failure", failed(group("cart", "checkout", "stock")))
    assert found.subject == "Rolled back: cart live and 2 more (HealthCheckFailed)"
    assert told("failure", failed(group("cart", "stock"))).subject.startswith(
        "Rolled back: cart live and 1 more"
    )
    assert found.attributes["function"] == ["cart", "checkout", "stock"]
    assert found.attributes["alias"] == "live"


@pytest.mark.parametrize("raw", [None, [], 5, "x", {}, {"functions": [5]}, {"function-name": 5}])
def test_a_refused_input_without_names_is_told_all_the_same(raw: object) -> None:
    found = told("failure", refused(raw))
    assert found.subject == "Refused: a rollout (InvalidInput)"
    assert found.attributes == {"status": "FAILED"}


@pytest.mark.parametrize("notify", ["none", "outcome", "nonsense", ["all"], {}, None])
def test_a_refused_input_says_whom_to_tell_as_far_as_it_can_be_understood(notify: object) -> None:
    found = message("failure", refused({"notify": notify}))
    assert (found is None) == (notify == "none")


names = st.text(st.characters(), max_size=200) | st.sampled_from(
    ["\n", "\ud800", "\x00", "x" * 500]
)


@pytest.mark.proves("A13")
@given(
    functions=st.lists(names, max_size=30),
    alias=names,
    error=st.sampled_from(sorted(DEFINED)),
)
def test_a_subject_and_attributes_are_such_that_sns_takes_them(
    functions: list[str], alias: str, error: str
) -> None:
    raw = {"functions": [{"function-name": name, "alias-name": alias} for name in functions]}
    found = told("failure", refused(raw, error))
    assert len(found.subject) < 100
    assert found.subject.isascii()
    assert found.subject.isprintable()
    assert found.subject[0].isalnum()
    attributes = json.dumps(found.attributes, ensure_ascii=False)
    assert attributes.isprintable()
    assert len(attributes.encode()) < 20_000


@given(name=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), size=st.integers(1, 25))
def test_a_subject_of_a_planned_rollout_fits_a_phone(name: str, size: int) -> None:
    functions = [f"{name[:60]}-{number}" for number in range(size)]
    for error in DEFINED:
        subject = told("failure", failed(group(*functions), error)).subject
        assert len(subject) < 100
        assert subject.isprintable()


def test_a_wanted_approval_holds_the_very_command_to_give_it() -> None:
    found = told("approval", baking(rollout(approvals=[10], approval_timeout=7_200)))
    command = (
        "aws ssm put-parameter --overwrite --type String --name /lambda-canary/checkout/live "
        "--value 'approve rollout-1'"
    )
    assert found.subject == "Approval wanted at 10 % (weight 1 of 10): checkout live"
    assert f"\n  {command}\n" in found.text
    assert "waits for approval, for 2 h." in found.text
    assert found.body["command"] == command
    assert found.attributes["status"] == "RUNNING"
