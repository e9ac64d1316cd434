"""Condition blocks of policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

What the sandbox does not know, an operator or a key, is no condition that is not met: it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.services.iam.patterns import arn_like, like

Context = Mapping[str, tuple[str, ...]]

# In lower case, as IAM compares them. A request need not have each.
KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalservicename",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "cloudwatch:namespace",
        "events:detail-type",
        "events:source",
        "kms:encryptioncontext:aws:logs:arn",
        "kms:viaservice",
        "lambda:functionurlauthtype",
        "lambda:invokedviafunctionurl",
        "ssm:overwrite",
    }
)


def _equals(wanted: str, given: str) -> bool:
    return wanted == given


def _equals_ignoring_case(wanted: str, given: str) -> bool:
    return wanted.lower() == given.lower()


_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": _equals_ignoring_case,
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": like,
}
_NEGATIVE = {
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
}


def met(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Tell whether all keys of all operators are as the condition wants them."""
    return all(
        _met(operator, key, tuple(map(_text, listed(wanted))), context)
        for operator, block in condition.items()
        for key, wanted in block.items()
    )


def listed(value: Any) -> list[Any]:
    """IAM leaves the brackets around one value to the writer."""
    return value if isinstance(value, list) else [value]


def _met(operator: str, key: str, wanted: tuple[str, ...], context: Context) -> bool:
    if key.lower() not in KEYS:
        raise NotImplementedError(f"the condition key {key}: add it to {__name__} and to requests")
    given = context.get(key.lower())
    quantifier, _, name = operator.rpartition(":")
    if quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise NotImplementedError(f"the condition operator {operator}")
    if name == "Null":
        return (given is None) == (wanted[0].lower() == "true")
    optional, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    negative = name in _NEGATIVE
    fits = _POSITIVE.get(_NEGATIVE.get(name, name))
    if fits is None:
        raise NotImplementedError(f"the condition operator {operator}")
    if given is None:
        return optional or negative or quantifier == "ForAllValues"
    each = [any(fits(one, value) for one in wanted) != negative for value in given]
    return all(each) if quantifier == "ForAllValues" or negative else any(each)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
