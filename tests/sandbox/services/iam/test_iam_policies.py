"""What policies say: patterns, conditions, and who wins where they disagree."""

import json
from typing import Any

import pytest

from sandbox.services.iam.conditions import met
from sandbox.services.iam.evaluate import Policy, Principal, decide
from sandbox.services.iam.patterns import arn_like, like
from sandbox.services.iam.requests import Request
from tests.sandbox import given

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:checkout"
ROLE = "arn:aws:iam::123456789012:role/mine"
GET = Request("lambda:GetAlias", FUNCTION)
ALLOW = {"Sid": "Get", "Effect": "Allow", "Action": "lambda:Get*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "*", "Resource": FUNCTION}
UNLIKE = {"Effect": "Allow", "NotAction": "lambda:Get*", "NotResource": f"{FUNCTION}*"}
THEIRS = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "lambda:GetAlias"}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True),
        (FUNCTION, True),
        (FUNCTION[:-1] + "?", True),
        (FUNCTION.upper(), False),
        (f"{FUNCTION}:*", False),
        ("arn:aws:lambda:*:*:function:check*", True),
        ("arn:aws:*:check*", False),
    ],
)
def test_arns_are_matched_part_by_part(pattern: str, fits: bool) -> None:
    assert arn_like(pattern, FUNCTION) is fits


def test_no_pattern_takes_long() -> None:
    assert not like("*a" * 200 + "b", "a" * 5_000)
    assert like("*a" * 200 + "*", "a" * 5_000)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True),
        ("a*", True),
        ("*b", True),
        ("a*b", True),
        ("a**b", True),
        ("a?ab", True),
        ("*a*a*a*b", True),
        ("*a*a*a*a*b", False),
        ("a*c*b", False),
        ("ab", False),
        ("aaab*b", False),
    ],
)
def test_wildcards_stand_for_any_text(pattern: str, fits: bool) -> None:
    assert like(pattern, "aaab") is fits


def test_a_wildcard_behind_a_name_reaches_its_aliases() -> None:
    assert arn_like(f"{FUNCTION[:-4]}*", f"{FUNCTION}:live")


@pytest.mark.proves("S53")
@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("StringEquals", "Shop", ("Shop",), True),
        ("StringEquals", ["Till", "Shop"], ("Shop",), True),
        ("StringEquals", "shop", ("Shop",), False),
        ("StringEquals", "Shop", None, False),
        ("StringEqualsIfExists", "Shop", None, True),
        ("StringEqualsIgnoreCase", "shop", ("Shop",), True),
        ("StringNotEquals", "Shop", ("Shop",), False),
        ("StringNotEquals", "Shop", None, True),
        ("StringLike", "Sh*", ("Shop",), True),
        ("StringNotLike", "Sh*", ("Till",), True),
        ("ArnLike", "arn:aws:lambda:*:*:function:*", (FUNCTION,), True),
        ("ArnNotEquals", FUNCTION, (FUNCTION,), False),
        ("Bool", True, ("true",), True),
        ("Bool", "false", ("true",), False),
        ("Null", "true", None, True),
        ("Null", "false", None, False),
        ("ForAnyValue:StringEquals", "a", ("a", "b"), True),
        ("ForAllValues:StringEquals", "a", ("a", "b"), False),
        ("ForAllValues:StringEquals", "a", None, True),
    ],
)
def test_conditions_hold_as_in_iam(
    operator: str, wanted: Any, given: tuple[str, ...] | None, holds: bool
) -> None:
    context = {} if given is None else {"cloudwatch:namespace": given}
    assert met({operator: {"cloudwatch:Namespace": wanted}}, context) is holds


@pytest.mark.proves("S53")
@pytest.mark.parametrize(
    ("condition", "unknown"),
    [
        ({"NumericLessThan": {"aws:SourceArn": "1"}}, "operator NumericLessThan"),
        ({"ForSome:StringEquals": {"aws:SourceArn": "1"}}, "operator ForSome:StringEquals"),
        ({"StringEquals": {"aws:PrincipalTag/team": "shop"}}, "key aws:PrincipalTag/team"),
        ({"StringLike": {"aws:SourceArn": "${aws:username}"}}, "policy variables"),
    ],
)
def test_what_the_sandbox_does_not_know_fails(condition: Any, unknown: str) -> None:
    with pytest.raises(NotImplementedError, match=unknown.replace("$", r"\$")):
        met(condition, {"aws:sourcearn": ("1",)})


@pytest.mark.proves("S50")
@pytest.mark.parametrize(
    ("own", "boundary", "theirs", "refusal"),
    [
        ([ALLOW], None, None, None),
        ([], None, None, "because no identity-based policy allows the lambda:GetAlias action"),
        (
            [UNLIKE],
            None,
            None,
            "because no identity-based policy allows the lambda:GetAlias action",
        ),
        ([ALLOW, DENY], None, None, "with an explicit deny in an identity-based policy"),
        ([ALLOW], [ALLOW], None, None),
        ([ALLOW], [], None, "because no permissions boundary allows the lambda:GetAlias action"),
        ([ALLOW], [ALLOW, DENY], None, "with an explicit deny in a permissions boundary"),
        ([], None, [THEIRS], None),
        (
            [ALLOW],
            None,
            [{**DENY, "Principal": "*"}],
            "with an explicit deny in a resource-based policy",
        ),
    ],
)
def test_denials_win_and_silence_is_a_denial(
    own: list[Any], boundary: list[Any] | None, theirs: list[Any] | None, refusal: str | None
) -> None:
    bound = None if boundary is None else Policy("bound", given.policy(*boundary))
    mine = Principal("mine", (ROLE,), None, (Policy("own", given.policy(*own)),), bound)
    on_resource = None if theirs is None else json.dumps({"Statement": theirs})
    assert decide(mine, GET, on_resource).refusal == refusal


def test_a_call_counts_for_the_grants_that_name_its_resource_best() -> None:
    named = {**ALLOW, "Sid": "Named", "Resource": [FUNCTION, "arn:aws:lambda:*:*:function:*"]}
    mine = Principal("mine", (ROLE,), None, (Policy("own", given.policy(ALLOW, named)),))
    [grant] = decide(mine, GET, None).grants
    assert (grant.sid, grant.action, grant.resource) == ("Named", "lambda:Get*", FUNCTION)
