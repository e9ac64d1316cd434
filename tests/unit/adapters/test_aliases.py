from typing import Any

import pytest
from botocore.stub import Stubber

from adapters.aliases import Aliases
from domain.model.alias import Alias, Routing
from domain.model.errors import AliasChanged, AwsUnavailable, VersionDeleted
from tests.unit.stubs import stubbed

KEY = {"FunctionName": "checkout", "Name": "live"}
WANTED = Routing("1", {"2": 0.1}, "rollout-1")
ASKED = {
    **KEY,
    "FunctionVersion": "1",
    "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}},
    "Description": "rollout-1",
    "RevisionId": "r1",
}


def answer(routing: Routing, revision: str) -> dict[str, Any]:
    """As Lambda answers: no RoutingConfig where nothing is weighted."""
    weighted = {"RoutingConfig": {"AdditionalVersionWeights": dict(routing.weights)}}
    return {
        "Name": "live",
        "FunctionVersion": routing.version,
        "Description": routing.description,
        "RevisionId": revision,
        **(weighted if routing.weights else {}),
    }


def refuse(stub: Stubber, operation: str, name: str, status: int = 400) -> None:
    stub.add_client_error(operation, name, http_status_code=status)


def test_the_names_of_all_aliases_are_read_page_by_page() -> None:
    with stubbed("lambda") as (client, stub):
        first = {"Aliases": [{"Name": "live"}], "NextMarker": "m"}
        stub.add_response("list_aliases", first, {"FunctionName": "checkout"})
        last = {"Aliases": [{"Name": "beta"}]}
        stub.add_response("list_aliases", last, {"FunctionName": "checkout", "Marker": "m"})
        assert Aliases(client).names("checkout") == ["live", "beta"]


def test_a_function_that_is_not_there_has_no_names() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "list_aliases", "ResourceNotFoundException", 404)
        assert Aliases(client).names("chekcout") is None


def test_an_alias_is_read_with_its_weights_and_revision() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_alias", answer(WANTED, "r7"), KEY)
        assert Aliases(client).read("checkout", "live") == Alias(WANTED, "r7")


def test_an_alias_without_weights_or_description_is_read() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_alias", {"FunctionVersion": "1", "RevisionId": "r7"}, KEY)
        assert Aliases(client).read("checkout", "live") == Alias(Routing("1"), "r7")


def test_an_alias_that_does_not_exist_is_none() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "get_alias", "ResourceNotFoundException", 404)
        assert Aliases(client).read("checkout", "live") is None


def test_a_read_that_is_throttled_is_unavailable() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "get_alias", "TooManyRequestsException", 429)
        with pytest.raises(AwsUnavailable, match="reading alias live of checkout"):
            Aliases(client).read("checkout", "live")


def test_a_write_carries_the_revision_and_returns_the_new_one() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_response("update_alias", answer(WANTED, "r2"), ASKED)
        assert Aliases(client).write("checkout", "live", WANTED, "r1") == "r2"


def test_a_write_of_one_version_clears_the_weights() -> None:
    asked = {**ASKED, "RoutingConfig": {"AdditionalVersionWeights": {}}}
    with stubbed("lambda") as (client, stub):
        stub.add_response("update_alias", {"RevisionId": "r2"}, asked)
        Aliases(client).write("checkout", "live", Routing("1", {}, "rollout-1"), "r1")


def test_a_write_at_an_old_revision_is_refused() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "update_alias", "PreconditionFailedException", 412)
        assert Aliases(client).write("checkout", "live", WANTED, "r1") is None


def test_a_write_of_a_deleted_alias_is_refused() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "update_alias", "ResourceNotFoundException", 404)
        refuse(stub, "get_alias", "ResourceNotFoundException", 404)
        assert Aliases(client).write("checkout", "live", WANTED, "r1") is None


def test_a_write_of_a_deleted_version_names_it() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "update_alias", "ResourceNotFoundException", 404)
        stub.add_response("get_alias", answer(Routing("1"), "r1"), KEY)
        with pytest.raises(VersionDeleted, match="version 1 or 2 of checkout was deleted"):
            Aliases(client).write("checkout", "live", WANTED, "r1")


def test_a_write_that_is_denied_passes_as_it_is() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "update_alias", "AccessDeniedException", 403)
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            Aliases(client).write("checkout", "live", WANTED, "r1")


def test_a_write_that_fails_on_awss_side_is_unavailable() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "update_alias", "ServiceException", 500)
        with pytest.raises(AwsUnavailable, match="setting alias live of checkout"):
            Aliases(client).write("checkout", "live", WANTED, "r1")


def test_a_write_that_meets_another_operation_is_unavailable() -> None:
    with stubbed("lambda") as (client, stub):
        refuse(stub, "update_alias", "ResourceConflictException", 409)
        with pytest.raises(AwsUnavailable, match="setting alias live of checkout"):
            Aliases(client).write("checkout", "live", WANTED, "r1")
        refuse(stub, "delete_alias", "ResourceConflictException", 409)
        with pytest.raises(AwsUnavailable, match="deleting alias live of checkout"):
            Aliases(client).delete("checkout", "live")


def create(found: Routing | None) -> str:
    """Create the alias at version 2, or find that it is there already, like this."""
    asked = {**KEY, "FunctionVersion": "2", "Description": ""}
    with stubbed("lambda") as (client, stub):
        if found is None:
            stub.add_response("create_alias", answer(Routing("2"), "r1"), asked)
        else:
            refuse(stub, "create_alias", "ResourceConflictException", 409)
            stub.add_response("get_alias", answer(found, "r9"), KEY)
        return Aliases(client).create("checkout", "live", Routing("2"))


def test_an_alias_is_created() -> None:
    assert create(found=None) == "r1"


def test_an_alias_that_is_there_as_wanted_counts_as_created() -> None:
    assert create(found=Routing("2")) == "r9"


def test_an_alias_that_somebody_else_created_is_alias_changed() -> None:
    with pytest.raises(AliasChanged, match="it routes 100 % to version 1 now"):
        create(found=Routing("1"))
