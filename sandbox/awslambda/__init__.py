"""Lambda: moto's API and storage, with Lambda's rules, and a runtime in virtual time."""

from __future__ import annotations

from sandbox.awslambda import aliases, event_invoke_config, invoke, provisioned, versions
from sandbox.awslambda.attempts import Attempts
from sandbox.awslambda.behaviour import Answer, Behaviour, behave, forget_behaviours
from sandbox.awslambda.destinations import Destinations
from sandbox.awslambda.event_queue import EventQueue
from sandbox.awslambda.names import routing
from sandbox.awslambda.processes import Processes
from sandbox.awslambda.runtime import Runtime
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.patches import Patches
from sandbox.signals import Signals

__all__ = ["Answer", "Behaviour", "Processes", "behave", "forget_behaviours", "install", "routing"]


def install(
    patches: Patches,
    clock: Clock,
    signals: Signals,
    faults: Faults,
    processes: Processes,
) -> None:
    """Make moto's Lambda run functions, with versions, aliases and queued calls as AWS has them."""
    aliases.install(patches, signals)
    versions.install(patches)
    provisioned.install(patches)
    event_invoke_config.install(patches)
    runtime = Runtime(clock, signals, processes)
    attempts = Attempts(clock, signals, faults, runtime)
    queue = EventQueue(clock, signals, attempts.attempt, Destinations(clock, signals))
    invoke.install(patches, attempts, queue)
