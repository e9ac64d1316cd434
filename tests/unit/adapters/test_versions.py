from typing import Any

import pytest
from botocore.exceptions import ClientError

from adapters.versions import Versions
from domain.model.errors import AwsUnavailable, NotReady, VersionDeleted
from domain.planning.preflight import VersionFacts
from tests.unit.stubs import stubbed

READY = {"State": "Active", "LastUpdateStatus": "Successful"}
CONFIGURATION = {
    "Role": "arn:aws:iam::123456789012:role/checkout",
    "Timeout": 30,
    "CodeSha256": "a" * 44,
    "State": "Active",
}


def facts_of(**more: Any) -> VersionFacts | None:
    asked = {"FunctionName": "checkout", "Qualifier": "2"}
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_function_configuration", CONFIGURATION | more, asked)
        return Versions(client).facts("checkout", "2")


def test_the_facts_of_a_version() -> None:
    assert facts_of(DeadLetterConfig={"TargetArn": "queue"}, State="Pending") == VersionFacts(
        role="arn:aws:iam::123456789012:role/checkout",
        dead_letter="queue",
        state="Pending",
        timeout=30,
        sha256="a" * 44,
    )


def test_a_version_without_a_dead_letter_queue() -> None:
    found = facts_of()
    assert found is not None
    assert found.dead_letter == ""


def test_a_version_that_does_not_exist_is_none() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_client_error("get_function_configuration", "ResourceNotFoundException")
        assert Versions(client).facts("checkout", "2") is None


def test_a_function_is_there_or_not_or_may_not_be_read() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_function_configuration", CONFIGURATION, {"FunctionName": "hook"})
        assert Versions(client).exists("hook") is True
        stub.add_client_error("get_function_configuration", "ResourceNotFoundException")
        assert Versions(client).exists("hook") is False
        stub.add_client_error("get_function_configuration", "AccessDeniedException")
        assert Versions(client).exists("hook") is None


def test_provisioned_concurrency_is_there_or_not() -> None:
    asked = {"FunctionName": "checkout", "Qualifier": "live"}
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_provisioned_concurrency_config", {}, asked)
        assert Versions(client).provisioned("checkout", "live")
        stub.add_client_error(
            "get_provisioned_concurrency_config", "ProvisionedConcurrencyConfigNotFoundException"
        )
        assert not Versions(client).provisioned("checkout", "live")


def test_provisioned_concurrency_that_may_not_be_read_is_no_no() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_client_error("get_provisioned_concurrency_config", "AccessDeniedException")
        with pytest.raises(client.exceptions.ClientError):
            Versions(client).provisioned("checkout", "live")


@pytest.mark.parametrize("sha256", [None, "b" * 44])
def test_publishing_waits_for_the_update_before(
    sha256: str | None,
) -> None:
    guard = {"CodeSha256": sha256} if sha256 else {}
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_function", {"Configuration": READY}, {"FunctionName": "checkout"})
        stub.add_response(
            "publish_version", {"Version": "3"}, {"FunctionName": "checkout", **guard}
        )
        assert Versions(client).publish("checkout", sha256) == "3"


def test_a_function_whose_update_failed_is_not_published() -> None:
    failed = {
        "LastUpdateStatus": "Failed",
        "LastUpdateStatusReasonCode": "InvalidSubnet",
        "LastUpdateStatusReason": "no such subnet",
    }
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_function", {"Configuration": failed})
        with pytest.raises(NotReady, match="InvalidSubnet: no such subnet"):
            Versions(client).publish("checkout", None)


@pytest.mark.proves("F66")
def test_a_version_that_fails_to_become_active_is_not_released() -> None:
    failed = CONFIGURATION | {
        "State": "Failed",
        "StateReasonCode": "FunctionError.InitTimeout",
        "StateReason": "it did not\nbegin",
    }
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_function_configuration", failed)
        with pytest.raises(NotReady) as caught:
            Versions(client).wait_until_active("checkout", "3")
    why = "FunctionError.InitTimeout: it did not begin"
    assert str(caught.value) == f"version 3 of checkout is Failed, not Active ({why})"


def test_an_idle_version_is_not_waited_for_in_vain() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_function_configuration", CONFIGURATION | {"State": "Inactive"})
        with pytest.raises(NotReady, match="a call wakes it"):
            Versions(client).wait_until_active("checkout", "3")


def test_a_version_that_is_deleted_while_it_is_waited_for_is_named() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_client_error("get_function_configuration", "ResourceNotFoundException")
        with pytest.raises(VersionDeleted, match="version 3 of checkout was deleted"):
            Versions(client).wait_until_active("checkout", "3")


def test_a_version_is_waited_for_ten_minutes_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("adapters.versions.time.sleep", slept.append)
    with stubbed("lambda") as (client, stub):
        for _ in range(300):
            stub.add_response("get_function_configuration", CONFIGURATION | {"State": "Pending"})
        with pytest.raises(NotReady, match="version 3 of checkout is Pending, not Active"):
            Versions(client).wait_until_active("checkout", "3")
    assert 590 < sum(slept) <= 600


def test_a_version_with_a_snapshot_to_be_made_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {"FunctionName": "checkout", "Qualifier": "3"}
    slept: list[float] = []
    monkeypatch.setattr("adapters.versions.time.sleep", slept.append)
    with stubbed("lambda") as (client, stub):
        for _ in range(150):  # SnapStart took five minutes
            pending = CONFIGURATION | {"State": "Pending"}
            stub.add_response("get_function_configuration", pending, asked)
        stub.add_response("get_function_configuration", CONFIGURATION, asked)
        Versions(client).wait_until_active("checkout", "3")
    assert sum(slept) == 300


def test_an_update_that_begins_before_the_version_is_published_is_waited_out() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_response("get_function", {"Configuration": READY})
        stub.add_client_error("publish_version", "ResourceConflictException", http_status_code=409)
        with pytest.raises(AwsUnavailable, match="publishing checkout"):
            Versions(client).publish("checkout", None)


@pytest.mark.parametrize(("name", "status"), [("TooManyRequestsException", 429), ("Oops", 500)])
def test_a_throttled_wait_is_unavailable_so_that_the_machine_tries_again(
    name: str, status: int
) -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_client_error("get_function", name, http_status_code=status)
        with pytest.raises(AwsUnavailable, match="publishing checkout"):
            Versions(client).publish("checkout", None)


def test_the_tags_of_a_function() -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_response("list_tags", {"Tags": {"team": "shop"}}, {"Resource": "arn"})
        stub.add_client_error("list_tags", "ResourceNotFoundException")
        stub.add_client_error("list_tags", "AccessDeniedException")
        versions = Versions(client)
        assert versions.tags("arn") == {"team": "shop"}
        assert versions.tags("arn") == {}
        with pytest.raises(ClientError, match="AccessDenied"):
            versions.tags("arn")
