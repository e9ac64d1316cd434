"""What a topic does with a message, in place of moto's."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend, Topic
from moto.sqs.exceptions import SQSException
from moto.sqs.models import sqs_backends

from sandbox.kernel.clients import client
from sandbox.kernel.clock import Clock
from sandbox.kernel.gateway import calling_as
from sandbox.kernel.patches import Patches
from sandbox.services.sns.message import (
    Attribute,
    Delivery,
    InvalidMessageError,
    Message,
    check_attributes,
    check_size,
    check_subject,
    checked_bodies,
)
from sandbox.services.sns.subscriptions import is_confirmed

CALLER = "sns.amazonaws.com"


class Inboxes:
    """Every message that was published, by topic, oldest first."""

    def __init__(self) -> None:
        self._messages: dict[str, list[Message]] = {}

    def __getitem__(self, topic_arn: str) -> list[Message]:
        return self._messages.get(topic_arn, [])

    def all(self) -> list[Message]:
        """Those of every topic."""
        everything = [message for inbox in self._messages.values() for message in inbox]
        return sorted(everything, key=lambda message: message.at)

    def add(self, message: Message) -> None:
        self._messages.setdefault(message.topic_arn, []).append(message)


def install(patches: Patches, clock: Clock, inboxes: Inboxes) -> None:
    """Check and deliver what is published."""
    _check_before_publishing(patches)
    _deliver(patches, clock, inboxes)


def _check_before_publishing(patches: Patches) -> None:
    """Check sizes in bytes, subjects and JSON, as moto does not."""

    def publish(backend: Any, message: str, arn: str | None, *args: Any, **kwargs: Any) -> Any:
        try:
            check_subject(kwargs.get("subject"))
            checked_bodies(message, kwargs.get("message_structure"))
            attributes = _attributes(kwargs.get("message_attributes"))
            check_attributes(attributes)
            check_size(message, attributes)
        except InvalidMessageError as invalid:
            raise SNSInvalidParameter(str(invalid)) from invalid
        return original(backend, message, arn, *args, **kwargs)

    original = patches.replace(SNSBackend, "publish", publish)


def _deliver(patches: Patches, clock: Clock, inboxes: Inboxes) -> None:
    """Deliver within the sandbox; moto posts to the real network, and signs slowly.

    It also calls Lambda at once with a made-up event, and delivers to subscriptions that nobody has
    confirmed.
    """

    def publish(
        topic: Any,
        message: str,
        subject: str | None = None,
        message_attributes: Mapping[str, Any] | None = None,
        message_structure: str | None = None,
        **_fifo: Any,
    ) -> str:
        bodies = checked_bodies(message, message_structure)
        default = bodies["default"]
        deliveries = tuple(
            Delivery(
                protocol=subscription.protocol,
                endpoint=subscription.endpoint,
                body=bodies.get(subscription.protocol, default),
                confirmed=is_confirmed(subscription),
            )
            for subscription in _matching(topic, message_attributes, default)
        )
        published = Message(
            id=str(mock_random.uuid4()),
            topic_arn=topic.arn,
            at=clock.now,
            subject=subject,
            bodies=bodies,
            attributes=_attributes(message_attributes),
            deliveries=deliveries,
        )
        inboxes.add(published)
        for subscription in _matching(topic, message_attributes, default):
            if is_confirmed(subscription):
                _hand_over(clock, subscription, published)
        return published.id

    patches.replace(Topic, "publish", publish)


def _matching(topic: Any, attributes: Mapping[str, Any] | None, body: str) -> list[Any]:
    return [
        subscription
        for subscription in topic.sns_backend._get_topic_subscriptions(topic)
        if subscription._filter_policy_matcher is None
        or subscription._filter_policy_matcher.matches(attributes, body)
    ]


def _hand_over(clock: Clock, subscription: Any, message: Message) -> None:
    """Mail, text messages and HTTP end in the inbox: there is nobody outside the sandbox."""
    if subscription.protocol == "sqs":
        _, _, _, region, account, queue = subscription.endpoint.split(":", 5)
        raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
        body = message.body("sqs") if raw else json.dumps(_notification(message, "sqs"))
        # What the queue's key does not let SNS send is lost: no subscription here has a dead-letter
        # queue.
        with (
            calling_as(CALLER, service=CALLER, source=message.topic_arn),
            suppress(SQSException),
        ):
            sqs_backends[account][region].send_message(queue, body, validate_group_id=False)
    elif subscription.protocol == "lambda":
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "EventSource": "aws:sns",
            "Sns": _notification(message, "lambda"),
        }
        payload = json.dumps({"Records": [record]})

        def invoke() -> None:
            with calling_as(CALLER, service=CALLER, source=message.topic_arn):
                client("lambda").invoke(
                    FunctionName=subscription.endpoint, InvocationType="Event", Payload=payload
                )

        clock.spawn(invoke, "sns-to-lambda")


def _notification(message: Message, protocol: str) -> dict[str, Any]:
    """Write the envelope in which SNS sends a message."""
    moment = datetime.fromtimestamp(message.at, UTC).isoformat(timespec="milliseconds")
    return {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": message.topic_arn,
        "Subject": message.subject,
        "Message": message.body(protocol),
        "Timestamp": moment.replace("+00:00", "Z"),
        "SignatureVersion": "1",
        "Signature": "unsigned",
        "MessageAttributes": {
            name: {"Type": attribute.type, "Value": attribute.value}
            for name, attribute in message.attributes.items()
        },
    }


def _attributes(attributes: Mapping[str, Any] | None) -> dict[str, Attribute]:
    """From moto's form, which has been through its own checks."""
    return {
        name: Attribute(item["Type"], str(item["Value"]))
        for name, item in (attributes or {}).items()
    }
