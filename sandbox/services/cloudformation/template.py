"""Reads a template: YAML with CloudFormation's short forms (`!Ref`), or JSON, which is YAML."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.services.cloudformation.errors import TemplateError

Template = dict[str, Any]

# Levels of a document. Each takes one of these characters.
DEEPEST = 1_000
_NESTING = "[{-?:"

_WITHOUT_PREFIX = {"Ref", "Condition"}


# libyaml's is faster, where PyYAML brings it.
_Safe: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc, valid-type]  # a class that is chosen when this runs
    """YAML as CloudFormation reads it: short forms, no dates, no key twice in one mapping."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in _WITHOUT_PREFIX else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast(yaml.MappingNode, node), deep=True)
    return {name: value}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        line = node.start_mark.line + 1
        raise TemplateError([f"Template format error: line {line}: {twice} given twice"])
    return cast(dict[Hashable, Any], loader.construct_mapping(node, deep=True))


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> str:
    # An unquoted `Version: 2012-10-17` is text to CloudFormation, not a date.
    return str(loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _short_form)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)


def parse(text: str) -> Template:
    """Parse a template. Raises TemplateError."""
    try:
        _refuse_bombs(text)
        template = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise TemplateError([f"Template format error: {error}"]) from error
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise TemplateError(["Template format error: at least one resource must be defined"])
    return template


def _refuse_bombs(text: str) -> None:
    """Refuse what a few lines can make a document of a billion of, or one that is too deep to read.

    CloudFormation allows no aliases either. libyaml goes as deep as it is led, until the process
    dies.
    """
    if "&" not in text and sum(map(text.count, _NESTING)) <= DEEPEST:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("YAML aliases are not allowed in CloudFormation templates")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.YAMLError(f"the document is nested more than {DEEPEST:,} levels deep")


def load(path: Path) -> Template:
    """Parse the template in a file."""
    return parse(path.read_text(encoding="utf-8"))


def parse_document(text: str) -> Any:
    """Parse JSON or YAML other than a template, such as a state machine's definition."""
    _refuse_bombs(text)
    return yaml.load(text, Loader=_Loader)
