"""Asynchronous calls: what Lambda tries again, for how long, and where it puts what is left."""

import json
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.kernel.signals import Invocation, Metered
from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import Answer, behave
from tests.sandbox import given

SHOP = "arn:aws:lambda:us-east-1:123456789012:function:shop"
BROKEN = json.dumps({"errorMessage": "no stock", "errorType": "Error"}).encode()


class Fails:
    """Fails as often as it is told to, at once."""

    def __init__(self, times: float) -> None:
        self.times = times

    def answer(self, version: str, event: bytes, now: float) -> Answer:  # noqa: ARG002
        self.times -= 1
        error = self.times >= 0
        return Answer(BROKEN if error else b'"sold"', error=error, milliseconds=0)


class Shop:
    """A function that is called asynchronously, and what is known of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        given.versions(sandbox, "shop", 1)
        self.runs: list[Invocation] = []
        self.metered: list[Metered] = []
        sandbox.signals.invoked.append(self.runs.append)
        sandbox.signals.metered.append(self.metered.append)

    def configure(self, **settings: Any) -> None:
        client = self.sandbox.client("lambda")
        client.put_function_event_invoke_config(FunctionName="shop", **settings)

    def call(self, name: str = "shop") -> float:
        """Give it an event, let all be tried that will be, and say when the event came."""
        began = self.sandbox.clock.now
        self.sandbox.client("lambda").invoke(
            FunctionName=name, InvocationType="Event", Payload=b'{"order": 1}'
        )
        self.sandbox.run_for(7 * 3_600)
        return began

    def count(self, metric: str) -> float:
        return sum(datum.value for datum in self.metered if datum.name == metric)

    def queue(self, name: str) -> str:
        self.sandbox.client("sqs").create_queue(QueueName=name)
        return f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def messages(self, queue: str) -> list[dict[str, Any]]:
        url = self.sandbox.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
        received = self.sandbox.client("sqs").receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        )
        messages: list[dict[str, Any]] = received.get("Messages", [])
        return messages


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox)


@pytest.mark.proves("S23")
@pytest.mark.parametrize(
    ("failures", "starts"), [(0, [0]), (1, [0, 60]), (2, [0, 60, 180]), (9, [0, 60, 180])]
)
def test_a_function_that_fails_runs_twice_more_after_one_and_two_minutes(
    shop: Shop, failures: int, starts: list[int]
) -> None:
    behave("shop", Fails(failures))
    began = shop.call()
    assert [run.started - began for run in shop.runs] == pytest.approx(starts, abs=0.1)
    assert len({run.request_id for run in shop.runs}) == 1
    assert shop.count("AsyncEventsReceived") == 1
    assert shop.count("AsyncEventsDropped") == (failures == 9)


def test_the_handler_sees_the_same_request_id_each_time(sandbox: Sandbox) -> None:
    code = "def handler(event, context):\n    print(context.aws_request_id)\n    raise ValueError"
    given.function(sandbox, "fails", code)
    sandbox.client("lambda").invoke(FunctionName="fails", InvocationType="Event")
    sandbox.run_for(300)
    lines = sandbox.logs("fails")
    assert (len(lines), len(set(lines))) == (3, 1)


@pytest.mark.parametrize("kind", ["throttle", "unavailable"])
def test_what_lambda_could_not_run_is_tried_for_hours_and_counts_no_run(
    shop: Shop, kind: Any
) -> None:
    behave("shop", Fails(0))
    shop.sandbox.faults.on_handler("shop", kind, times=12)
    began = shop.call()
    [run] = shop.runs
    # 1 + 2 + 4 ... + 256, then 5 minutes each time.
    assert run.started - began == pytest.approx(511 + 3 * 300, abs=1)
    assert shop.count("Throttles") == (12 if kind == "throttle" else 0)


def test_refusals_leave_a_function_its_retries(shop: Shop) -> None:
    behave("shop", Fails(9))
    shop.sandbox.faults.on_handler("shop", "throttle", skip=1, times=2)
    began = shop.call()
    starts = [run.started - began for run in shop.runs]
    assert starts == pytest.approx([0, 63, 183], abs=0.1)


@pytest.mark.parametrize(
    ("settings", "refused", "runs", "condition", "response"),
    [
        ({"MaximumRetryAttempts": 0}, 0, 1, "RetriesExhausted", 200),
        ({"MaximumRetryAttempts": 1}, 0, 2, "RetriesExhausted", 200),
        ({"MaximumEventAgeInSeconds": 120}, 0, 2, "EventAgeExceeded", 200),
        ({"MaximumEventAgeInSeconds": 60}, FOREVER, 0, "EventAgeExceeded", 429),
        ({}, FOREVER, 0, "EventAgeExceeded", 429),
    ],
)
def test_an_event_ends_by_tries_or_by_age_and_its_record_says_so(
    shop: Shop,
    settings: dict[str, int],
    refused: float,
    runs: int,
    condition: str,
    response: int,
) -> None:
    behave("shop", Fails(9))
    shop.configure(
        **settings, DestinationConfig={"OnFailure": {"Destination": shop.queue("failed")}}
    )
    shop.sandbox.faults.on_handler("shop", "throttle", times=refused)
    shop.call()
    assert len(shop.runs) == runs
    [message] = shop.messages("failed")
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == condition
    assert record["responseContext"]["statusCode"] == response


@pytest.mark.proves("S23")
def test_the_record_of_a_failure_is_as_documented(shop: Shop) -> None:
    behave("shop", Fails(9))
    shop.configure(DestinationConfig={"OnFailure": {"Destination": shop.queue("failed")}})
    shop.call()
    [message] = shop.messages("failed")
    assert json.loads(message["Body"]) == {
        "version": "1.0",
        "timestamp": "2026-01-05T09:03:00.055Z",
        "requestContext": {
            "requestId": shop.runs[0].request_id,
            "functionArn": f"{SHOP}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"order": 1},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {"errorMessage": "no stock", "errorType": "Error"},
    }


def test_without_reserved_concurrency_nothing_is_tried_again(shop: Shop) -> None:
    shop.configure(DestinationConfig={"OnFailure": {"Destination": shop.queue("failed")}})
    shop.sandbox.client("lambda").put_function_concurrency(
        FunctionName="shop", ReservedConcurrentExecutions=0
    )
    shop.call()
    [message] = shop.messages("failed")
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert "responseContext" not in record
    assert shop.count("Throttles") == 1


def test_a_success_is_told_to_a_topic_a_function_and_a_bus(shop: Shop) -> None:
    sandbox = shop.sandbox
    events = sandbox.client("events")
    events.put_rule(Name="told", EventPattern=json.dumps({"source": ["lambda"]}))
    queue = shop.queue("told")
    events.put_targets(Rule="told", Targets=[{"Id": "q", "Arn": queue}])
    given.let_in(sandbox, queue, "events.amazonaws.com")
    topic = sandbox.client("sns").create_topic(Name="told")["TopicArn"]
    given.function(
        sandbox, "told", "import json\ndef handler(event, _):\n    print(json.dumps(event))"
    )
    function = SHOP.replace("shop", "told")
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    behave("shop", Fails(0))
    for destination in (topic, function, bus):
        shop.configure(DestinationConfig={"OnSuccess": {"Destination": destination}})
        shop.call()
    [by_topic] = sandbox.inbox(topic)
    [by_function] = sandbox.logs("told")
    [by_bus] = shop.messages("told")
    event = json.loads(by_bus["Body"])
    assert event["detail-type"] == "Lambda Function Invocation Result - Success"
    assert event["resources"] == [f"{SHOP}:$LATEST", bus]
    for record in (json.loads(by_topic.body()), json.loads(by_function), event["detail"]):
        assert record["requestContext"]["condition"] == "Success"
        assert record["responsePayload"] == "sold"


def test_a_dead_letter_queue_gets_the_event_itself_and_why(shop: Shop) -> None:
    behave("shop", Fails(9))
    topic = shop.sandbox.client("sns").create_topic(Name="dead")["TopicArn"]
    for target in (shop.queue("dead"), topic):
        shop.sandbox.client("lambda").update_function_configuration(
            FunctionName="shop", DeadLetterConfig={"TargetArn": target}
        )
        shop.call()
    [message] = shop.messages("dead")
    assert json.loads(message["Body"]) == {"order": 1}
    assert {
        name: (one["DataType"], one["StringValue"])
        for name, one in message["MessageAttributes"].items()
    } == {
        "RequestID": ("String", shop.runs[0].request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no stock"),
    }
    [published] = shop.sandbox.inbox(topic)
    assert json.loads(published.body()) == {"order": 1}
    assert published.attributes["ErrorMessage"].value == "no stock"


def test_what_cannot_be_put_aside_is_counted(shop: Shop) -> None:
    behave("shop", Fails(9))
    gone = "arn:aws:sqs:us-east-1:123456789012:gone"
    shop.configure(DestinationConfig={"OnFailure": {"Destination": gone}})
    shop.sandbox.client("lambda").update_function_configuration(
        FunctionName="shop", DeadLetterConfig={"TargetArn": gone}
    )
    shop.call()
    assert shop.count("DestinationDeliveryFailures") == 1
    assert shop.count("DeadLetterErrors") == 1


def test_settings_hold_for_their_qualifier_alone(shop: Shop) -> None:
    client = shop.sandbox.client("lambda")
    client.create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
    shop.configure(Qualifier="live", MaximumRetryAttempts=0)
    behave("shop", Fails(FOREVER))
    shop.call("shop:live")
    assert len(shop.runs) == 1
    shop.call("shop")
    assert len(shop.runs) == 4
    kept = client.get_function_event_invoke_config(FunctionName="shop", Qualifier="live")
    assert kept["FunctionArn"] == f"{SHOP}:live"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function_event_invoke_config(FunctionName="shop")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        shop.configure(Qualifier="nope", MaximumRetryAttempts=0)


def test_settings_are_put_whole_updated_in_part_and_deleted(shop: Shop) -> None:
    client = shop.sandbox.client("lambda")
    shop.configure(MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60)
    client.update_function_event_invoke_config(FunctionName="shop", MaximumRetryAttempts=1)
    kept = client.get_function_event_invoke_config(FunctionName="shop")
    assert (kept["MaximumRetryAttempts"], kept["MaximumEventAgeInSeconds"]) == (1, 60)
    shop.configure(MaximumRetryAttempts=2)
    [kept] = client.list_function_event_invoke_configs(FunctionName="shop")[
        "FunctionEventInvokeConfigs"
    ]
    assert "MaximumEventAgeInSeconds" not in kept
    assert kept["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    client.delete_function_event_invoke_config(FunctionName="shop")
    assert not client.list_function_event_invoke_configs(FunctionName="shop")[
        "FunctionEventInvokeConfigs"
    ]


def test_the_events_of_a_function_that_was_deleted_are_gone(shop: Shop) -> None:
    behave("shop", Fails(9))
    shop.sandbox.client("lambda").invoke(FunctionName="shop", InvocationType="Event")
    shop.sandbox.run_for(30)
    shop.sandbox.client("lambda").delete_function(FunctionName="shop")
    shop.sandbox.run_for(600)
    assert len(shop.runs) == 1


def test_whatever_does_not_exist_is_refused_at_once(shop: Shop) -> None:
    client = shop.sandbox.client("lambda")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        shop.call("shop:nope")
