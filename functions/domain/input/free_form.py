"""Which options of a check may be any JSON, so that no type tells a number from its text."""

from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from domain.checks.registry import CHECKS
from domain.input.model import kebab


@cache
def free_form(kind: str) -> frozenset[str]:
    """Name the options of this kind of check that are free-form, such as `payload` of `invoke`."""
    declared: Any = CHECKS[kind].options if kind in CHECKS else None
    if declared is None:
        return frozenset()
    types = get_type_hints(declared)
    return frozenset(kebab(field.name) for field in fields(declared) if types[field.name] is Any)
