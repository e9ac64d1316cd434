"""Events on their way: schedules, retries, what is put aside, and what gets lost or doubled."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import Answer, behave
from sandbox.services.eventbridge.delivery import CALLER
from sandbox.services.eventbridge.schedules import schedule
from tests.sandbox import given

ACCOUNT = "us-east-1:123456789012"
WATCHER = f"arn:aws:lambda:{ACCOUNT}:function:watcher"
ENDED = {"source": ["aws.states"], "detail": {"status": ["FAILED", "SUCCEEDED"]}}


class Watcher:
    """A function; remembers when it got which event."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.events: list[dict[str, Any]] = []
        self.times: list[float] = []

    def answer(self, version: str, event: bytes, now: float) -> Answer:  # noqa: ARG002
        self.events.append(json.loads(event))
        self.times.append(now)
        return Answer(b"null", error=False, milliseconds=0)


@pytest.fixture
def watcher(sandbox: Sandbox) -> Watcher:
    given.function(sandbox, "watcher", "")
    given.let_in(sandbox, WATCHER, CALLER)
    watcher = Watcher(sandbox)
    behave("watcher", watcher)
    return watcher


def put_rule(sandbox: Sandbox, target: dict[str, Any] | None = None, **settings: Any) -> str:
    events = sandbox.client("events")
    arn: str = events.put_rule(Name="rule", **settings)["RuleArn"]
    events.put_targets(Rule="rule", Targets=[{"Id": "f", "Arn": WATCHER, **(target or {})}])
    return arn


def end(sandbox: Sandbox, state: str = "Succeed") -> str:
    """Run an execution, whose end the rule waits for."""
    name = f"machine-{sandbox.clock.now:.0f}"
    machine = given.machine(sandbox, {"Only": {"Type": state}}, name=name)
    return sandbox.finish(sandbox.start({}, machine=machine)).arn


def put_aside(sandbox: Sandbox) -> list[dict[str, Any]]:
    sqs = sandbox.client("sqs")
    url = sqs.get_queue_url(QueueName="aside")["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    messages: list[dict[str, Any]] = received.get("Messages", [])
    return messages


ASIDE = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{ACCOUNT}:aside"}, "Input": '{"mine": 1}'}


@pytest.mark.proves("S41")
@pytest.mark.parametrize(
    ("policy", "error", "failures", "waited", "attributes"),
    [
        ({"MaximumRetryAttempts": 2}, "ServiceException", 2, 3, None),
        (
            {"MaximumRetryAttempts": 2},
            "ServiceException",
            FOREVER,
            3,
            ("ERROR_FROM_TARGET", "2", "MaximumRetryAttempts"),
        ),
        (
            {"MaximumEventAgeInSeconds": 60},
            "TooManyRequestsException",
            FOREVER,
            31,
            ("THROTTLING", "5", "MaximumEventAgeInSeconds"),
        ),
        ({}, "AccessDeniedException", 1, 0, ("NO_PERMISSIONS", "0", None)),
        ({}, "ResourceNotFoundException", 1, 0, ("NO_RESOURCE", "0", None)),
    ],
)
def test_a_delivery_is_tried_again_and_then_put_aside_with_its_reason(
    sandbox: Sandbox,
    watcher: Watcher,
    policy: dict[str, int],
    error: str,
    failures: float,
    waited: float,
    attributes: tuple[str, str, str | None] | None,
) -> None:
    sandbox.client("sqs").create_queue(QueueName="aside")
    given.let_in(sandbox, f"arn:aws:sqs:{ACCOUNT}:aside", CALLER)
    rule = put_rule(sandbox, {**ASIDE, "RetryPolicy": policy}, EventPattern=json.dumps(ENDED))
    sandbox.faults.on_call(
        "lambda", "Invoke", error=error, times=failures, caller="events.amazonaws.com"
    )
    execution, ended = end(sandbox), sandbox.clock.now
    sandbox.run_for(120)
    if attributes is None:
        assert watcher.events == [{"mine": 1}]
        assert watcher.times == pytest.approx([ended + waited], abs=0.1)
        assert put_aside(sandbox) == []
        return
    [message] = put_aside(sandbox)
    texts = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert (texts["RULE_ARN"], texts["TARGET_ARN"]) == (rule, WATCHER)
    code, retries, exhausted = attributes
    assert (texts["ERROR_CODE"], texts["RETRY_ATTEMPTS"]) == (code, retries)
    assert texts.get("EXHAUSTED_RETRY_CONDITION") == exhausted
    assert error in texts["ERROR_MESSAGE"]
    # The event itself, whatever the target would have got.
    assert json.loads(message["Body"])["resources"] == [execution]


@pytest.mark.proves("S42")
@pytest.mark.parametrize(
    ("fault", "arrivals"),
    [
        ({"fate": "lost"}, []),
        ({"fate": "late", "seconds": 90}, [90]),
        ({"fate": "twice", "seconds": 30}, [0, 30]),
        ({"fate": "lost", "detail": {"status": "ABORTED"}}, [0]),
        ({"fate": "lost", "detail_type": "Scheduled Event"}, [0]),
        ({"fate": "lost", "source": "aws.events"}, [0]),
    ],
)
def test_an_event_gets_lost_delayed_or_doubled(
    sandbox: Sandbox, watcher: Watcher, fault: Any, arrivals: list[float]
) -> None:
    put_rule(sandbox, EventPattern=json.dumps(ENDED))
    sandbox.faults.on_event(**{"detail": {"status": "SUCCEEDED"}, **fault})
    end(sandbox)
    ended = sandbox.clock.now
    sandbox.run_for(200)
    assert [at - ended for at in watcher.times] == pytest.approx(arrivals, abs=0.1)
    assert len({event["id"] for event in watcher.events}) <= 1


def test_a_fault_of_events_skips_and_counts(sandbox: Sandbox, watcher: Watcher) -> None:
    put_rule(sandbox, EventPattern=json.dumps(ENDED))
    sandbox.faults.on_event(detail={"status": "SUCCEEDED"}, skip=1, times=1)
    executions = []
    for _ in range(3):
        executions.append(end(sandbox))
        sandbox.run_for(5)
    got = [event["detail"]["executionArn"] for event in watcher.events]
    assert got == [executions[0], executions[2]]


def test_a_tick_of_a_schedule_can_get_lost(sandbox: Sandbox, watcher: Watcher) -> None:
    put_rule(sandbox, ScheduleExpression="rate(1 minute)")
    sandbox.faults.on_event(source="aws.events", skip=1, times=2)
    sandbox.run_for(5 * 60 + 1)
    minutes = [round((at - watcher.times[0]) / 60) for at in watcher.times]
    assert minutes == [0, 3]


def test_a_rate_counts_from_its_rules_creation(sandbox: Sandbox, watcher: Watcher) -> None:
    sandbox.run_for(150)
    put_rule(sandbox, ScheduleExpression="rate(5 minutes)")
    sandbox.run_for(200)
    # Put again as it was, as an update of its stack does.
    put_rule(sandbox, ScheduleExpression="rate(5 minutes)")
    sandbox.run_for(800)
    ticks = [datetime.fromtimestamp(at, UTC) for at in watcher.times]
    assert [f"{at:%H:%M}" for at in ticks] == ["09:08", "09:13", "09:18"]
    put_rule(sandbox, ScheduleExpression="rate(1 minute)")
    sandbox.run_for(190)
    assert len(watcher.times) == 5


@pytest.mark.proves("S41")
@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("cron(15 9 * * ? *)", ["05 09:15", "06 09:15", "07 09:15", "08 09:15"]),
        ("cron(0/30 8-9 ? * MON *)", ["05 09:00", "05 09:30"]),
        ("cron(0 0 6,8 1 ? 2026)", ["06 00:00", "08 00:00"]),
        ("cron(0 12 ? JAN 3-4 *)", ["06 12:00", "07 12:00"]),
        ("cron(0 12 ? FEB * *)", []),
    ],
)
def test_cron_expressions_name_minutes_in_utc(expression: str, due: list[str]) -> None:
    monday = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp())
    cron = schedule(expression, monday)
    minutes = range(monday, monday + 4 * 86_400, 60)
    times = [datetime.fromtimestamp(at, UTC) for at in minutes if cron.is_due(at)]
    assert [f"{at:%d %H:%M}" for at in times] == due


@pytest.mark.parametrize("expression", ["cron(0 0 L * ? *)", "at(2026-01-05T10:00:00)"])
def test_a_schedule_that_the_sandbox_does_not_know_says_so(expression: str) -> None:
    with pytest.raises(NotImplementedError):
        schedule(expression, 0)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True),
        ("first*", True),
        ("f*st-*", True),
        ("*second", False),
        ("first-\\*", True),
        ("first-\\*\\*", False),
        ("*s" * 100 + "*", False),
    ],
)
def test_wildcards_in_patterns(
    sandbox: Sandbox, watcher: Watcher, pattern: str, fits: bool
) -> None:
    put_rule(sandbox, EventPattern=json.dumps({"detail": {"name": [{"wildcard": pattern}]}}))
    entry = {"Source": "ours", "DetailType": "t", "Detail": json.dumps({"name": "first-*"})}
    sandbox.client("events").put_events(Entries=[entry])
    sandbox.run_for(5)
    assert (len(watcher.events) == 1) is fits
