"""CloudWatch's metrics and alarms, with the delay and the rules that users of the real one meet."""

from sandbox.services.account import Account
from sandbox.services.cloudwatch import api, emf
from sandbox.services.cloudwatch.service import CloudWatch
from sandbox.services.cloudwatch.store import MINUTE

__all__ = ["CloudWatch", "install"]


def install(account: Account) -> None:
    """In moto's place; its alarms are evaluated every minute."""
    cloudwatch = account.cloudwatch = CloudWatch(account.clock)
    api.install(account.patches, cloudwatch)
    account.signals.logged.append(lambda _function, line: emf.ingest(cloudwatch, line))
    account.clock.every(MINUTE, cloudwatch.evaluate_alarms, "alarms")
