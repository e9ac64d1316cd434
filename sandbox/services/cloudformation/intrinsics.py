"""Intrinsic functions: what a template's expressions are worth once parameters are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.services.cloudformation import exports
from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.stack import Resource, Stack, domain_of
from sandbox.services.cloudformation.template import Template

PSEUDO_PARAMETERS = {
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
}
FUNCTIONS = {
    "Condition",
    "Fn::And",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Ref",
}
_PLACEHOLDER = re.compile(r"\$\{\s*(!?)([^}]*?)\s*\}")
_DYNAMIC = "{{resolve:"


class _NoValue:
    """What AWS::NoValue is worth: whatever holds it is left out."""


NO_VALUE = _NoValue()


class UnresolvableError(CloudFormationError):
    """An expression has no value: a missing resource, map entry, condition or index."""


def intrinsic(value: object) -> tuple[str, Any] | None:
    """Return the function's name and argument, or None if `value` is plain data."""
    if isinstance(value, dict) and len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Ref" or str(name).startswith("Fn::"):
            return name, argument
        if name == "Condition" and isinstance(argument, str):  # an IAM condition is an object
            return name, argument
    return None


class Resolver:
    """Resolves against a stack, whose resources may still be in the making."""

    def __init__(self, template: Template, stack: Stack, resources: Mapping[str, Resource]) -> None:
        self._template = template
        self._resources = resources
        self._stack = stack
        self._conditions: dict[str, bool | None] = {}
        self._references: dict[str, object] = {
            **stack.parameters,
            "AWS::AccountId": stack.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": stack.partition,
            "AWS::Region": stack.region,
            "AWS::StackId": stack.id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": domain_of(stack.region),
        }
        self._functions: dict[str, Callable[[Any], object]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::Not": lambda arguments: not self._truth(arguments[0]),
            "Fn::And": lambda arguments: all(self._truth(item) for item in arguments),
            "Fn::Or": lambda arguments: any(self._truth(item) for item in arguments),
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import_value,
        }

    def resolve(self, value: object) -> Any:
        """`value` with every function worked out, at any depth."""
        if isinstance(value, str) and _DYNAMIC in value:
            raise UnresolvableError(f"dynamic references are not supported: {value}")
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        function = intrinsic(value)
        if function is None:
            resolved = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not NO_VALUE}
        name, argument = function
        return self._functions[name](argument)

    def condition(self, name: str) -> bool:
        """Return what the template's condition of that name is worth."""
        if name not in self._conditions:
            declared = self._template.get("Conditions") or {}
            if name not in declared:
                raise UnresolvableError(f"the condition {name} is not defined")
            self._conditions[name] = None  # under way: asking again means it asks for itself
            self._conditions[name] = self._truth(declared[name])
        worth = self._conditions[name]
        if worth is None:
            raise UnresolvableError(f"the condition {name} depends on itself")
        return worth

    def _truth(self, value: object) -> bool:
        worth = self.resolve(value)
        if not isinstance(worth, bool):
            raise UnresolvableError(f"expected a condition, found {value!r}")
        return worth

    def _text(self, value: object, inside: str) -> str:
        worth = self.resolve(value)
        if isinstance(worth, bool):
            return str(worth).lower()
        if not isinstance(worth, str | int | float):
            raise UnresolvableError(f"{inside} needs text, found {worth!r}")
        return str(worth)

    def _ref(self, name: str) -> object:
        if name in self._references:
            return self._references[name]
        if name in self._resources:
            return self._resources[name].physical_id
        raise UnresolvableError(f"unresolved resource dependency: {name}")

    def _get_att(self, argument: str | list[str]) -> str:
        logical_id, attribute = split_get_att(argument)
        if logical_id not in self._resources:
            raise UnresolvableError(f"unresolved resource dependency: {logical_id}")
        attributes = self._resources[logical_id].attributes
        if attribute not in attributes:
            raise UnresolvableError(f"{logical_id} has no attribute {attribute}")
        return attributes[attribute]

    def _sub(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            literal, name = match[1], match[2]
            if literal:
                return f"${{{name}}}"
            if name in own:
                return self._text(own[name], "Fn::Sub")
            source = {"Fn::GetAtt": name} if "." in name else {"Ref": name}
            return self._text(source, "Fn::Sub")

        return _PLACEHOLDER.sub(value, text)

    def _join(self, argument: list[Any]) -> str:
        delimiter, items = argument
        return str(delimiter).join(self._text(item, "Fn::Join") for item in self.resolve(items))

    def _if(self, argument: list[Any]) -> object:
        name, then, otherwise = argument
        return self.resolve(then if self.condition(name) else otherwise)

    def _equals(self, argument: list[Any]) -> bool:
        left, right = (self._comparable(side) for side in argument)
        return left == right

    def _comparable(self, side: object) -> object:
        # Parameters are text: "10" from one of them equals the template's number 10.
        worth = self.resolve(side)
        return worth if isinstance(worth, dict | list) else self._text(side, "Fn::Equals")

    def _select(self, argument: list[Any]) -> object:
        index, items = self.resolve(argument[0]), self.resolve(argument[1])
        if not 0 <= int(index) < len(items):
            raise UnresolvableError(f"Fn::Select cannot select {index} of {len(items)} items")
        return items[int(index)]

    def _split(self, argument: list[Any]) -> list[str]:
        delimiter, text = argument
        return self._text(text, "Fn::Split").split(delimiter)

    def _find_in_map(self, argument: list[Any]) -> object:
        keys = [self._text(key, "Fn::FindInMap") for key in argument]
        found: Any = self._template.get("Mappings") or {}
        for key in keys:
            if key not in found:
                raise UnresolvableError(f"unable to get mapping for {'::'.join(keys)}")
            found = found[key]
        return found

    def _import_value(self, argument: Any) -> str:
        return exports.value(self._stack, self._text(argument, "Fn::ImportValue"))


def placeholders(text: str) -> list[str]:
    """List the names that an Fn::Sub text asks for; `${!Name}` is a literal."""
    return [name for literal, name in _PLACEHOLDER.findall(text) if not literal]


def split_get_att(argument: str | list[str]) -> tuple[str, str]:
    """Take a Fn::GetAtt's argument apart, in either form."""
    logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return logical_id, attribute
