"""Alarms: how they are put, evaluated, described, and what they set off."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from sandbox.services.cloudwatch.missing_data import State, next_state
from sandbox.services.cloudwatch.store import Metric
from sandbox.services.cloudwatch.summary import Summary

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp()
ERRORS = Metric.of("AWS/Lambda", "Errors", {"FunctionName": "checkout"})


def put_alarm(sandbox: Sandbox, name: str = "errors", **settings: Any) -> None:
    definition = {
        "AlarmName": name,
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "checkout"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
    } | settings
    sandbox.client("cloudwatch").put_metric_alarm(
        **{key: value for key, value in definition.items() if value is not None}
    )


def put_composite(sandbox: Sandbox, rule: str, name: str = "composite", **settings: Any) -> None:
    sandbox.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule, **settings)


def errors(sandbox: Sandbox, minute: float, count: int) -> None:
    """`count` errors in the minute that begins `minute` minutes after nine."""
    at = NINE + 60 * minute
    values = {1.0: float(count)} if count else {0.0: 1.0}
    sandbox.cloudwatch.record(ERRORS, Summary.of(values), started=at, ended=at, unit="Count")


def state(sandbox: Sandbox, name: str = "errors") -> str:
    answer = sandbox.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
    return str(alarm["StateValue"])


def set_state(sandbox: Sandbox, name: str, value: str) -> None:
    sandbox.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue=value, StateReason="by hand"
    )


def refused(call: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    code: str = error.value.response["Error"]["Code"]
    return code


# The two tables of AWS's documentation: 0 is fine, X breaches, - is missing; the columns are
# missing, ignore, breaching, notBreaching; "keep" is to stay in the present state.
@pytest.mark.proves("S40")
@pytest.mark.parametrize(
    ("to_alarm", "points", "states"),
    [
        (3, "0-X-X", ["OK", "OK", "OK", "OK"]),
        (3, "0----", ["OK", "OK", "OK", "OK"]),
        (3, "-----", ["INSUFFICIENT_DATA", "keep", "ALARM", "OK"]),
        (3, "0XX-X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        (3, "--X--", ["ALARM", "keep", "ALARM", "OK"]),
        (3, "----X", ["keep", "keep", "ALARM", "OK"]),
        (2, "0-X-X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        (2, "00X0X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
        (2, "0-X--", ["OK", "OK", "ALARM", "OK"]),
        (2, "----0", ["OK", "OK", "ALARM", "OK"]),
        (2, "---X-", ["ALARM", "keep", "ALARM", "OK"]),
    ],
)
@pytest.mark.parametrize("current", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_missing_data_are_treated_as_documented(
    to_alarm: int, points: str, states: list[str], current: State
) -> None:
    meaning = {"0": False, "X": True, "-": None}
    found = [
        next_state(
            [meaning[point] for point in points],
            evaluated=3,
            to_alarm=to_alarm,
            treatment=treatment,
            current=current,
        )
        for treatment in ("missing", "ignore", "breaching", "notBreaching")
    ]
    assert found == [current if wanted == "keep" else wanted for wanted in states]


def test_a_new_alarm_has_insufficient_data(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    assert state(sandbox) == "INSUFFICIENT_DATA"
    sandbox.run_for(600)
    assert state(sandbox) == "INSUFFICIENT_DATA"


def test_an_alarm_goes_off_when_its_data_have_become_visible(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    errors(sandbox, 0, 3)
    sandbox.run_for(119)
    assert state(sandbox) == "INSUFFICIENT_DATA"
    sandbox.run_for(1)
    assert state(sandbox) == "ALARM"


def test_an_alarm_recovers_with_its_metric(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    errors(sandbox, 0, 3)
    errors(sandbox, 1, 0)
    sandbox.run_for(130)
    assert state(sandbox) == "ALARM"
    sandbox.run_for(60)
    assert state(sandbox) == "OK"


def test_an_old_breach_lingers_while_nothing_newer_comes(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    errors(sandbox, 0, 3)
    sandbox.run_for(3 * 60 + 1)
    assert state(sandbox) == "ALARM"
    sandbox.run_for(60)
    assert state(sandbox) == "INSUFFICIENT_DATA"


def test_m_of_n_data_points_must_breach(sandbox: Sandbox) -> None:
    put_alarm(sandbox, EvaluationPeriods=3, DatapointsToAlarm=2)
    for minute, count in enumerate([0, 0, 1, 0, 1]):
        errors(sandbox, minute, count)
    states = []
    for _ in range(6):
        sandbox.run_for(60)
        states.append(state(sandbox))
    assert states == ["INSUFFICIENT_DATA", "OK", "OK", "OK", "OK", "ALARM"]


def test_long_periods_slide_with_the_minutes(sandbox: Sandbox) -> None:
    put_alarm(sandbox, Period=300, Threshold=2)
    for minute in range(10):
        errors(sandbox, minute, 1)
    sandbox.run_for(3 * 60)
    assert state(sandbox) == "OK"
    sandbox.run_for(60)
    assert state(sandbox) == "ALARM", "from 08:59 to 09:04, of which the last minute is not seen"


# FILL makes a zero of the latest minute, which is always late: AWS warns of alarms like that.
@pytest.mark.parametrize(("expression", "after"), [("m * 10", "ALARM"), ("FILL(m, 0) * 10", "OK")])
def test_an_alarm_can_watch_metric_math(sandbox: Sandbox, expression: str, after: str) -> None:
    dimensions = [{"Name": "FunctionName", "Value": "checkout"}]
    measured = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": dimensions}
    metric = {"Metric": measured, "Period": 60, "Stat": "Sum"}
    unsaid: dict[str, Any] = dict.fromkeys(
        ["Namespace", "MetricName", "Dimensions", "Statistic", "Period"]
    )
    put_alarm(
        sandbox,
        **unsaid,
        Metrics=[
            {"Id": "m", "MetricStat": metric, "ReturnData": False},
            {"Id": "e", "Expression": expression},
        ],
        Threshold=25,
    )
    errors(sandbox, 0, 2)
    errors(sandbox, 1, 3)
    sandbox.run_for(120)
    assert state(sandbox) == "OK"
    sandbox.run_for(60)
    assert state(sandbox) == after


def test_a_percentile_can_be_watched(sandbox: Sandbox) -> None:
    put_alarm(sandbox, Statistic=None, ExtendedStatistic="p50")
    errors(sandbox, 0, 1)
    sandbox.run_for(120)
    assert state(sandbox) == "ALARM"


@pytest.mark.parametrize(
    "settings",
    [
        {"DatapointsToAlarm": 2},
        {"Period": 90},
        {"Period": 3600 - 60, "EvaluationPeriods": 25},
        {"TreatMissingData": "zero"},
        {"Statistic": None},
        {"ExtendedStatistic": "p50"},
        {"MetricName": None},
        {"Threshold": None},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_bad_alarms_are_refused(sandbox: Sandbox, settings: Any) -> None:
    assert refused(put_alarm, sandbox, **settings) == "ValidationError"


def test_an_update_leaves_the_state_alone(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    set_state(sandbox, "errors", "ALARM")
    put_alarm(sandbox, Threshold=5, AlarmDescription="less nervous")
    (alarm,) = sandbox.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 5)


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(sandbox: Sandbox) -> None:
    put_alarm(sandbox, TreatMissingData="notBreaching")
    set_state(sandbox, "errors", "ALARM")
    assert state(sandbox) == "ALARM"
    sandbox.run_for(60)
    assert state(sandbox) == "OK"


def test_the_state_of_an_alarm_nobody_has_cannot_be_set(sandbox: Sandbox) -> None:
    assert refused(set_state, sandbox, "absent", "OK") == "ResourceNotFound"


def test_describing_leaves_out_names_nobody_has(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    answer = sandbox.client("cloudwatch").describe_alarms(AlarmNames=["errors", "absent"])
    assert [alarm["AlarmName"] for alarm in answer["MetricAlarms"]] == ["errors"]


def test_composite_alarms_are_described_only_if_asked_for(sandbox: Sandbox) -> None:
    put_composite(sandbox, "TRUE")
    client = sandbox.client("cloudwatch")
    assert client.describe_alarms(AlarmNames=["composite"])["CompositeAlarms"] == []
    answer = client.describe_alarms(AlarmNames=["composite"], AlarmTypes=["CompositeAlarm"])
    assert [alarm["StateValue"] for alarm in answer["CompositeAlarms"]] == ["ALARM"]


def test_at_most_100_names_can_be_described_and_50_come_at_once(sandbox: Sandbox) -> None:
    names = [f"alarm-{n:03}" for n in range(100)]
    for name in names:
        put_alarm(sandbox, name)
    client = sandbox.client("cloudwatch")
    assert refused(client.describe_alarms, AlarmNames=[*names, "more"]) == "ValidationError"
    assert len(client.describe_alarms(AlarmNames=names)["MetricAlarms"]) == 50
    pages = client.get_paginator("describe_alarms").paginate(AlarmNames=names)
    assert [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]] == names


def test_alarms_are_found_by_prefix_and_state(sandbox: Sandbox) -> None:
    for name in ("canary-a", "canary-b", "other"):
        put_alarm(sandbox, name)
    set_state(sandbox, "canary-b", "ALARM")
    answer = sandbox.client("cloudwatch").describe_alarms(
        AlarmNamePrefix="canary", StateValue="ALARM"
    )
    assert [alarm["AlarmName"] for alarm in answer["MetricAlarms"]] == ["canary-b"]


def test_one_unknown_name_and_nothing_is_deleted(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    client = sandbox.client("cloudwatch")
    assert refused(client.delete_alarms, AlarmNames=["errors", "absent"]) == "ResourceNotFound"
    assert state(sandbox) == "INSUFFICIENT_DATA"
    client.delete_alarms(AlarmNames=["errors"])
    assert client.describe_alarms()["MetricAlarms"] == []


def test_history_tells_each_change_newest_first(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    set_state(sandbox, "errors", "OK")
    set_state(sandbox, "errors", "ALARM")
    items = sandbox.client("cloudwatch").describe_alarm_history(AlarmName="errors")
    assert [item["HistorySummary"] for item in items["AlarmHistoryItems"]] == [
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
        'Alarm "errors" created',
    ]


def test_alarms_can_be_tagged(sandbox: Sandbox) -> None:
    put_alarm(sandbox, Tags=[{"Key": "team", "Value": "shop"}])
    client = sandbox.client("cloudwatch")
    arn = client.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "tier", "Value": "1"}])
    tags = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "shop", "tier": "1"}


@pytest.mark.proves("S40")
@pytest.mark.parametrize(
    ("rule", "fires"),
    [
        ("ALARM(a)", True),
        ("ALARM(b)", False),
        ("OK(b)", True),
        ("INSUFFICIENT_DATA('with (brackets)')", True),
        ('ALARM("a") AND NOT OK(b)', False),
        ("NOT ALARM(b) AND ALARM(a)", True),
        ("ALARM(b) AND ALARM(b) OR ALARM(a)", True),
        ("ALARM(b) AND (ALARM(b) OR ALARM(a))", False),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)", True),
        ("NOT (TRUE AND FALSE)", True),
        ("ALARM( a )\n OR\n FALSE", True),
    ],
)
def test_a_composite_follows_its_rule(sandbox: Sandbox, rule: str, fires: bool) -> None:
    for name, value in (("a", "ALARM"), ("b", "OK"), ("with (brackets)", None)):
        put_alarm(sandbox, name)
        if value:
            set_state(sandbox, name, value)
    put_composite(sandbox, rule)
    assert state(sandbox, "composite") == ("ALARM" if fires else "OK")


@pytest.mark.parametrize(
    "rule",
    ["", " TRUE", "ALARM(a", "ALARM()", "TRUE TRUE", "(TRUE", "AND TRUE", "NOT", "RED(a)", "a"],
)
def test_rules_that_cannot_be_read_are_refused(sandbox: Sandbox, rule: str) -> None:
    put_alarm(sandbox, "a")
    with pytest.raises((ClientError, ValueError), match=r"ValidationError|Invalid length"):
        put_composite(sandbox, rule or "\t")


def test_a_rule_names_only_alarms_that_exist(sandbox: Sandbox) -> None:
    assert refused(put_composite, sandbox, "ALARM(absent)") == "ValidationError"


def test_composites_follow_composites_at_once(sandbox: Sandbox) -> None:
    put_alarm(sandbox)
    put_composite(sandbox, "ALARM(errors)", "inner")
    put_composite(sandbox, "ALARM(inner)", "outer")
    errors(sandbox, 0, 1)
    sandbox.run_for(120)
    assert state(sandbox, "outer") == "ALARM"


@pytest.mark.proves("S40")
def test_an_alarm_tells_its_topic_in_the_words_of_aws(sandbox: Sandbox) -> None:
    topic = sandbox.client("sns").create_topic(Name="pager")["TopicArn"]
    put_alarm(sandbox, AlarmActions=[topic], AlarmDescription="too many")
    errors(sandbox, 0, 2)
    sandbox.run_for(120)
    (message,) = sandbox.inbox(topic)
    assert message.subject == 'ALARM: "errors" in US East (N. Virginia)'
    assert message.at == NINE + 120
    told = json.loads(message.body())
    assert (told["NewStateValue"], told["OldStateValue"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert told["NewStateReason"] == (
        "Threshold Crossed: 1 datapoint [2.0 (05/01/26 09:00:00)] was greater than the "
        "threshold (0.0)."
    )
    assert told["Trigger"]["Dimensions"] == [{"name": "FunctionName", "value": "checkout"}]
    assert told["StateChangeTime"] == "2026-01-05T09:02:00.000+0000"


def test_only_transitions_into_the_state_act_and_only_while_enabled(sandbox: Sandbox) -> None:
    topic = sandbox.client("sns").create_topic(Name="pager")["TopicArn"]
    put_alarm(sandbox, OKActions=[topic])
    set_state(sandbox, "errors", "ALARM")
    set_state(sandbox, "errors", "OK")
    set_state(sandbox, "errors", "OK")
    assert [str(message.subject)[:3] for message in sandbox.inbox(topic)] == ["OK:"]
    sandbox.client("cloudwatch").disable_alarm_actions(AlarmNames=["errors"])
    set_state(sandbox, "errors", "ALARM")
    set_state(sandbox, "errors", "OK")
    assert len(sandbox.inbox(topic)) == 1


def test_a_topic_that_is_gone_is_a_line_in_the_history(sandbox: Sandbox) -> None:
    put_alarm(sandbox, AlarmActions=["arn:aws:sns:us-east-1:123456789012:gone"])
    set_state(sandbox, "errors", "ALARM")
    items = sandbox.client("cloudwatch").describe_alarm_history(HistoryItemType="Action")
    (item,) = items["AlarmHistoryItems"]
    assert item["HistorySummary"].startswith("Failed to execute")


@pytest.mark.filterwarnings("ignore:.*SandboxNotImplemented")
def test_actions_that_would_not_happen_are_refused(sandbox: Sandbox) -> None:
    action = "arn:aws:automate:us-east-1:ec2:stop"
    assert refused(put_alarm, sandbox, AlarmActions=[action]) == "SandboxNotImplemented"
