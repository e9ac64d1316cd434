"""The `function` check in whole rollouts: a function of the user's own, with code of its own."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from zlib import crc32

from sandbox.kernel.faults import FOREVER
from tests.long import parametrize
from tests.scenario.observed import Released
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import HEALTHY, World

EVENTS = Path(__file__).resolve().parents[2] / "events"
QUICK: dict[str, Any] = {"weights": [50, 100], "type": "custom", "interval": 120}

PASSES = """
def handler(event, context):
    one = event["functions"][0]
    seen = f"{event['when']} at {event['weight']:g} %, {one['new-version-arn'].split(':')[-1]}"
    return {"status": "pass", "reason": seen}
"""
FAILS_BEYOND_HALF = """
def handler(event, context):
    status = "fail" if event["weight"] > 50 else "pass"
    calls = event["functions"][0]["calls"]
    return {"status": status, "reason": "carts empty" if calls else "no calls seen"}
"""
UNDECIDED = """
def handler(event, context):
    return {"status": "inconclusive", "reason": "too early to say"}
"""
CRASHES = """
def handler(event, context):
    raise LookupError("no such table")
"""
SAYS_OK = """
def handler(event, context):
    return "OK"
"""


def given_judge(world: World, like: Released, source: str) -> str:
    """Make a function of the user's own, with the role that `like` has."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), source)
    role = world.functions.get_function_configuration(FunctionName=like.name)["Role"]
    name = f"judge-{crc32(f'{like.name} {source}'.encode()):08x}"
    world.functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": content.getvalue()},
    )
    return name


def asking(name: str, **keys: Any) -> dict[str, Any]:
    return {"type": "function", "function": name, **keys}


@parametrize(
    ("when", "seen"),
    [
        ("before", "before at 0 %, 2"),
        ("during", "after at 100 %, 2"),
        ("after", "after at 100 %, 2"),
    ],
    short=1,
)
def test_a_function_that_passes_promotes(world: World, when: str, seen: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    judge = given_judge(world, checkout, PASSES)
    rollout = world.when_released(checkout, checks=[asking(judge, when=when)], **QUICK)
    then_promoted(rollout, checkout, [50, 100])
    [verdict] = [one for one in rollout.output["checks"] if one["check"] == "function"]
    assert (verdict["outcome"], verdict["reason"]) == ("pass", f"{judge} says: {seen}")


def test_a_function_that_fails_rolls_back_with_its_reason(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    judge = given_judge(world, checkout, FAILS_BEYOND_HALF)
    rollout = world.when_released(checkout, checks=[asking(judge)], **QUICK)
    then_rolled_back(rollout, checkout, [50, 100])
    assert f"function: {judge} says: carts empty" in rollout.cause


def test_a_function_that_cannot_say_holds_the_weight(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    judge = given_judge(world, checkout, UNDECIDED)
    rollout = world.when_released(
        checkout,
        checks=[asking(judge)],
        max_hold=120,
        on_insufficient_data="roll-back",
        **QUICK,
    )
    then_rolled_back(rollout, checkout, [50], error="InsufficientData")
    assert "too early to say" in rollout.cause


@parametrize(
    ("source", "reason"),
    [(CRASHES, "failed: LookupError: no such table"), (SAYS_OK, "answered a text; allowed: ")],
    ids=["it crashes", "it answers anything else"],
    short=1,
)
def test_a_function_that_gives_no_verdict_rolls_back_at_the_third_time(
    world: World, source: str, reason: str
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    judge = given_judge(world, checkout, source)
    rollout = world.when_released(checkout, checks=[asking(judge)], **QUICK)
    then_rolled_back(rollout, checkout, [50])
    assert f"could not be made 3 times in a row; last: {judge} {reason}" in rollout.cause


def test_a_function_that_may_not_be_asked_rolls_back_at_the_third_time(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    judge = given_judge(world, checkout, PASSES)
    world.faults.on_call(
        "lambda",
        "Invoke",
        error="AccessDeniedException",
        times=FOREVER,
        caller="CheckHealthFunction",
    )
    rollout = world.when_released(checkout, checks=[asking(judge)], **QUICK)
    then_rolled_back(rollout, checkout, [50])
    assert f"invoking {judge}: An error occurred (AccessDeniedException)" in rollout.cause


@parametrize(
    ("keys", "problem"),
    [
        ({}, "checks[0].function: missing; allowed: a function's name or unqualified ARN"),
        ({"function": "../other"}, 'checks[0].function: "../other" is not a function\'s name'),
        ({"function": "judge:1"}, 'checks[0].function: "judge:1" is not a function\'s name'),
        (
            {"function": "arn:aws:lambda:us-east-1:999999999999:function:judge"},
            "of account 999999999999; this stack releases only in us-east-1 of account",
        ),
        ({"function": "judge", "payload": {}}, "checks[0].payload: unknown key"),
    ],
    short=1,
)
def test_bad_options_are_refused_at_the_start(
    world: World, keys: dict[str, Any], problem: str
) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, checks=[{"type": "function", **keys}])
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause


def test_the_sample_input_runs(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY, alias="MyAlias")
    judge = given_judge(world, checkout, PASSES)
    given = (EVENTS / "function.json").read_text().replace("MyHealthCheck", judge)
    rollout = world.when_ended(
        world.when_started(json.loads(given.replace("MyFunction", checkout.name)))
    )
    then_promoted(rollout, checkout, [10, 100])
