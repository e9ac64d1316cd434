from typing import Any

import pytest

from domain.limits.history_budget import HELD
from domain.model.clock import YEAR
from domain.planning.preflight import (
    Facts,
    problems_of,
    problems_of_alarms,
    problems_of_length,
    problems_of_request,
)
from tests.unit.builders import EXECUTION, alias, facts, parsed, rollout, version


def found(raw: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    (target,) = parsed(raw or rollout()).targets
    return problems_of(target, facts(**changes))


def test_a_sound_account_has_no_problem() -> None:
    assert found() == []


def test_a_function_that_does_not_exist() -> None:
    assert found(exists=False) == ["function checkout does not exist"]


def test_a_version_that_does_not_exist() -> None:
    assert found(canary=None) == ["version 2 of checkout does not exist"]


def test_a_version_that_is_still_made_is_waited_for_later() -> None:
    assert found(canary=version(state="Pending")) == []


@pytest.mark.proves("F66")
def test_a_version_that_failed_is_refused_with_lambdas_own_reason() -> None:
    failed = version(state="Failed", why="InvalidSubnet: no such subnet")
    assert found(canary=failed) == [
        "version 2 of checkout is Failed, not Active (InvalidSubnet: no such subnet)"
    ]
    assert found(canary=version(state="Deleting")) == [
        "version 2 of checkout is Deleting, not Active"
    ]


@pytest.mark.proves("F67")
def test_an_idle_version_is_refused_with_the_call_that_wakes_it() -> None:
    (text,) = found(canary=version(state="Inactive", why="Idle: not invoked"))
    assert text.startswith("version 2 of checkout is Inactive, not Active (Idle: not invoked): ")
    assert "aws lambda invoke --function-name checkout:2 answer.json" in text


def test_an_alias_that_does_not_exist_is_no_problem() -> None:
    assert found(alias=None, baseline=None) == []


def test_an_alias_that_is_not_among_others_is_refused_as_perhaps_misspelt() -> None:
    raw = rollout(alias_name="Live")
    (target,) = parsed(raw).targets
    missing = facts(alias=None, baseline=None, others=["live", "beta"])
    assert problems_of_request(parsed(raw), {target: missing}) == [
        "alias Live of checkout does not exist, and others do; did you mean live? create-alias: "
        "true creates it"
    ]
    many = facts(alias=None, baseline=None, others=[f"team{at:02}" for at in range(12)])
    (text,) = problems_of_request(parsed(raw), {target: many})
    assert "there are: team00, team01, " in text
    assert "team09 and 2 more. create-alias" in text


def test_a_new_alias_beside_others_is_created_where_that_is_said() -> None:
    raw = rollout(alias_name="beta", create_alias=True)
    (target,) = parsed(raw).targets
    missing = facts(alias=None, baseline=None, others=["live"])
    assert problems_of_request(parsed(raw), {target: missing}) == []


def test_latest_in_the_alias() -> None:
    assert found(alias=alias("$LATEST")) == [
        "alias live of checkout points at $LATEST, which cannot share traffic with a version"
    ]


@pytest.mark.proves("A55")
def test_an_alias_that_is_weighted_already_says_whose_doing_it_may_be() -> None:
    assert found(alias=alias("1", {"3": 0.25}, description="rollout-0")) == [
        "alias live of checkout already routes 75 % to version 1 and 25 % to version 3: by "
        "somebody's hand, or by a rollout whose mark is gone (description: 'rollout-0'); to take "
        f"it back: {GIVE_BACK}"
    ]


WEIGHTED = "alias live of checkout already routes 90 % to version 1 and 10 % to version 2: "
GIVE_BACK = (
    "aws lambda update-alias --function-name checkout --name live "
    "--routing-config 'AdditionalVersionWeights={}' --description ''"
)


def test_a_rollout_that_is_under_way_is_named() -> None:
    ours = alias("1", {"2": 0.1}, description=EXECUTION)
    assert found(alias=ours, rollout="RUNNING") == [f"{WEIGHTED}rollout {EXECUTION} is under way"]


def test_a_leftover_of_a_dead_rollout_comes_with_the_command_that_repairs_it() -> None:
    left = alias("1", {"2": 0.1}, description=EXECUTION)
    assert found(alias=left, rollout="ABORTED") == [
        f"{WEIGHTED}a leftover of rollout {EXECUTION}, which is ABORTED; the guard gives it back "
        "within minutes, unless somebody else has changed it since; or you now: "
        f"{GIVE_BACK}"
    ]


def test_weights_under_the_mark_of_a_rollout_that_succeeded_are_somebody_elses() -> None:
    theirs = alias("1", {"2": 0.1}, description=EXECUTION)
    assert found(alias=theirs, rollout="SUCCEEDED") == [
        f"{WEIGHTED}rollout {EXECUTION} has succeeded, so somebody else has; to take it back: "
        f"{GIVE_BACK}"
    ]


def test_a_rollout_in_one_call_may_be_under_way_or_killed() -> None:
    mark = "arn:aws:lambda:us-east-1:123456789012:function:SimpleDeploy:42"
    assert found(alias=alias("1", {"2": 0.1}, description=mark)) == [
        f"{WEIGHTED}a rollout in one call is under way, for 15 minutes at most, or was killed "
        f"({mark}); then the guard gives the alias back, or you by {GIVE_BACK}"
    ]


@pytest.mark.proves("A55")
def test_a_mark_on_an_alias_that_is_not_weighted_says_nothing() -> None:
    assert found(alias=alias("1", description=EXECUTION), rollout="RUNNING") == []


def test_provisioned_concurrency() -> None:
    assert found(provisioned=True) == [
        "alias live of checkout has provisioned concurrency, which a weighted alias cannot have"
    ]


def test_versions_that_differ_in_role_or_dead_letter_queue() -> None:
    assert found(canary=version(role="other", dead_letter="queue")) == [
        "alias live of checkout: the versions' roles differ "
        "(arn:aws:iam::123456789012:role/checkout, other)",
        "alias live of checkout: the versions' dead-letter queues differ",
    ]


def test_latest_with_another_hash_than_was_asked_for() -> None:
    raw = {"function-name": "checkout", "alias-name": "live", "code-sha256": "b" * 44}
    assert found(raw) == [f"$LATEST of checkout has code {'a' * 44}, not code-sha256 {'b' * 44}"]
    assert found(raw, canary=version(sha256="b" * 44)) == []


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(found(alias=alias("1", {"2": 0.1}), provisioned=True, canary=None)) == 3


def test_a_function_that_is_not_there_is_the_only_problem_it_has() -> None:
    (target,) = parsed(rollout()).targets
    assert len(problems_of(target, Facts(exists=False))) == 1


def test_alarms_that_do_not_exist_or_are_firing() -> None:
    states = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA"}
    assert problems_of_alarms(["a", "b", "c", "d", "d"], states, ignore=False) == [
        "alarm a is firing (alarms-already-firing: ignore leaves it out until it is OK once)",
        "alarm d does not exist",
    ]


def test_an_alarm_that_cannot_be_evaluated_is_refused() -> None:
    states = {"a": "EVALUATION_ERROR", "b": "EVALUATION_FAILURE"}
    assert problems_of_alarms(["a", "b"], states, ignore=True) == [
        "alarm a cannot be evaluated until it is mended"
    ]


def test_firing_alarms_may_be_ignored_but_not_missing_ones() -> None:
    assert problems_of_alarms(["a", "d"], {"a": "ALARM"}, ignore=True) == ["alarm d does not exist"]


def too_long(**keys: object) -> list[str]:
    return problems_of_length(parsed(rollout(**keys)).settings)


def test_a_plan_must_end_within_a_year_with_its_holding_and_its_tasks() -> None:
    slow = {"type": "all-at-once", "check_interval": 86_400}
    # 10 minutes for the beginning and the end, 30 seconds a weight, and the last look.
    longest = 31_536_000 - 630 - 180
    assert too_long(interval=longest, max_hold=0, **slow) == []
    assert too_long(interval=longest, max_hold=1, **slow) == [
        "the plan may take 31,536,001 s with max-hold and its tasks; a workflow ends after a year "
        "(31,536,000 s)"
    ]


def test_codedeploys_minutes_are_held_to_a_year_too() -> None:
    (text, *_) = too_long(type="Canary10Percent999999Minutes", check_interval=86_400)
    assert text.startswith("the plan may take 60,001,380 s")


def test_a_plan_must_fit_the_histories_of_all_its_executions() -> None:
    assert too_long(steps=10_000, interval=1) == []
    longest = YEAR - 2 * 600 - 30 - 180  # the holding, the tasks, and the last look
    assert too_long(type="all-at-once", interval=longest) == []
    (text,) = too_long(type="all-at-once", interval=longest, check_interval=20)
    assert text.startswith("the plan needs 1 shifts and up to 1,576,749 health checks, about ")
    assert text.endswith(
        f"history events; all executions of a rollout hold {HELD:,}: use a longer check-interval"
    )


def test_a_plan_that_is_too_long_for_its_approvals_says_so() -> None:
    raw = {"approvals": [float(one) for one in range(1, 101)], "check_interval": 5}
    (text,) = too_long(steps=100, **raw)
    assert ", 100 approvals of 86,400 s, about " in text
