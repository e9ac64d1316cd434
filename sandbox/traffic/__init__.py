"""Synthetic functions and their traffic: what a rollout is tried on."""

from collections.abc import Callable
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.signals import Signals
from sandbox.services.awslambda import behave
from sandbox.services.cloudwatch import CloudWatch
from sandbox.services.observability import current_routing
from sandbox.traffic.description import Level, Outage, Synthetic, Version
from sandbox.traffic.functions import create_function, package
from sandbox.traffic.traffic import Traffic

__all__ = [
    "Level",
    "Outage",
    "Synthetic",
    "Traffic",
    "Version",
    "create_function",
    "package",
    "start",
]


def start(
    synthetic: Synthetic,
    *,
    client: Callable[[str], Any],
    clock: Clock,
    signals: Signals,
    cloudwatch: CloudWatch,
    seed: int = 1,
) -> Traffic:
    """Create the function as described, and let its callers come."""
    known = len(synthetic.versions)
    published = known if synthetic.published is None else synthetic.published
    create_function(
        client,
        synthetic.name,
        versions=published,
        alias=synthetic.alias,
        unpublished=published < known,
        timeout=synthetic.timeout_seconds,
        tags=synthetic.tags,
    )
    traffic = Traffic(synthetic, clock, cloudwatch, current_routing, seed)
    behave(synthetic.name, traffic)
    signals.alias_changing.append(traffic.alias_changing)
    return traffic
