"""What AWS reports by itself: metrics of functions and executions, and events."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import Answer, behave
from sandbox.traffic import create_function
from tests.sandbox import given

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:checkout"


class Flaky:
    """Fails when the event is `true`; takes 40 ms. Remembers the events it got."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def answer(self, _version: str, event: bytes, _now: float) -> Answer:
        self.events.append(json.loads(event))
        return Answer(b"null", event == b"true", 40.0)


@pytest.fixture
def checkout(sandbox: Sandbox) -> Flaky:
    create_function(sandbox.client, "checkout")
    given.let_in(sandbox, FUNCTION, "events.amazonaws.com")
    flaky = Flaky()
    behave("checkout", flaky)
    return flaky


def dimension_sets(sandbox: Sandbox, metric: str = "Invocations") -> list[str]:
    listed = sandbox.client("cloudwatch").list_metrics(Namespace="AWS/Lambda", MetricName=metric)
    return [
        " ".join(dimension["Value"] for dimension in found["Dimensions"])
        for found in listed["Metrics"]
    ]


def total(
    sandbox: Sandbox, namespace: str, metric: str, statistic: str = "Sum", **dimensions: Any
) -> float | None:
    answer = sandbox.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=NINE,
        EndTime=NINE + timedelta(hours=1),
        Period=3600,
        Statistics=[statistic],
    )
    return answer["Datapoints"][0][statistic] if answer["Datapoints"] else None


@pytest.mark.proves("S34")
@pytest.mark.parametrize(
    ("qualifier", "weights", "sets"),
    [
        (None, {}, ["checkout", "checkout checkout"]),
        ("2", {}, ["checkout", "checkout checkout:2"]),
        ("live", {}, ["checkout", "checkout checkout:live"]),
        ("live", {"2": 1.0}, ["checkout", "checkout checkout:live", "2 checkout checkout:live"]),
    ],
)
@pytest.mark.usefixtures("checkout")
def test_a_call_counts_under_lambdas_dimensions(
    sandbox: Sandbox, qualifier: str | None, weights: dict[str, float], sets: list[str]
) -> None:
    client = sandbox.client("lambda")
    client.update_alias(
        FunctionName="checkout", Name="live", RoutingConfig={"AdditionalVersionWeights": weights}
    )
    client.invoke(FunctionName="checkout", **({"Qualifier": qualifier} if qualifier else {}))
    sandbox.run_for(121)
    for metric in ("Invocations", "Errors", "Duration"):
        assert dimension_sets(sandbox, metric) == sets


@pytest.mark.usefixtures("checkout")
def test_errors_and_durations_are_counted(sandbox: Sandbox) -> None:
    for event in (b"true", b"false", b"false"):
        sandbox.client("lambda").invoke(FunctionName="checkout", Payload=event)
    sandbox.run_for(121)
    assert total(sandbox, "AWS/Lambda", "Invocations", FunctionName="checkout") == 3
    assert total(sandbox, "AWS/Lambda", "Errors", FunctionName="checkout") == 1
    assert total(sandbox, "AWS/Lambda", "Errors", "SampleCount", FunctionName="checkout") == 3
    average = total(sandbox, "AWS/Lambda", "Duration", "Average", FunctionName="checkout")
    assert average == pytest.approx(45, abs=6)


@pytest.mark.usefixtures("checkout")
def test_throttled_calls_are_counted_apart(sandbox: Sandbox) -> None:
    sandbox.faults.on_handler("checkout", "throttle")
    client = sandbox.client("lambda")
    client.invoke(FunctionName="checkout", Qualifier="live", InvocationType="Event")
    sandbox.run_for(300)
    assert dimension_sets(sandbox, "Throttles") == ["checkout", "checkout checkout:live"]
    for metric in ("Throttles", "Invocations", "AsyncEventsReceived"):
        assert total(sandbox, "AWS/Lambda", metric, FunctionName="checkout") == 1
    assert total(sandbox, "AWS/Lambda", "Errors", FunctionName="checkout") == 0


def state_machine(sandbox: Sandbox, state: dict[str, Any]) -> str:
    arn: str = sandbox.client("stepfunctions").create_state_machine(
        name="rollouts",
        roleArn=given.role(sandbox),
        definition=json.dumps({"StartAt": "Only", "States": {"Only": state}}),
    )["stateMachineArn"]
    return arn


@pytest.mark.proves("S34")
@pytest.mark.parametrize(
    ("state", "metric"),
    [
        ({"Type": "Succeed"}, "ExecutionsSucceeded"),
        ({"Type": "Fail", "Error": "No"}, "ExecutionsFailed"),
        ({"Type": "Wait", "Seconds": 9, "End": True}, "ExecutionsAborted"),
    ],
)
def test_executions_are_counted_by_how_they_end(
    sandbox: Sandbox, state: dict[str, Any], metric: str
) -> None:
    machine = state_machine(sandbox, state)
    execution = sandbox.start({}, machine=machine)
    if metric == "ExecutionsAborted":
        sandbox.client("stepfunctions").stop_execution(executionArn=execution)
    sandbox.finish(execution)
    sandbox.run_for(121)
    ends = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut")
    counted = {
        name: total(sandbox, "AWS/States", name, StateMachineArn=machine)
        for name in ("ExecutionsStarted", *ends)
    }
    assert counted == dict.fromkeys(ends) | {"ExecutionsStarted": 1, metric: 1}


def put_rule(sandbox: Sandbox, targets: Any, **settings: Any) -> Any:
    events = sandbox.client("events")
    events.put_rule(Name="rule", **settings)
    events.put_targets(Rule="rule", Targets=targets)


ENDED = json.dumps({"source": ["aws.states"], "detail": {"status": ["FAILED"]}})


def test_a_failed_execution_reaches_the_function_that_waits_for_it(
    sandbox: Sandbox, checkout: Flaky
) -> None:
    put_rule(sandbox, [{"Id": "f", "Arn": FUNCTION}], EventPattern=ENDED)
    machine = state_machine(sandbox, {"Type": "Fail", "Error": "Broken", "Cause": "by design"})
    execution = sandbox.start({"a": 1}, machine=machine)
    sandbox.finish(execution)
    sandbox.run_for(5)
    (event,) = checkout.events
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["resources"] == [execution]
    detail = event["detail"]
    assert (detail["status"], detail["stateMachineArn"]) == ("FAILED", machine)
    assert (json.loads(detail["input"]), detail["output"]) == ({"a": 1}, None)
    assert (detail["error"], detail["cause"]) == ("Broken", "by design")
    assert NINE.timestamp() * 1000 <= detail["startDate"] <= detail["stopDate"]


@pytest.mark.proves("S41")
@pytest.mark.parametrize(("size", "included"), [(100_000, True), (260_000, False)])
def test_an_event_leaves_out_an_input_that_is_too_large(
    sandbox: Sandbox, checkout: Flaky, size: int, included: bool
) -> None:
    put_rule(sandbox, [{"Id": "f", "Arn": FUNCTION}], EventPattern=ENDED)
    machine = state_machine(sandbox, {"Type": "Fail"})
    sandbox.finish(sandbox.start("x" * size, machine=machine))
    sandbox.run_for(5)
    (event,) = checkout.events
    assert event["detail"]["inputDetails"] == {"included": included}
    assert (event["detail"]["input"] is not None) == included


@pytest.mark.proves("S41")
def test_events_that_do_not_match_are_not_delivered(sandbox: Sandbox, checkout: Flaky) -> None:
    put_rule(sandbox, [{"Id": "f", "Arn": FUNCTION}], EventPattern=ENDED)
    sandbox.finish(sandbox.start({}, machine=state_machine(sandbox, {"Type": "Succeed"})))
    sandbox.run_for(5)
    assert checkout.events == []


def test_an_alarms_change_is_an_event(sandbox: Sandbox, checkout: Flaky) -> None:
    pattern = json.dumps({"detail-type": ["CloudWatch Alarm State Change"]})
    put_rule(sandbox, [{"Id": "f", "Arn": FUNCTION}], EventPattern=pattern)
    given.alarm_that_goes_off(sandbox)
    (event,) = checkout.events
    assert event["detail"]["alarmName"] == "errors"
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"


def test_events_of_users_reach_functions_topics_and_machines(
    sandbox: Sandbox, checkout: Flaky
) -> None:
    topic = sandbox.client("sns").create_topic(Name="t")["TopicArn"]
    machine = state_machine(sandbox, {"Type": "Succeed"})
    given.let_in(sandbox, topic, "events.amazonaws.com")
    targets = [
        {"Id": "function", "Arn": FUNCTION, "Input": '{"a": 1}'},
        {"Id": "topic", "Arn": topic, "Input": '{"a": 1}'},
        {"Id": "machine", "Arn": machine, "Input": '{"a": 1}', "RoleArn": given.role(sandbox)},
    ]
    put_rule(sandbox, targets, EventPattern=json.dumps({"source": ["shop"]}))
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
    sandbox.client("events").put_events(Entries=[entry])
    sandbox.run_for(5)
    assert checkout.events == [{"a": 1}]
    assert [message.body() for message in sandbox.inbox(topic)] == ['{"a": 1}']
    executions = sandbox.client("stepfunctions").list_executions(stateMachineArn=machine)
    assert [execution["status"] for execution in executions["executions"]] == ["SUCCEEDED"]


def test_an_input_transformer_shapes_the_event(sandbox: Sandbox, checkout: Flaky) -> None:
    transformer = {"InputPathsMap": {"s": "$.detail.status"}, "InputTemplate": '{"was": "<s>"}'}
    put_rule(
        sandbox,
        [{"Id": "f", "Arn": FUNCTION, "InputTransformer": transformer}],
        EventPattern=ENDED,
    )
    sandbox.finish(sandbox.start({}, machine=state_machine(sandbox, {"Type": "Fail"})))
    sandbox.run_for(5)
    assert checkout.events == [{"was": "FAILED"}]
