from typing import Any

import pytest

from domain.gate.ending import Described, before, has_given_back, remembered, why
from domain.gate.event import Wanted, address_of
from domain.gate.naming import name_of, prefix_of, request_of
from domain.gate.release import (
    CALLERS,
    input_of,
    problems_of_properties,
    problems_of_time,
    seconds_for,
)
from domain.limits.stack_time import DEFAULT_TYPE, longest
from domain.model.alias import Alias, Routing
from domain.model.clock import span
from domain.model.naming import execution_of
from tests.unit.builders import NOW, parsed, rollout
from tests.unit.gate.builders import asked, event, properties, standing


def test_a_rollout_says_for_whom_it_is() -> None:
    one = asked()
    assert input_of(one, one.members, {"type": "linear"}) == {
        "type": "linear",
        "function-name": "checkout",
        "alias-name": "live",
        "new-version": "2",
        "cloudformation": {
            "StackId": one.address.stack,
            "LogicalResourceId": "CheckoutRollout",
            "RequestId": "request-1",
        },
    }
    assert parsed(input_of(one, one.members, {})).targets == parsed(rollout()).targets


def test_a_rollout_that_says_nothing_of_its_schedule_has_one_that_fits() -> None:
    one = asked()
    raw = input_of(one, one.members, {})
    assert raw["type"] == DEFAULT_TYPE
    assert problems_of_time(parsed(raw).settings, 3_000, one, standing()) == []


def test_members_are_a_group() -> None:
    group = asked({"Members": [properties("2"), properties("3", "basket")]})
    functions = input_of(group, group.members, {})["functions"]
    assert [one["new-version"] for one in functions] == ["2", "3"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"Mode": "fast"}, "Mode: 'fast'"),
        ({"CallerSession": "yes"}, "CallerSession: 'yes'"),
        ({"Rollout": "linear"}, "Rollout: allowed is an object"),
        ({"Rollout": {"dry-run": "true"}}, "Rollout.dry-run"),
    ],
)
def test_what_the_resource_cannot_say_is_named(given: dict[str, Any], problem: str) -> None:
    [found] = problems_of_properties(asked({**properties("2"), **given}))
    assert problem in found


def test_what_the_resource_may_say_is_no_problem() -> None:
    given = {"Mode": "gradual", "CallerSession": "accepted", "Rollout": {"type": "linear"}}
    assert problems_of_properties(asked({**properties("2"), **given})) == []


@pytest.mark.parametrize(
    ("timeout", "left"),
    [(None, 3_100), ("3600", 3_100), ("9999", 3_100), ("1200", 700), ("x", 3_100)],
)
def test_the_answer_comes_five_minutes_before_nobody_waits(timeout: str | None, left: int) -> None:
    given = {**properties("2"), **({"ServiceTimeout": timeout} if timeout else {})}
    assert seconds_for(asked(given), standing(), NOW) == left
    assert seconds_for(asked(given), standing(), NOW + 60) == left - 60
    assert seconds_for(asked(given), None, NOW) == left - 300


def test_a_plan_must_fit_into_what_is_left() -> None:
    settings = parsed(rollout(type="canary", interval=600, max_hold=300)).settings
    lasts = longest(settings)
    assert problems_of_time(settings, lasts, asked(), standing()) == []
    [problem] = problems_of_time(settings, lasts - 1, asked(), standing())
    assert f"may take {span(lasts)} with max-hold and its tasks; {span(lasts - 1)} are" in problem
    assert "Mode: direct" in problem


def test_people_and_hooks_count_too() -> None:
    hooks = {"pre-traffic": "ask"}
    raw = rollout(type="canary", approvals=[10], approval_timeout=60, hooks=hooks)
    [problem] = problems_of_time(parsed(raw).settings, 900, asked(), standing())
    assert "with max-hold, approvals, hooks" in problem


def test_a_plan_longer_than_a_session_wants_a_role_or_a_word() -> None:
    settings = parsed(rollout(type="canary", interval=600, max_hold=CALLERS - 600)).settings
    [problem] = problems_of_time(settings, 3_000, asked(), standing())
    assert "the stack has no service role" in problem
    accepted = asked({**properties("2"), "CallerSession": "accepted"})
    assert problems_of_time(settings, 3_000, accepted, standing()) == []
    assert problems_of_time(settings, 3_000, asked(), standing(role=True)) == []
    assert problems_of_time(settings, 3_000, asked(), None) == []


def test_names_tell_resources_requests_and_tries_apart() -> None:
    one, retried = address_of(event()), address_of(event(ResponseURL="https://example.com/2"))
    other = address_of(event(LogicalResourceId="Other"))
    assert name_of(one, NOW) == f"{request_of(one)}{NOW}"
    assert request_of(retried).startswith(prefix_of(one))
    assert request_of(retried) != request_of(one)
    assert prefix_of(other) != prefix_of(one)
    assert len(name_of(one, NOW)) <= 80
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:stateMachine"
    assert execution_of(machine, "x") == (
        "arn:aws:states:us-east-1:123456789012:execution:stateMachine:x"
    )


@pytest.mark.parametrize(
    ("rollout", "given_back"),
    [
        (Described("FAILED", error="HealthCheckFailed"), True),
        (Described("FAILED", error="RollbackFailed"), False),
        (Described("FAILED", error="States.Runtime"), False),
        (Described("ABORTED"), False),
        (Described("TIMED_OUT"), False),
    ],
)
def test_only_some_ends_have_given_back(rollout: Described, given_back: bool) -> None:
    assert has_given_back(rollout) is given_back


@pytest.mark.parametrize(
    ("rollout", "trouble", "words"),
    [
        (None, None, "the rollout could not be started"),
        (None, {"Error": "E", "Cause": "c"}, "the rollout could not be started (E: c)"),
        (Described("RUNNING"), None, "the rollout was stopped"),
        (
            Described("ABORTED"),
            {"Error": "States.Timeout"},
            "the rollout was not over when CloudFormation would soon wait no more; it was stopped",
        ),
        (Described("FAILED", error="E", cause="c"), None, "E: c"),
        (Described("ABORTED"), None, "the rollout is ABORTED"),
        (Described("ABORTED", cause="by hand"), None, "the rollout is ABORTED (by hand)"),
    ],
)
def test_a_bad_end_is_told_in_its_own_words(
    rollout: Described | None, trouble: dict[str, str] | None, words: str
) -> None:
    assert why(rollout, trouble) == words


def test_a_promotion_goes_back_to_where_it_came_from() -> None:
    group = asked({"Members": [properties("2"), properties("1", "new")]})
    old, new = group.members
    order = {"before": remembered({old: Alias(Routing("1", {"2": 0.1}, ""), "r"), new: None})}
    [(now, then)] = before(group, order)
    assert (now.version, then) == ("2", Wanted("checkout", "live", "1"))
    assert before(group, None) == []
