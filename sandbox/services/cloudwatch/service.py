"""CloudWatch as a whole: its data, its alarms, its delay, and its bad days."""

from collections.abc import Callable

from sandbox.kernel.clock import Clock
from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.services.cloudwatch.alarm_book import AlarmBook
from sandbox.services.cloudwatch.partial_answers import PartialAnswer
from sandbox.services.cloudwatch.store import MINUTE, Metric, MetricStore
from sandbox.services.cloudwatch.summary import Summary


class CloudWatch:
    """`metric_delay` is how many seconds after the end of its minute a datum can be read.

    `sources` are called before anything is read, so that whoever makes data may make them late.
    """

    def __init__(self, clock: Clock, metric_delay: float = 60.0) -> None:
        self._clock = clock
        self.metric_delay = metric_delay
        self.store = MetricStore()
        self.alarms = AlarmBook(
            lambda: clock.now, self.store, f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
        )
        self.partial_answers: list[PartialAnswer] = []
        self.sources: list[Callable[[], None]] = []

    @property
    def now(self) -> float:
        return self._clock.now

    def record(
        self,
        metric: Metric,
        summary: Summary,
        *,
        started: float,
        ended: float,
        unit: str,
    ) -> None:
        """Add data of an AWS service, stamped with their beginning and known after their end."""
        minute_end = (int(ended) // MINUTE + 1) * MINUTE
        self.store.add(
            metric,
            summary,
            at=started,
            visible_at=minute_end + self.metric_delay,
            unit=unit,
        )

    def put(self, metric: Metric, unit: str, at: float, summary: Summary) -> None:
        """Add data that a user sent: visible `metric_delay` after they arrived."""
        self.store.add(
            metric, summary, at=at, visible_at=self._clock.now + self.metric_delay, unit=unit
        )

    def catch_up(self) -> None:
        for source in self.sources:
            source()

    def evaluate_alarms(self) -> None:
        self.catch_up()
        self.alarms.evaluate()
