"""Lambda: moto's API and storage, with Lambda's rules, and a runtime in virtual time."""

from __future__ import annotations

from sandbox.services.account import Account
from sandbox.services.awslambda import (
    aliases,
    deletions,
    event_invoke_config,
    invoke,
    provisioned,
    versions,
)
from sandbox.services.awslambda.attempts import Attempts
from sandbox.services.awslambda.behaviour import Answer, Behaviour, behave, forget_behaviours
from sandbox.services.awslambda.destinations import Destinations
from sandbox.services.awslambda.event_queue import EventQueue
from sandbox.services.awslambda.names import routing
from sandbox.services.awslambda.permissions import Permissions
from sandbox.services.awslambda.processes import Processes
from sandbox.services.awslambda.runtime import Runtime
from sandbox.services.awslambda.worker import cheaper_botocore

__all__ = ["Answer", "Behaviour", "Processes", "behave", "forget_behaviours", "install", "routing"]


def install(account: Account) -> None:
    """Make moto's Lambda run functions, with versions, aliases and queued calls as AWS has them."""
    patches, clock, signals = account.patches, account.clock, account.signals
    for owner, attribute, value in cheaper_botocore():
        patches.replace(owner, attribute, value)
    aliases.install(patches, signals)
    versions.install(patches)
    deletions.install(patches)
    account.permissions = Permissions(patches)
    provisioned.install(patches)
    event_invoke_config.install(patches)
    runtime = Runtime(clock, signals, account.processes)
    attempts = Attempts(clock, signals, account.faults, runtime)
    queue = EventQueue(
        clock, signals, account.faults, attempts.attempt, Destinations(clock, signals)
    )
    invoke.install(patches, attempts, queue)
