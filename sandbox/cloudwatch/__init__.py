"""CloudWatch's metrics and alarms, with the delay and the rules that users of the real one meet."""

from sandbox.clock import Clock
from sandbox.cloudwatch import api, emf
from sandbox.cloudwatch.service import CloudWatch
from sandbox.cloudwatch.store import MINUTE
from sandbox.patches import Patches
from sandbox.signals import Signals

__all__ = ["CloudWatch", "install"]


def install(
    patches: Patches, clock: Clock, signals: Signals, metric_delay: float = 60.0
) -> CloudWatch:
    """CloudWatch for one sandbox: in moto's place, its alarms evaluated every minute."""
    cloudwatch = CloudWatch(clock, metric_delay)
    api.install(patches, cloudwatch)
    signals.logged.append(lambda _function, line: emf.ingest(cloudwatch, line))
    clock.every(MINUTE, cloudwatch.evaluate_alarms, "alarms")
    return cloudwatch
