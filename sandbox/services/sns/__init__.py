"""SNS: messages checked as AWS checks them, delivered in virtual time, and readable afterwards."""

from sandbox.services.account import Account
from sandbox.services.sns import subscriptions, topics
from sandbox.services.sns.message import Attribute, Delivery, Message
from sandbox.services.sns.topics import Inboxes

__all__ = ["Attribute", "Delivery", "Inboxes", "Message", "install"]


def install(account: Account) -> None:
    """Deliver messages within the sandbox, and keep them to be read."""
    account.inboxes = Inboxes()
    topics.install(account.patches, account.clock, account.inboxes)
    subscriptions.install(account.patches)
