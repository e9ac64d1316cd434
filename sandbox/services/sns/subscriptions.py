"""Subscriptions that a person must confirm, which moto confirms by itself."""

from typing import Any

from moto.core.responses import ActionResult
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from sandbox.kernel.patches import Patches

#: Their owner is asked first. Queues, functions and phones of the account are not.
ASKED_FIRST = ("email", "email-json", "http", "https")


def install(patches: Patches) -> None:
    """Hold subscriptions until they are confirmed."""
    _subscribe_as_pending(patches)
    _list_pending(patches)


def is_confirmed(subscription: Any) -> bool:
    """Tell whether somebody has confirmed it."""
    return subscription.attributes["PendingConfirmation"] is not True


def _subscribe_as_pending(patches: Patches) -> None:
    """Let people confirm first; moto answers with an ARN and delivers at once."""

    def subscribe(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        known = backend._find_subscription(topic_arn, endpoint, protocol)
        subscription = known or original(backend, topic_arn, endpoint, protocol)
        if not known:
            pending = protocol in ASKED_FIRST
            subscription.attributes["PendingConfirmation"] = pending
            subscription.attributes["ConfirmationWasAuthenticated"] = not pending
        return subscription

    def respond(response: Any) -> Any:
        answer = original_response(response)
        arn = answer.result["SubscriptionArn"]
        confirmed = is_confirmed(response.backend.subscriptions[arn])
        if confirmed or response._get_param("ReturnSubscriptionArn"):
            return answer
        return ActionResult({"SubscriptionArn": "pending confirmation"})

    original = patches.replace(SNSBackend, "subscribe", subscribe)
    original_response = patches.replace(SNSResponse, "subscribe", respond)


def _list_pending(patches: Patches) -> None:
    """Show the word PendingConfirmation in lists where the ARN will be."""

    def listing(name: str) -> None:
        def respond(response: Any) -> Any:
            answer = original(response)
            listed = [_listed(subscription) for subscription in answer.result["Subscriptions"]]
            return ActionResult({**answer.result, "Subscriptions": listed})

        original = patches.replace(SNSResponse, name, respond)

    listing("list_subscriptions")
    listing("list_subscriptions_by_topic")


def _listed(subscription: Any) -> dict[str, str]:
    confirmed = is_confirmed(subscription)
    return {
        "SubscriptionArn": subscription.arn if confirmed else "PendingConfirmation",
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }
