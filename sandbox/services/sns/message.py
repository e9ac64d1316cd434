"""What is published to a topic: checked as SNS checks it, and kept so that one can read it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_SUBJECT = 100
MAX_BYTES = 262_144

_SUBJECT = re.compile(r"[!-~][ -~]*")
_ATTRIBUTE_NAME = re.compile(r"(?!aws\.|amazon\.)(?!\.)[A-Za-z0-9_.-]{1,256}(?<!\.)", re.IGNORECASE)
_ATTRIBUTE_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")


class InvalidMessageError(ValueError):
    """SNS answers InvalidParameter with this text."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """`value` is text: of a String.Array its JSON, of a Binary its base64."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message at one subscription whose filter let it pass.

    SNS holds it back, as long as a person has not confirmed the subscription.
    """

    protocol: str
    endpoint: str
    body: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a topic took, at `at` (epoch seconds)."""

    id: str
    topic_arn: str
    at: float
    subject: str | None
    bodies: Mapping[str, str]
    attributes: Mapping[str, Attribute]
    deliveries: tuple[Delivery, ...]

    def body(self, protocol: str = "default") -> str:
        """Return what subscribers of this protocol get: their own text if there is one."""
        return self.bodies.get(protocol, self.bodies["default"])


def checked_bodies(message: str, structure: str | None) -> dict[str, str]:
    """Return the texts by protocol; without a structure all protocols get the same one."""
    if not message:
        raise InvalidMessageError("Invalid parameter: Empty message")
    if structure is None:
        return {"default": message}
    if structure != "json":
        raise InvalidMessageError("Invalid parameter: MessageStructure")
    try:
        bodies = json.loads(message)
    except ValueError:
        bodies = None
    if not isinstance(bodies, dict):
        raise InvalidMessageError(
            "Invalid parameter: Message Structure - JSON message body failed to parse"
        )
    texts = {protocol: body for protocol, body in bodies.items() if isinstance(body, str)}
    if "default" not in texts:
        raise InvalidMessageError(
            "Invalid parameter: Message Structure - No default entry in JSON message body"
        )
    return texts


def check_subject(subject: str | None) -> None:
    """ASCII without control characters, at most 100 of them, the first no space."""
    if subject is None:
        return
    if len(subject) > MAX_SUBJECT or not _SUBJECT.fullmatch(subject):
        raise InvalidMessageError("Invalid parameter: Subject")


def check_size(message: str, attributes: Mapping[str, Attribute]) -> None:
    """Text and attributes together, in bytes of UTF-8."""
    texts = [message, *attributes]
    texts += [part for item in attributes.values() for part in (item.type, item.value)]
    if sum(len(text.encode()) for text in texts) > MAX_BYTES:
        raise InvalidMessageError("Invalid parameter: Message too long")


def check_attributes(attributes: Mapping[str, Attribute]) -> None:
    """Refuse attributes that SNS refuses."""
    for name, attribute in attributes.items():
        if not _ATTRIBUTE_NAME.fullmatch(name) or ".." in name:
            raise InvalidMessageError(f"Invalid parameter: MessageAttributes: name '{name}'")
        if not _ATTRIBUTE_TYPE.fullmatch(attribute.type):
            raise InvalidMessageError(
                f"The message attribute '{name}' has an invalid message attribute type, the set of "
                "supported type prefixes is Binary, Number, and String."
            )
        if attribute.type == "String.Array" and not _is_array(attribute.value):
            raise InvalidMessageError(
                f"The message attribute '{name}' of type String.Array must be a JSON array of "
                "strings, numbers, booleans and nulls."
            )


def _is_array(text: str) -> bool:
    try:
        items = json.loads(text)
    except ValueError:
        return False
    return isinstance(items, list) and not any(isinstance(item, list | dict) for item in items)
