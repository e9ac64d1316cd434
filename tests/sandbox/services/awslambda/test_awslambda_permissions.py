"""What is allowed on an alias, and what of the alias changes by that."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from tests.sandbox import given

STATEMENT = {
    "StatementId": "trigger",
    "Action": "lambda:InvokeFunction",
    "Principal": "events.amazonaws.com",
}
LIVE = {"FunctionName": "shop", "Qualifier": "live"}


@pytest.fixture
def functions(sandbox: Sandbox) -> Iterator[Any]:
    """Provide Lambda with a function `shop`, whose alias `live` routes to its version 1."""
    given.versions(sandbox, "shop", 2)
    client = sandbox.client("lambda")
    client.create_alias(FunctionName="shop", Name="live", FunctionVersion="1", Description="mine")
    yield client
    sandbox.permissions.move_revisions = True


def alias(functions: Any) -> dict[str, Any]:
    found: dict[str, Any] = functions.get_alias(FunctionName="shop", Name="live")
    return {key: found[key] for key in ("FunctionVersion", "Description", "RevisionId")}


@pytest.mark.proves("S17")
def test_a_permission_on_an_alias_changes_the_aliass_revision_alone(functions: Any) -> None:
    before = alias(functions)
    functions.add_permission(**LIVE, **STATEMENT)
    added = alias(functions)
    functions.remove_permission(**LIVE, StatementId="trigger")
    removed = alias(functions)
    assert len({one["RevisionId"] for one in (before, added, removed)}) == 3
    assert before | {"RevisionId": ""} == added | {"RevisionId": ""} == removed | {"RevisionId": ""}


def test_a_permission_on_the_function_leaves_its_aliases_alone(functions: Any) -> None:
    before = alias(functions)
    functions.add_permission(FunctionName="shop", **STATEMENT)
    assert alias(functions) == before


def test_the_revision_may_also_stay_as_nobody_knows_what_aws_does(
    sandbox: Sandbox, functions: Any
) -> None:
    sandbox.permissions.move_revisions = False
    before = alias(functions)
    functions.add_permission(**LIVE, **STATEMENT)
    assert alias(functions) == before


def test_an_aliass_permissions_stay_when_it_moves_to_another_version(functions: Any) -> None:
    functions.add_permission(**LIVE, **STATEMENT)
    functions.update_alias(FunctionName="shop", Name="live", FunctionVersion="2")
    policy = json.loads(functions.get_policy(**LIVE)["Policy"])
    [statement] = policy["Statement"]
    assert statement["Resource"].endswith(":function:shop:live")
    functions.remove_permission(**LIVE, StatementId="trigger")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        functions.get_policy(**LIVE)


@pytest.mark.proves("S17")
def test_a_version_that_an_alias_routes_to_cannot_be_deleted(functions: Any) -> None:
    weights = {"AdditionalVersionWeights": {"2": 0.1}}
    functions.update_alias(FunctionName="shop", Name="live", RoutingConfig=weights)
    for version in ("1", "2"):
        with pytest.raises(ClientError, match=r"ResourceConflictException.*aliases: .live."):
            functions.delete_function(FunctionName="shop", Qualifier=version)
    functions.update_alias(FunctionName="shop", Name="live", RoutingConfig={})
    functions.delete_function(FunctionName="shop", Qualifier="2")
