"""What goes on beside a custom resource that is waited for, and what ends the waiting."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from tests.sandbox.services.cloudformation.clients import Client
from tests.sandbox.services.cloudformation.providers import (
    asked,
    custom,
    failed,
    kinds,
    provider,
    put,
    template,
)

TOPIC = {"Type": "AWS::SNS::Topic"}


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    provider(sandbox)
    return Client(sandbox)


@pytest.mark.proves("S70")
def test_others_are_made_while_one_waits_and_those_that_need_it_are_not(client: Client) -> None:
    after = {**TOPIC, "DependsOn": "Slow"}
    client.begin(template(Slow=custom(Seconds=300), After=after, Other=TOPIC, More=custom()))
    assert client.events() == [
        "app CREATE_IN_PROGRESS",
        "Other CREATE_IN_PROGRESS",
        "Slow CREATE_IN_PROGRESS",
        "Other CREATE_COMPLETE",
        "More CREATE_IN_PROGRESS",
        "More CREATE_COMPLETE",
    ]
    client.sandbox.run_for(300)
    assert client.events()[-4:] == [
        "Slow CREATE_COMPLETE",
        "After CREATE_IN_PROGRESS",
        "After CREATE_COMPLETE",
        "app CREATE_COMPLETE",
    ]


@pytest.mark.proves("S70")
def test_a_siblings_failure_ends_the_waiting_and_the_swapped_update_comes_at_once(
    client: Client,
) -> None:
    client.begin(template(Slow=custom(Size=1), Quick=custom()))
    client.begin(
        template(Slow=custom(Size=2, Update="silence"), Quick=custom(Seconds=60, Update=failed()))
    )
    client.sandbox.run_for(50)
    assert client.status() == "UPDATE_IN_PROGRESS"
    client.sandbox.run_for(30)
    assert client.reason("Slow") == "Resource update cancelled"
    told = client.reason("app", "UPDATE_ROLLBACK_IN_PROGRESS")
    assert told == "The following resource(s) failed to update: [Quick, Slow]. "
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    first, back = [one for one in asked(client.sandbox) if one["LogicalResourceId"] == "Slow"][1:]
    assert back["RequestType"] == "Update"
    assert back["ResourceProperties"] == first["OldResourceProperties"]
    assert back["OldResourceProperties"] == first["ResourceProperties"]
    assert back["RequestId"] != first["RequestId"]
    assert put(first) == 200
    client.sandbox.run_for(60)
    assert client.events()[-1] == "app UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.proves("S70")
def test_what_failed_itself_gets_the_swapped_update_too(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1)))
    client.begin(template(Thing=custom(Size=2, Update=failed())))
    assert kinds(client.sandbox) == [
        "Thing Create -",
        "Thing Update made",
        "Thing Update made",
    ]
    assert asked(client.sandbox)[2]["ResourceProperties"]["Size"] == "1"
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.proves("S70")
def test_nothing_begins_after_a_failure(client: Client) -> None:
    client.begin(
        template(
            A=custom(Create=failed(), Seconds=1), B={**TOPIC, "DependsOn": "C"}, C=custom(Seconds=2)
        )
    )
    client.sandbox.run_for(60)
    assert "B CREATE_IN_PROGRESS" not in client.events()
    assert client.status() == "ROLLBACK_COMPLETE"


@pytest.mark.proves("S70")
def test_a_creation_that_is_given_up_is_followed_by_a_deletion(client: Client) -> None:
    client.begin(template(Slow=custom(Create="silence"), Quick=custom(Create=failed(), Seconds=3)))
    client.sandbox.run_for(5)
    assert client.reason("Slow", "CREATE_FAILED") == "Resource creation cancelled"
    create, delete = [one for one in asked(client.sandbox) if one["LogicalResourceId"] == "Slow"]
    assert delete["RequestType"] == "Delete"
    assert delete["PhysicalResourceId"].startswith("app-Slow-")
    assert delete["ResourceProperties"] == create["ResourceProperties"]
    assert client.status() == "ROLLBACK_COMPLETE"


@pytest.mark.proves("S71")
def test_a_cancelled_update_waits_for_nothing_and_goes_back(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1)))
    client.begin(template(Thing=custom(Size=2, Update="silence"), New=TOPIC))
    client.sandbox.run_for(600)
    client.api.cancel_update_stack(StackName="app", ClientRequestToken="enough")
    client.sandbox.run_for(1)
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert client.reason("Thing") == "Resource update cancelled"
    assert client.reason("app", "UPDATE_ROLLBACK_IN_PROGRESS") == "User Initiated"
    assert asked(client.sandbox)[-1]["ResourceProperties"]["Size"] == "1"
    assert client.sandbox.client("sns").list_topics()["Topics"] == []
    client.begin(template(Thing=custom(Size=3)))
    assert client.status() == "UPDATE_COMPLETE"
    assert asked(client.sandbox)[-1]["OldResourceProperties"]["Size"] == "1"


@pytest.mark.proves("S71")
def test_a_cancelled_update_waits_for_the_swapped_one(client: Client) -> None:
    client.begin(template(Thing=custom(Update="silence", Size=1)))
    client.begin(template(Thing=custom(Update="silence", Size=2)))
    client.api.cancel_update_stack(StackName="app")
    client.sandbox.run_for(600)
    assert client.status() == "UPDATE_ROLLBACK_IN_PROGRESS"
    _, first, back = asked(client.sandbox)
    put(first)
    client.sandbox.run_for(60)
    assert client.status() == "UPDATE_ROLLBACK_IN_PROGRESS"
    put(back)
    client.sandbox.run_for(1)
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.proves("S71")
def test_only_an_update_that_is_under_way_can_be_cancelled(client: Client) -> None:
    words = "CancelUpdateStack cannot be called from current stack status"
    client.begin(template(Thing=custom(Update="silence", Create="silence")))
    with pytest.raises(ClientError, match=words):
        client.api.cancel_update_stack(StackName="app")
    put(asked(client.sandbox)[0])
    client.sandbox.run_for(1)
    with pytest.raises(ClientError, match=words):
        client.api.cancel_update_stack(StackName="app")
    client.begin(template(Thing=custom(Update="silence")))
    client.api.cancel_update_stack(StackName="app")
    client.sandbox.run_for(5)
    with pytest.raises(ClientError, match=words):
        client.api.cancel_update_stack(StackName="app")


@pytest.mark.proves("S71")
def test_an_event_that_comes_late_into_a_rollback_is_answered_in_vain(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1)))
    client.sandbox.faults.on_delivery("provider", "late", seconds=60)
    client.begin(template(Thing=custom(Size=2, Seconds=1)))
    client.api.cancel_update_stack(StackName="app")
    client.sandbox.run_for(10)
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    client.sandbox.run_for(60)
    sizes = [one["ResourceProperties"]["Size"] for one in asked(client.sandbox)]
    assert sizes == ["1", "1", "2"]
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
