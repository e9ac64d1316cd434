"""The `http` check in whole rollouts, against real servers on loopback."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.http_servers import Connection, answering, serving
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_refused, then_rolled_back
from tests.scenario.world import HEALTHY, World

EVENTS = Path(__file__).resolve().parents[2] / "events"
QUICK: dict[str, Any] = {"type": "all-at-once", "interval": 120}


def http(port: int, **keys: Any) -> dict[str, Any]:
    """Write a check; `asserts` are the conditions, since `assert` is Python's word."""
    conditions = {"assert": keys.pop("asserts")} if "asserts" in keys else {}
    named = {key.replace("_", "-"): value for key, value in keys.items()}
    return {"type": "http", "url": f"http://127.0.0.1:{port}/health", **conditions, **named}


@parametrize("when", ["before", "during", "after"], short=1)
def test_an_answer_as_asked_promotes(inside: World, when: str) -> None:
    checkout = inside.given_function(canary=HEALTHY)
    with serving(answering(b'{"status": "up"}')) as server:
        check = http(server.port, when=when, asserts=["status == 'up'"], max_ms=30_000)
        rollout = inside.when_released(checkout, checks=[check], **QUICK)
    then_promoted(rollout, checkout, [100])
    [verdict] = [one for one in rollout.output["checks"] if one["check"] == "http"]
    assert verdict["outcome"] == "pass"
    assert f"GET http://127.0.0.1:{server.port}/health: status 200 in " in verdict["reason"]
    assert server.requests


@parametrize(
    ("talk", "reason"),
    [
        (answering(b"{}", "500 Internal Server Error"), "status 500 instead of 200 to 299"),
        (answering(b"", "302 Found", "Location: /login"), "status 302 instead of 200 to 299"),
        (answering(b'{"status": "down"}'), "does not hold: status == 'up' (is false)"),
        (answering(b"<html>"), "the answer is not JSON"),
    ],
    ids=["an error", "a redirect", "another answer", "no JSON"],
    short=1,
)
def test_any_other_answer_rolls_back(inside: World, talk: Any, reason: str) -> None:
    checkout = inside.given_function(canary=HEALTHY)
    with serving(talk) as server:
        check = http(server.port, asserts=["status == 'up'"])
        rollout = inside.when_released(checkout, checks=[check], **QUICK)
    then_rolled_back(rollout, checkout, [100])
    assert reason in rollout.cause


def test_no_answer_in_time_rolls_back_at_the_third_time(inside: World) -> None:
    def silent(connection: Connection) -> None:
        connection.closing.wait()

    checkout = inside.given_function(canary=HEALTHY)
    with serving(silent) as server:
        check = http(server.port, timeout=0.1)
        rollout = inside.when_released(checkout, checks=[check], type="all-at-once", interval=300)
    then_rolled_back(rollout, checkout, [100])
    assert "3 times in a row; last: no whole answer within 0.1 s" in rollout.cause
    assert len(server.requests) == 3


@pytest.mark.proves("A23")
def test_a_name_that_leads_inside_is_not_asked_by_a_stack_that_keeps_it_closed(
    world: World,
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    with serving(answering()) as server:
        check = {"type": "http", "url": f"https://localhost:{server.port}/"}
        rollout = world.when_released(checkout, checks=[check], type="all-at-once", interval=300)
    then_rolled_back(rollout, checkout, [100])
    assert "which is private; the stack's parameter AllowPrivateAddresses opens it" in rollout.cause
    assert server.requests == []


@parametrize(
    ("keys", "problem"),
    [
        ({"url": "http://example.com/"}, "checks[0].url: "),
        ({"url": "https://127.0.0.1/"}, "leads to 127.0.0.1, which is private"),
        ({"url": "https://169.254.169.254/latest/"}, "which is a metadata service"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "which is no plain IPv6 address"),
        ({"url": "https://user:secret@example.com/"}, "without credentials and fragment"),
        ({"url": "file:///proc/self/environ"}, "checks[0].url: "),
        ({"headers": {"Host": "other"}}, 'checks[0].headers: "Host" is set by the request itself'),
        ({"headers": {"X": "a\r\nY: b"}}, 'checks[0].headers: "X" has a value with control'),
        ({"assert": ["a["]}, 'checks[0].assert[0]: "a[" is not JMESPath'),
        ({"timeout": 3_600}, "checks[0].timeout: 3600 was given; allowed: a number above 0"),
        ({"verify": False}, "checks[0].verify: unknown key"),
    ],
    short=1,
)
def test_bad_options_are_refused_at_the_start(
    world: World, keys: dict[str, Any], problem: str
) -> None:
    checkout = world.given_function()
    check = {"type": "http", "url": "https://example.com/", **keys}
    rollout = world.when_released(checkout, checks=[check])
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause
    assert "secret" not in rollout.cause.replace("user:secret@example.com", "")


def test_the_sample_input_runs(inside: World) -> None:
    checkout = inside.given_function(canary=HEALTHY, alias="MyAlias")
    with serving(answering(b'{"status": "up", "queues": [{"waiting": 3}]}')) as server:
        given = (EVENTS / "http.json").read_text().replace("MyFunction", checkout.name)
        given = given.replace("https://checkout.example.com", f"http://127.0.0.1:{server.port}")
        rollout = inside.when_ended(inside.when_started(json.loads(given)))
    then_promoted(rollout, checkout, [10, 100])
    assert server.requests[0].startswith(b"GET /health HTTP/1.1")
    assert server.requests[-1].endswith(b'{"cart": [{"item": "tea", "count": 2}]}')
