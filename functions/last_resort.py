"""Answers of last resort: what CloudFormation is told where nothing is tried again."""

from collections.abc import Mapping
from typing import Any

from domain.gate.answer import Answer, refused
from domain.gate.event import address_of, asked_of, kind_of
from gatekeeper import Gatekeeper
from runtime import logger
from undoing import patiently

_LOOKING = 120  # seconds, for which AWS may not answer


def last(event: Any, keeper: Gatekeeper) -> Answer:
    """Answer an event that the gate failed at: nothing new is begun, what is given back is."""
    address = address_of(event)
    try:
        answer = keeper.hear(event, last=True)
    except Exception as error:
        logger.exception("not heard")
        if kind_of(event) == "Delete":
            raise
        return refused(address, f"the gate could not run: {error}")
    return answer or refused(address, "the gate could not run")


def concluded(order: Mapping[str, Any], keeper: Gatekeeper) -> Answer:
    """Say how a rollout ended, where this is not tried again: FAILED, if that cannot be seen."""
    try:
        return patiently(lambda: keeper.conclude(order), _LOOKING)
    except Exception as error:
        logger.exception("not concluded")
        asked = asked_of(order["event"], keeper.home)
        unseen = f"nobody could see how the rollout has ended: {error}"
        return refused(asked.address, unseen, asked.physical)
