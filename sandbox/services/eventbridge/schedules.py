"""When EventBridge's schedules are due, to the minute.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_PART = re.compile(r"(?:\*|(?P<first>\d+)(?:-(?P<last>\d+))?)(?:/(?P<step>\d+))?")
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


class Schedule(Protocol):
    """When a rule is due."""

    def is_due(self, now: float) -> bool:
        """Asked once a minute, on the minute."""


def schedule(expression: str, created: float) -> Schedule:
    """Of a rule with this expression that exists since `created`."""
    if match := _RATE.fullmatch(expression):
        period = int(match[1]) * _SECONDS[match[2]]
        return _Rate(period, created + period)
    if match := _CRON.fullmatch(expression):
        minutes, hours, days, months, weekdays, years = match.groups()
        return _Cron(
            (
                _values(minutes, 0, 59),
                _values(hours, 0, 23),
                _values(days, 1, 31),
                _values(_numbered(months, _MONTHS), 1, 12),
                _values(_numbered(weekdays, _DAYS), 1, 7),
                _values(years, 1970, 2199),
            )
        )
    raise NotImplementedError(f"the schedule {expression}")


@dataclass(slots=True)
class _Rate:
    """Counts from the rule's creation."""

    period: int
    next: float

    def is_due(self, now: float) -> bool:
        if now < self.next:
            return False
        self.next += self.period
        return True


@dataclass(frozen=True, slots=True)
class _Cron:
    """The minutes, hours, days, months, weekdays (1 is Sunday) and years that it names, in UTC."""

    fields: tuple[frozenset[int], ...]

    def is_due(self, now: float) -> bool:
        at = datetime.fromtimestamp(now, UTC)
        weekday = at.isoweekday() % 7 + 1
        parts = (at.minute, at.hour, at.day, at.month, weekday, at.year)
        return all(part in values for part, values in zip(parts, self.fields, strict=True))


def _numbered(field: str, names: list[str]) -> str:
    for number, name in enumerate(names, start=1):
        field = field.replace(name, str(number))
    return field


def _values(field: str, lowest: int, highest: int) -> frozenset[int]:
    if field == "?":
        field = "*"
    values: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:  # the wildcards L, W and #
            raise NotImplementedError(f"{part} in a cron expression")
        first = int(match["first"] or lowest)
        alone = match["first"] and not match["last"] and not match["step"]
        last = first if alone else int(match["last"] or highest)
        values.update(range(first, last + 1, int(match["step"] or 1)))
    return frozenset(values)
