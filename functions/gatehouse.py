"""What the gate's two functions share: the gatekeeper, and the way of its answers."""

import os
from collections.abc import Mapping
from typing import Any

import app
from domain.gate.answer import Answer, body
from domain.gate.event import Address, address_of
from gatekeeper import Gatekeeper
from repair import Repair
from runtime import logger
from undoing import Undoing


def gatekeeper() -> Gatekeeper:
    """Make the gatekeeper of this stack."""
    machine, waiter = os.environ["STATE_MACHINE_ARN"], os.environ["GATE_MACHINE_ARN"]
    executions, aliases = app.executions(), app.aliases()
    repair = Repair(machine, executions, aliases, app.notifiers())
    return Gatekeeper(
        machine,
        waiter,
        executions,
        aliases,
        app.versions(),
        app.stacks(),
        Undoing(machine, waiter, executions, aliases, repair),
        foreign=os.environ["ALLOW_OTHER_STACKS"] == "true",
    )


def hear(event: Mapping[str, Any]) -> Address:
    """Read who is to be answered, and name them in all lines of the log from now on."""
    address = address_of(event)
    logger.append_keys(stack=address.stack, resource=address.resource, request=address.request)
    return address


def reply(address: Address, answer: Answer) -> None:
    """Put the answer where CloudFormation looks for it. The log does not say where that is.

    Raises AwsUnavailable where it may be taken later.
    """
    taken = app.responses().put(address.url, body(address, answer))
    logger.info(
        "answered", extra={"status": answer.status, "reason": answer.reason, "taken": taken}
    )
