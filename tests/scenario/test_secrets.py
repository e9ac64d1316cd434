"""What is confidential reaches neither the logs nor the topic, however a rollout ends."""

import json
from typing import Any

import pytest

from sandbox.services.awslambda import Answer, behave
from tests.http_servers import answering, serving
from tests.long import long
from tests.scenario.observed import Rollout
from tests.scenario.then import then_promoted, then_refused, then_rolled_back, then_whole
from tests.scenario.world import HEALTHY, World, release_of

SECRET = "hunter2-4716-9301"
QUICK: dict[str, Any] = {"type": "custom", "weights": [50, 100], "interval": 120}


class Echo:
    """A function that answers what it was asked, and by which version."""

    def answer(self, version: str, event: bytes, now: float) -> Answer:  # noqa: ARG002
        content = {"asked": json.loads(event), "by": f"{version} {SECRET}"}
        return Answer(json.dumps(content).encode(), error=False, milliseconds=20)


def then_kept_secret(world: World, rollout: Rollout) -> None:
    """Assert that it was there, and that nobody has written it down."""
    functions = [
        resource.physical_id
        for resource in world.stack.resources.values()
        if resource.type == "AWS::Lambda::Function"
    ]
    logged = [line for function in functions for line in world.sandbox.logs(function)]
    told = [message.body(kind) for message in rollout.messages for kind in ("email", "sqs")]
    assert SECRET in json.dumps(rollout.history, default=str)
    assert any(rollout.arn in line for line in logged)
    assert told
    assert [line for line in [*logged, *told, rollout.cause] if SECRET in line] == []


def http(port: int, **keys: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "url": f"http://127.0.0.1:{port}/health?token={SECRET}",
        "method": "POST",
        "headers": {"Authorization": f"Bearer {SECRET}"},
        "body": {"password": SECRET},
        **keys,
    }


def returning(world: World, answer: Any) -> str:
    return world.given_code("hook", f"def handler(event, context):\n    return {answer!r}")


@pytest.mark.proves("A61", "A81")
def test_a_rollout_that_is_promoted_tells_no_payload_and_no_answer(inside: World) -> None:
    checkout = inside.given_function(canary=HEALTHY)
    behave(checkout.name, Echo())
    hook = returning(inside, {"status": "Succeeded", "detail": SECRET})
    with serving(answering(json.dumps({"key": SECRET}).encode())) as server:
        rollout = inside.when_released(
            checkout,
            checks=[{"type": "invoke", "payload": {"card": SECRET}}, http(server.port)],
            hooks={"pre-traffic": {"function": hook, "mode": "return"}},
            min_invocations=0,
            notify="all",
            **QUICK,
        )
    then_promoted(rollout, checkout, [50, 100])
    assert SECRET.encode() in server.requests[0]
    then_kept_secret(inside, rollout)


@pytest.mark.proves("A31", "A81")
@long
def test_checks_that_fail_tell_what_is_wrong_with_an_answer_and_not_the_answer(
    inside: World,
) -> None:
    checkout = inside.given_function(canary=HEALTHY)
    behave(checkout.name, Echo())
    odd = returning(inside, {"status": SECRET})
    payload = {"card": SECRET}
    with (
        serving(answering(json.dumps([1, SECRET]).encode())) as json_server,
        serving(answering(SECRET.encode())) as text_server,
    ):
        rollout = inside.when_released(
            checkout,
            checks=[
                {"type": "invoke", "payload": payload, "compare": {}},
                {"type": "invoke", "payload": payload, "assert": ["sum(asked.*) > `1`"]},
                http(json_server.port, **{"assert": ["sum(@) > `1`"]}),
                http(text_server.port, **{"assert": ["@"]}),
                {"type": "function", "function": odd},
            ],
            **QUICK,
        )
    then_rolled_back(rollout, checkout, [50])
    assert '"by" was a text and is another' in rollout.cause
    then_kept_secret(inside, rollout)


@pytest.mark.proves("A74")
@pytest.mark.parametrize("answer", [{"status": SECRET}, SECRET])
def test_a_hook_that_answers_oddly_is_not_quoted(world: World, answer: Any) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hooks = {"pre-traffic": {"function": returning(world, answer), "mode": "return"}}
    check = {"type": "invoke", "payload": SECRET}
    rollout = world.when_released(checkout, hooks=hooks, checks=[check], **QUICK)
    then_rolled_back(rollout, checkout, [], error="HookFailed")
    then_kept_secret(world, rollout)


@pytest.mark.proves("A82")
def test_an_input_that_is_refused_is_not_quoted_where_it_may_be_confidential(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    url = f"https://user:{SECRET}@example.com/?token={SECRET}"
    checks = [
        {"type": "http", "url": "https://example.com", "headers": {"Authorization": [SECRET]}},
        {"type": "http", "url": url, "headers": {"X": f"{SECRET}\n"}},
    ]
    rollout = world.when_released(checkout, checks=checks, **QUICK)
    then_refused(rollout, checkout, error="InvalidInput")
    then_kept_secret(world, rollout)


@pytest.mark.proves("A83")
def test_the_guard_tells_no_input_of_a_rollout_that_was_stopped(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    check = {"type": "invoke", "payload": SECRET}
    execution = world.when_started(release_of(checkout, checks=[check], **QUICK))
    world.when_at(50, checkout)
    world.when_stopped(execution)
    world.sandbox.run_for(5)
    then_whole(checkout, "1")
    then_kept_secret(world, world.when_ended(execution))
