"""An alarm's state from its recent data points, some of which are missing.

The rules, with the two tables the tests repeat, stand in AWS's "Configuring how CloudWatch alarms
treat missing data" and "Avoiding premature transitions to alarm state".
"""

from collections.abc import Sequence
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Treatment = Literal["missing", "ignore", "breaching", "notBreaching"]


def next_state(
    points: Sequence[bool | None],
    *,
    evaluated: int,
    to_alarm: int,
    treatment: Treatment,
    current: State,
) -> State:
    """Of `points` (oldest first; True is breaching, None missing), `to_alarm` of `evaluated`.

    There are more points than are evaluated: as long as enough of them are real, the latest real
    ones decide, however old, and the treatment of missing data does not matter.
    """
    real = [point for point in points if point is not None]
    if len(real) >= evaluated:
        return _alarm_if(sum(real[-evaluated:]) >= to_alarm)
    if treatment == "breaching":
        return _alarm_if(sum(real) + evaluated - len(real) >= to_alarm)
    if treatment == "notBreaching" or sum(real) >= to_alarm:
        return _alarm_if(sum(real) >= to_alarm)
    if not real:
        return "INSUFFICIENT_DATA" if treatment == "missing" else current
    if not all(real):
        return "OK"
    oldest = len(points) - points.index(True)  # 1 is the latest point
    return "ALARM" if oldest >= to_alarm and treatment == "missing" else current


def _alarm_if(breached: bool) -> State:
    return "ALARM" if breached else "OK"
