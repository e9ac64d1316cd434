"""The account that services make up together: the one argument with which each is installed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.kernel.clock import Clock
from sandbox.kernel.faults import Faults
from sandbox.kernel.patches import Patches
from sandbox.kernel.signals import Signals

if TYPE_CHECKING:
    from sandbox.services.awslambda.permissions import Permissions
    from sandbox.services.awslambda.processes import Processes
    from sandbox.services.cloudformation.engine import Engine
    from sandbox.services.cloudwatch.service import CloudWatch
    from sandbox.services.endpoints import Endpoints
    from sandbox.services.eventbridge import EventBridge
    from sandbox.services.iam.gate import Gate
    from sandbox.services.sns.topics import Inboxes


@dataclass
class Account:
    """What services share, and what those that are there already offer to the others."""

    patches: Patches
    clock: Clock
    signals: Signals
    faults: Faults
    processes: Processes
    engine: Engine
    permissions: Permissions = field(init=False)
    iam: Gate = field(init=False)
    cloudwatch: CloudWatch = field(init=False)
    eventbridge: EventBridge = field(init=False)
    inboxes: Inboxes = field(init=False)
    endpoints: Endpoints = field(init=False)
