from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import routing
from tests.sandbox import given


@pytest.fixture
def update(sandbox: Sandbox) -> Callable[..., Any]:
    """Provide what updates `live` of a function with three versions, which routes to 1."""
    given.versions(sandbox, "shop", 3)
    sandbox.client("lambda").create_alias(
        FunctionName="shop", Name="live", FunctionVersion="1", Description="production"
    )
    return lambda **to: sandbox.client("lambda").update_alias(
        FunctionName="shop", Name="live", **to
    )


def weights(**by_version: float) -> dict[str, Any]:
    return {"AdditionalVersionWeights": {key[1:]: value for key, value in by_version.items()}}


def test_an_update_leaves_alone_what_it_does_not_name(update: Callable[..., Any]) -> None:
    update(RoutingConfig=weights(v2=0.1))
    alias = update(Description="canary")
    assert alias["FunctionVersion"] == "1"
    assert alias["RoutingConfig"] == weights(v2=0.1)
    assert update(RoutingConfig=weights(v2=0.2))["Description"] == "canary"


@pytest.mark.proves("S17")
def test_a_name_that_could_be_a_version_is_refused(sandbox: Sandbox) -> None:
    given.versions(sandbox, "shop", 1)
    with pytest.raises(ClientError, match="ValidationException"):
        sandbox.client("lambda").create_alias(FunctionName="shop", Name="12", FunctionVersion="1")


@pytest.mark.proves("S17")
def test_a_description_has_up_to_256_characters(update: Callable[..., Any]) -> None:
    assert len(update(Description="x" * 256)["Description"]) == 256
    with pytest.raises(ClientError, match="less than or equal to 256"):
        update(Description="x" * 257)


def test_one_update_promotes(update: Callable[..., Any]) -> None:
    update(RoutingConfig=weights(v2=0.9))
    alias = update(FunctionVersion="2", RoutingConfig=weights())
    assert alias["FunctionVersion"] == "2"
    assert "RoutingConfig" not in alias
    assert routing("shop", "live") == {"2": 1.0}


def test_an_empty_routing_config_takes_the_weights_away_too(update: Callable[..., Any]) -> None:
    update(RoutingConfig=weights(v2=0.9))
    assert "RoutingConfig" not in update(RoutingConfig={})


@pytest.mark.proves("S18")
def test_routing_gives_the_share_of_each_version(update: Callable[..., Any]) -> None:
    update(RoutingConfig=weights(v3=0.25))
    assert routing("shop", "live") == {"1": 0.75, "3": 0.25}


@pytest.mark.proves("S17")
def test_the_revision_changes_with_each_update_and_guards_it(update: Callable[..., Any]) -> None:
    first = update(Description="a")["RevisionId"]
    second = update(Description="b", RevisionId=first)["RevisionId"]
    assert second != first
    with pytest.raises(ClientError) as refused:
        update(Description="c", RevisionId=first)
    assert refused.value.response["Error"]["Code"] == "PreconditionFailedException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


@pytest.mark.proves("S17")
@pytest.mark.parametrize(
    ("to", "code", "words"),
    [
        ({"RoutingConfig": weights(v2=7.5)}, "ValidationException", "between 0.0 and 1.0"),
        (
            {"RoutingConfig": weights(v1=0.5)},
            "InvalidParameterValueException",
            "already included in routing configuration",
        ),
        (
            {"RoutingConfig": weights(v2=0.5, v3=0.1)},
            "InvalidParameterValueException",
            "cannot be greater than 1",
        ),
        (
            {"FunctionVersion": "$LATEST", "RoutingConfig": weights(v2=0.5)},
            "InvalidParameterValueException",
            "$LATEST is not supported",
        ),
        (
            {"RoutingConfig": {"AdditionalVersionWeights": {"$LATEST": 0.5}}},
            "InvalidParameterValueException",
            "$LATEST is not supported",
        ),
        ({"RoutingConfig": weights(v99=0.5)}, "ResourceNotFoundException", "function:shop:99"),
        ({"FunctionVersion": "99"}, "ResourceNotFoundException", "function:shop:99"),
    ],
)
def test_routing_that_lambda_refuses(
    update: Callable[..., Any], to: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(ClientError, match=code) as refused:
        update(**to)
    assert words in str(refused.value)
    assert routing("shop", "live") == {"1": 1.0}


def test_a_promotion_must_drop_the_weight_of_what_it_promotes(update: Callable[..., Any]) -> None:
    update(RoutingConfig=weights(v2=0.5))
    with pytest.raises(ClientError, match="already included"):
        update(FunctionVersion="2")


@pytest.mark.proves("S18")
@pytest.mark.parametrize(
    "changed", [{"Role": "other"}, {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:::queue"}}]
)
def test_both_versions_must_share_role_and_dead_letter_configuration(
    update: Callable[..., Any], sandbox: Sandbox, changed: dict[str, Any]
) -> None:
    if "Role" in changed:
        changed = {"Role": given.role(sandbox, "other")}
    functions = sandbox.client("lambda")
    functions.update_function_configuration(FunctionName="shop", **changed)
    version = functions.publish_version(FunctionName="shop")["Version"]
    with pytest.raises(ClientError, match="same"):
        update(RoutingConfig={"AdditionalVersionWeights": {version: 0.1}})


@pytest.mark.usefixtures("update")
def test_a_new_alias_is_checked_like_an_update(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="already included"):
        sandbox.client("lambda").create_alias(
            FunctionName="shop", Name="new", FunctionVersion="1", RoutingConfig=weights(v1=0.5)
        )


@pytest.mark.usefixtures("update")
def test_an_alias_that_exists_is_a_resource_conflict(sandbox: Sandbox) -> None:
    functions = sandbox.client("lambda")
    with pytest.raises(functions.exceptions.ResourceConflictException, match="already exists"):
        functions.create_alias(FunctionName="shop", Name="live", FunctionVersion="2")


def test_listeners_hear_before_and_after_each_change(
    update: Callable[..., Any], sandbox: Sandbox
) -> None:
    heard: list[Any] = []
    note = lambda function, alias: heard.append(routing(function, alias).get("2", 0.0))  # noqa: E731
    sandbox.signals.alias_changing.append(note)
    sandbox.signals.alias_changed.append(note)
    update(RoutingConfig=weights(v2=0.1))
    update(RoutingConfig=weights(v2=0.5))
    assert heard == [0.0, 0.1, 0.1, 0.5]


@pytest.mark.usefixtures("update")
def test_unknown_functions_and_aliases_are_not_found(sandbox: Sandbox) -> None:
    functions = sandbox.client("lambda")
    for name, alias in (("shop", "nope"), ("nope", "live")):
        with pytest.raises(functions.exceptions.ResourceNotFoundException):
            functions.get_alias(FunctionName=name, Name=alias)


@pytest.mark.usefixtures("update")
def test_an_alias_is_found_by_the_functions_arn_too(sandbox: Sandbox) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:shop"
    sandbox.client("lambda").update_alias(FunctionName=arn, Name="live", FunctionVersion="3")
    assert routing("shop", "live") == {"3": 1.0}
    sandbox.client("lambda").delete_alias(FunctionName=arn, Name="live")
    assert sandbox.client("lambda").list_aliases(FunctionName="shop")["Aliases"] == []


@pytest.mark.usefixtures("update")
def test_provisioned_concurrency_is_kept_and_found_missing(sandbox: Sandbox) -> None:
    functions = sandbox.client("lambda")
    place = {"FunctionName": "shop", "Qualifier": "live"}
    missing = functions.exceptions.ProvisionedConcurrencyConfigNotFoundException
    with pytest.raises(missing):
        functions.get_provisioned_concurrency_config(**place)
    functions.put_provisioned_concurrency_config(**place, ProvisionedConcurrentExecutions=5)
    assert functions.get_provisioned_concurrency_config(**place)["Status"] == "READY"
    functions.delete_provisioned_concurrency_config(**place)
    with pytest.raises(missing):
        functions.get_provisioned_concurrency_config(**place)


@pytest.mark.proves("S19")
def test_a_weighted_alias_takes_no_provisioned_concurrency(
    update: Callable[..., Any], sandbox: Sandbox
) -> None:
    update(RoutingConfig=weights(v2=0.5))
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        sandbox.client("lambda").put_provisioned_concurrency_config(
            FunctionName="shop", Qualifier="live", ProvisionedConcurrentExecutions=1
        )
