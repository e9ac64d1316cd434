"""SNS: messages checked as AWS checks them, delivered in virtual time, and readable afterwards."""

from sandbox.clock import Clock
from sandbox.patches import Patches
from sandbox.sns import subscriptions, topics
from sandbox.sns.message import Attribute, Delivery, Message
from sandbox.sns.topics import Inboxes

__all__ = ["Attribute", "Delivery", "Inboxes", "Message", "install"]


def install(patches: Patches, clock: Clock) -> Inboxes:
    """Deliver messages within the sandbox, and keep them to be read."""
    inboxes = Inboxes()
    topics.install(patches, clock, inboxes)
    subscriptions.install(patches)
    return inboxes
