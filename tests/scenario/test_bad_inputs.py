"""A bad input is refused with one error that names every problem, and nothing has changed."""

import json
from typing import Any

import pytest

from tests.long import parametrize
from tests.scenario.then import then_refused
from tests.scenario.world import World, release_of


def test_every_problem_is_named_at_once(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(
        checkout,
        new_version="0",
        stpes=4,
        type="liner",
        interval=-1,
        check_interval=True,
        notify="everybody",
        checks=[{"type": "eror", "max-count": 0}],
        hooks={"pre-trafic": "MyHook"},
    )
    then_refused(rollout, checkout, error="InvalidInput")
    for problem in (
        "hooks.pre-trafic: unknown key; did you mean pre-traffic?",
        "stpes: unknown key; did you mean steps?",
        'type: "liner" was given; did you mean linear?',
        "interval: -1 was given; allowed: whole seconds from 1 to a year",
        "check-interval: true was given",
        'notify: "everybody" was given; allowed: failures, outcome, all or none',
        'new-version: "0" is not a published version',
        'checks[0].type: "eror" was given; did you mean errors?',
    ):
        assert problem in rollout.cause, problem


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "function-name: missing"),
        ([], "the input is a list; allowed: a JSON object"),
        ("release it", "the input is a text; allowed: a JSON object"),
        (None, "the input is null; allowed: a JSON object"),
    ],
    ids=["nothing", "a list", "a text", "null"],
)
def test_an_input_that_is_no_rollout_is_refused(world: World, given: Any, words: str) -> None:
    rollout = world.when_ended(world.when_started(given))
    then_refused(rollout, error="InvalidInput")
    assert words in rollout.cause
    assert rollout.messages[-1].subject == "Refused: a rollout (InvalidInput)"


@parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps: 0 was given"),
        ({"steps": "10"}, 'steps: "10" was given'),
        ({"steps": 10_001}, "steps: 10001 was given"),
        ({"steps": True}, "steps: true was given"),
        ({"interval": 10**40}, "interval: 1"),
        ({"type": "custom", "weights": [10, 10, 100]}, "weights: weight 2 is 10 after 10"),
        ({"type": "custom", "weights": [50, 10, 100]}, "weights: weight 2 is 10 after 50"),
        ({"type": "custom", "weights": [10, 50]}, "weights: the last weight is 50; it must be 100"),
        ({"new-version": "$LATEST"}, "leave new-version out to publish it"),
        ({"alias-name": "$LATEST"}, 'alias-name: "$LATEST" is not an alias'),
        (
            {"function-name": "arn:aws:lambda:eu-west-1:123456789012:function:x"},
            "is in eu-west-1 of account 123456789012",
        ),
    ],
    ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else "",
    short=1,
)
def test_a_bad_value_is_named(world: World, settings: dict[str, Any], words: str) -> None:
    checkout = world.given_function()
    rollout = world.when_ended(world.when_started(release_of(checkout) | settings))
    then_refused(rollout, checkout, error="InvalidInput")
    assert words in rollout.cause


def test_a_group_too_large_or_with_an_alias_twice_is_refused(world: World) -> None:
    checkout = world.given_function()
    twice = world.when_released([checkout, checkout])
    then_refused(twice, checkout, error="InvalidInput")
    assert f"live of {checkout.name} is there twice" in twice.cause
    many = world.when_released([checkout] * 26)
    then_refused(many, checkout, error="InvalidInput")
    assert "functions: 26 were given; allowed: 1 to 25" in many.cause


@pytest.mark.parametrize("kilobytes", [200, 255])
def test_a_huge_input_is_refused_and_told(world: World, kilobytes: int) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, remarks="x" * kilobytes * 1_000)
    then_refused(rollout, checkout, error="InvalidInput")
    assert "allowed: up to 131,072" in rollout.cause


def test_ten_thousand_weights_are_understood(world: World) -> None:
    """And planned: one execution after the other has room for them."""
    checkout = world.given_function()
    weights = [round(k / 100, 2) for k in range(1, 10_001)]
    settings = {"type": "custom", "weights": weights, "interval": 1}
    rollout = world.when_released(checkout, **settings, dry_run=True)
    assert (rollout.status, rollout.output["seconds"]) == ("SUCCEEDED", 10_180)
    assert checkout.seen == []
