"""DescribeAlarms and DescribeAlarmHistory."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.services.cloudwatch.alarm import Alarm
from sandbox.services.cloudwatch.alarm_book import AlarmBook
from sandbox.services.cloudwatch.errors import RefusedError, UnsupportedError, validation_error
from sandbox.services.cloudwatch.paging import page

MAX_NAMES = 100


def describe_alarms(book: AlarmBook, request: Mapping[str, Any]) -> dict[str, Any]:
    """Metric alarms, unless AlarmTypes asks for others too; names nobody has are simply absent."""
    for name in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
        if request.get(name):
            raise UnsupportedError(f"DescribeAlarms with {name}")
    names, prefix = request.get("AlarmNames") or [], request.get("AlarmNamePrefix")
    if len(names) > MAX_NAMES:
        raise _too_long("alarmNames", f"[{', '.join(names)}]")
    if names and prefix:
        raise validation_error("AlarmNames and AlarmNamePrefix cannot be specified together")
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    state, actions = request.get("StateValue"), request.get("ActionPrefix")

    def matches(alarm: Alarm) -> bool:
        return (
            alarm.kind in types
            and (not names or alarm.name in names)
            and alarm.name.startswith(prefix or "")
            and state in (None, alarm.state)
            and (actions is None or any(arn.startswith(actions) for arn in alarm.all_actions()))
        )

    found = sorted(filter(matches, book.alarms.values()), key=lambda alarm: alarm.name)
    alarms, token = page(found, request.get("NextToken"), _max_records(request, default=50))
    described: dict[str, Any] = {
        f"{kind}s": [alarm.described() for alarm in alarms if alarm.kind == kind]
        for kind in ("MetricAlarm", "CompositeAlarm")
    }
    return described | ({"NextToken": token} if token else {})


def describe_alarm_history(book: AlarmBook, request: Mapping[str, Any]) -> dict[str, Any]:
    """Newest first, unless ScanBy says otherwise. Deleted alarms have no history."""
    types = request.get("AlarmTypes") or ["MetricAlarm"]
    name, kind = request.get("AlarmName"), request.get("HistoryItemType")
    start, end = request.get("StartDate"), request.get("EndDate")
    items: list[dict[str, Any]] = [
        {
            "AlarmName": alarm.name,
            "AlarmType": alarm.kind,
            "Timestamp": datetime.fromtimestamp(item.at, UTC),
            "HistoryItemType": item.kind,
            "HistorySummary": item.summary,
            "HistoryData": item.data,
        }
        for alarm in book.alarms.values()
        for item in alarm.history
        if name in (None, alarm.name)
        and (name or alarm.kind in types)
        and kind in (None, item.kind)
        and (start is None or start.timestamp() <= item.at)
        and (end is None or item.at <= end.timestamp())
    ]
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    items.sort(key=lambda item: item["Timestamp"], reverse=newest_first)
    shown, token = page(items, request.get("NextToken"), _max_records(request, default=100))
    answer: dict[str, Any] = {"AlarmHistoryItems": list(shown)}
    return answer | ({"NextToken": token} if token else {})


def _max_records(request: Mapping[str, Any], default: int) -> int:
    records: int = request.get("MaxRecords", default)
    if not 1 <= records <= 100:
        raise validation_error(
            f"1 validation error detected: Value '{records}' at 'maxRecords' failed to satisfy "
            "constraint: Member must have value from 1 to 100"
        )
    return records


def _too_long(where: str, value: str) -> RefusedError:
    return validation_error(
        f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {MAX_NAMES}"
    )
