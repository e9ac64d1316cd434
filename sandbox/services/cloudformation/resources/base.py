"""What a resource type is: its properties, and how it is made, changed and deleted."""

from __future__ import annotations

import hashlib
import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.order import PLAIN, Order
from sandbox.services.cloudformation.patience import Patience
from sandbox.services.cloudformation.responses import Responses
from sandbox.services.cloudformation.shapes import Record
from sandbox.services.cloudformation.stack import Resource, Stack

Properties = dict[str, Any]
_SUFFIX = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Made:
    """A resource that was made: its id, and what can be asked of it."""

    physical_id: str
    """What Ref answers."""
    attributes: dict[str, str] = field(default_factory=dict)
    """What Fn::GetAtt answers."""
    no_echo: bool = False
    """Whether nobody may read the attributes."""


class HalfMadeError(CloudFormationError):
    """It failed, and left something behind that is to be deleted, by this physical id."""

    def __init__(self, message: str, physical_id: str) -> None:
        super().__init__(message)
        self.physical_id = physical_id


@dataclass
class Context:
    """What a resource type may use while it works on one resource."""

    stack: Stack
    logical_id: str
    client: Callable[[str], Any]
    """A boto3 client by service name."""
    seed: int
    type_name: str = ""
    order: Order = PLAIN
    patience: Patience = field(default_factory=lambda: Patience(None))
    """Of whoever waits for this."""
    responses: Responses | None = None
    """Where what is not AWS's answers."""
    begun: str = ""
    """Set by `create` to the physical id once there is something to clean up if it fails."""

    def arn(self, service: str, resource: str) -> str:
        stack = self.stack
        return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags that CloudFormation itself puts on what it makes.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html
        """
        return {
            "aws:cloudformation:logical-id": self.logical_id,
            "aws:cloudformation:stack-id": self.stack.id,
            "aws:cloudformation:stack-name": self.stack.name,
        }

    def name(self, limit: int = 255, *, with_stack: bool = True) -> str:
        """Make a name as CloudFormation does, `stack-LogicalId-SUFFIX`, of at most `limit`.

        Another each time it is asked, so that a replacement can stand beside what it replaces;
        the same in every run with the same seed.
        """
        self.stack.names_made += 1
        key = f"{self.seed}/{self.stack.id}/{self.logical_id}/{self.stack.names_made}"
        suffix = _suffix(key, 12)
        if not with_stack:
            return f"{self.logical_id[: limit - 13]}-{suffix}"
        room = limit - len(suffix) - 2
        of_logical_id = self.logical_id[: max(room // 2, room - len(self.stack.name))]
        return f"{self.stack.name[: room - len(of_logical_id)]}-{of_logical_id}-{suffix}"


def _suffix(key: str, length: int) -> str:
    digest = hashlib.sha256(key.encode()).digest()
    return "".join(_SUFFIX[byte % len(_SUFFIX)] for byte in digest[:length])


class ResourceType(ABC):
    """One type of resource. It has no state: what it made, the stack keeps."""

    name: ClassVar[str]
    shape: ClassVar[Record]
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    """Properties that cannot change in place."""
    fixed: ClassVar[Mapping[str, str]] = {}
    """Properties that cannot change at all, with what is said to whoever tries."""
    attributes: ClassVar[frozenset[str]] = frozenset()
    """What Fn::GetAtt may ask for."""
    ref_is_arn: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    """Whether it is made, changed or deleted by somebody who may take long to answer."""

    def has_attribute(self, name: str) -> bool:
        """Tell whether Fn::GetAtt may ask for this."""
        return name in self.attributes

    @abstractmethod
    def create(self, context: Context, properties: Properties) -> Made: ...

    def update(self, context: Context, resource: Resource, properties: Properties) -> Made | None:
        """Change in place what `replaced_by` leaves open; what it is then, if that is new.

        With another physical id it was replaced after all.
        """
        raise NotImplementedError(f"{self.name} has nothing to change in place")

    @abstractmethod
    def delete(self, context: Context, resource: Resource) -> None: ...


def pick(properties: Properties, names: Iterable[str]) -> Properties:
    """Those of the named properties that were given."""
    return {name: properties[name] for name in names if name in properties}


def tag_map(properties: Properties) -> dict[str, str]:
    """Return tags by key."""
    return {tag["Key"]: tag.get("Value", "") for tag in properties.get("Tags", [])}


def tag_difference(before: Properties, now: Properties) -> tuple[list[str], dict[str, str]]:
    """Return the keys of the tags to take away, and the tags to put."""
    old, new = tag_map(before), tag_map(now)
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    return sorted(old.keys() - new.keys()), changed


def tag_list(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most services want them."""
    return [{key: name, value: text} for name, text in tags.items()]
