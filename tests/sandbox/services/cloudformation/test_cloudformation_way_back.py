"""The way back of an update: what is changed back, deleted, tried again, skipped or left."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox
from tests.sandbox import given
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
BAD = failed()


def topic(name: str, **more: Any) -> dict[str, Any]:
    return {**TOPIC, "Properties": {"DisplayName": name}, **more}


def topics(client: Client) -> int:
    return len(client.sandbox.client("sns").list_topics()["Topics"])


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    provider(sandbox)
    return Client(sandbox)


def stuck(client: Client) -> None:
    """Let the way back of `Thing` fail, on which `After` depends."""
    after = {"DependsOn": "Thing"}
    client.begin(template(Thing=custom(Size=1, Update=BAD), After=topic("one", **after)))
    client.begin(
        template(
            Thing=custom(Size=2),
            After=topic("two", **after),
            Last=custom(Create=BAD) | {"DependsOn": "After"},
        )
    )


@pytest.mark.proves("S72")
def test_a_way_back_that_fails_leaves_what_needs_it_and_can_be_tried_again(client: Client) -> None:
    stuck(client)
    assert client.status() == "UPDATE_ROLLBACK_FAILED"
    told = client.reason("app", "UPDATE_ROLLBACK_FAILED")
    assert told == "The following resource(s) failed to update: [Thing]. "
    assert client.resource("Thing")["ResourceStatus"] == "UPDATE_FAILED"
    with pytest.raises(ClientError, match="is in UPDATE_ROLLBACK_FAILED state and can not be"):
        client.begin(template(Thing=custom(Size=3)))
    seen = len(client.events())
    client.api.continue_update_rollback(StackName="app")
    client.sandbox.run_for(5)
    assert client.events()[seen:] == [
        "app UPDATE_ROLLBACK_IN_PROGRESS",
        "Thing UPDATE_IN_PROGRESS",
        "Thing UPDATE_FAILED",
        "app UPDATE_ROLLBACK_FAILED",
    ]


@pytest.mark.proves("S72")
def test_what_is_tried_again_has_the_same_request_id_and_another_url(client: Client) -> None:
    stuck(client)
    client.api.continue_update_rollback(StackName="app")
    client.sandbox.run_for(5)
    first, again = [one for one in asked(client.sandbox) if one["LogicalResourceId"] == "Thing"][2:]
    assert first["RequestId"] == again["RequestId"]
    assert first["ResponseURL"] != again["ResponseURL"]


@pytest.mark.proves("S72")
def test_a_way_back_that_comes_to_its_end_the_second_time(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1, Update="silence", ServiceTimeout=60)))
    client.begin(template(Thing=custom(Size=2, Update=BAD)))
    client.sandbox.run_for(60)
    assert client.status() == "UPDATE_ROLLBACK_FAILED"
    client.api.continue_update_rollback(StackName="app")
    client.sandbox.run_for(5)
    put(asked(client.sandbox)[-1])
    client.sandbox.run_for(5)
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    client.begin(template(Thing=custom(Size=3)))
    assert asked(client.sandbox)[-1]["OldResourceProperties"]["Size"] == "1"


@pytest.mark.proves("S72")
def test_what_could_not_be_brought_back_can_be_skipped_and_nothing_else(client: Client) -> None:
    stuck(client)
    with pytest.raises(ClientError, match=r"cannot be skipped.*\[After\]"):
        client.api.continue_update_rollback(StackName="app", ResourcesToSkip=["Thing", "After"])
    seen = len(client.events())
    client.api.continue_update_rollback(StackName="app", ResourcesToSkip=["Thing"])
    client.sandbox.run_for(5)
    assert client.events()[seen:] == [
        "app UPDATE_ROLLBACK_IN_PROGRESS",
        "Thing UPDATE_COMPLETE",
        "After UPDATE_IN_PROGRESS",
        "After UPDATE_COMPLETE",
        "app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "Last DELETE_IN_PROGRESS",
        "Last DELETE_COMPLETE",
        "app UPDATE_ROLLBACK_COMPLETE",
    ]
    with pytest.raises(ClientError, match="can not continue its rollback"):
        client.api.continue_update_rollback(StackName="app")


@pytest.mark.proves("S73")
def test_another_physical_id_is_a_replacement_whose_old_one_is_deleted_in_the_end(
    client: Client,
) -> None:
    client.begin(template(Thing=custom(Size=1)))
    new = custom(Size=2, Update={"PhysicalResourceId": "new"}, Seconds=20)
    client.begin(template(Thing=new, After=topic("x", DependsOn="Thing")))
    client.sandbox.run_for(20)
    assert kinds(client.sandbox)[1:] == ["Thing Update made", "Thing Delete made"]
    assert asked(client.sandbox)[-1]["ResourceProperties"]["Size"] == "1"
    assert client.events()[-6:] == [
        "After CREATE_IN_PROGRESS",
        "After CREATE_COMPLETE",
        "app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "Thing DELETE_IN_PROGRESS",
        "Thing DELETE_COMPLETE",
        "app UPDATE_COMPLETE",
    ]
    assert client.resource("Thing")["PhysicalResourceId"] == "new"


@pytest.mark.proves("S73")
def test_a_replacement_is_taken_back_and_then_deleted(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1, Update={"PhysicalResourceId": "made"})))
    new = custom(Size=2, Update={"PhysicalResourceId": "new"})
    client.begin(template(Thing=new, Bad=custom(Create=BAD) | {"DependsOn": "Thing"}))
    assert kinds(client.sandbox)[-3:] == [
        "Thing Update new",
        "Bad Delete made",
        "Thing Delete new",
    ]
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert client.resource("Thing")["PhysicalResourceId"] == "made"


@pytest.mark.proves("S73")
def test_what_failed_with_another_physical_id_is_deleted_and_not_changed_back(
    client: Client,
) -> None:
    client.begin(template(Thing=custom(Size=1)))
    half = failed(PhysicalResourceId="half")
    client.begin(template(Thing=custom(Size=2, Update=half)))
    assert kinds(client.sandbox)[1:] == ["Thing Update made", "Thing Delete half"]
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert client.resource("Thing")["PhysicalResourceId"] == "made"


@pytest.mark.proves("S73")
def test_a_clean_up_tries_three_times_and_then_leaves_it(client: Client) -> None:
    client.begin(template(Thing=custom(Delete=BAD), Other=TOPIC))
    client.begin(template(Other=TOPIC))
    deletions = asked(client.sandbox)[1:]
    assert [one["RequestType"] for one in deletions] == ["Delete"] * 3
    assert len({one["RequestId"] for one in deletions}) == 1
    assert client.events().count("Thing DELETE_FAILED") == 3
    assert client.status() == "UPDATE_COMPLETE"
    assert "One or more resources could not be deleted" in client.reason("app", "UPDATE_COMPLETE")


@pytest.mark.proves("S73")
def test_a_late_answer_to_one_try_is_none_to_the_next(client: Client) -> None:
    client.begin(template(Thing=custom(Delete="silence", ServiceTimeout=60), Other=TOPIC))
    client.begin(template(Other=TOPIC))
    client.sandbox.run_for(60)
    _, first, second = asked(client.sandbox)
    assert put(first) == 200
    client.sandbox.run_for(30)
    assert client.status() == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert put(second) == 200
    client.sandbox.run_for(1)
    assert client.status() == "UPDATE_COMPLETE"


@pytest.mark.proves("S73")
def test_a_clean_up_has_a_status_of_its_own_while_it_lasts(client: Client) -> None:
    client.begin(template(Thing=custom(Delete="silence", ServiceTimeout=100), Other=TOPIC))
    client.begin(template(Other=TOPIC))
    assert client.status() == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    with pytest.raises(ClientError, match="CLEANUP_IN_PROGRESS state and can not be updated"):
        client.begin(template(Other=topic("x")))
    client.sandbox.run_for(290)
    assert client.status() == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    client.sandbox.run_for(15)
    assert client.status() == "UPDATE_COMPLETE"


@pytest.mark.proves("S73")
def test_the_clean_up_of_a_rollback_has_one_too(client: Client) -> None:
    client.begin(template(Other=topic("x")))
    bad = custom(Create=BAD, Delete="silence", ServiceTimeout=10)
    client.begin(template(Other=topic("y"), Thing=bad))
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    client.sandbox.run_for(30)
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.proves("S74")
@pytest.mark.parametrize(("policy", "left"), [("Retain", 2), ("RetainExceptOnCreate", 1)])
def test_what_an_update_made_is_left_by_its_rollback_if_it_is_to_be_retained_always(
    client: Client, policy: str, left: int
) -> None:
    client.begin(template(Old=topic("x")))
    new = topic("y", DeletionPolicy=policy)
    bad = custom(Create=BAD) | {"DependsOn": "New"}
    client.begin(template(Old=topic("x"), New=new, Thing=bad))
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert topics(client) == left


@pytest.mark.proves("S74")
@pytest.mark.parametrize("kind", ["create", "update"])
def test_who_deploys_may_have_it_deleted_all_the_same(client: Client, kind: str) -> None:
    if kind == "update":
        client.begin(template(Old={"Type": "AWS::Logs::LogGroup"}))
    new = topic("y", DeletionPolicy="Retain")
    bad = custom(Create=BAD) | {"DependsOn": "New"}
    client.begin(template(New=new, Thing=bad), RetainExceptOnCreate=True)
    assert client.status().endswith("ROLLBACK_COMPLETE")
    assert topics(client) == 0


@pytest.mark.proves("S74")
def test_what_is_retained_except_on_creation_outlives_the_stack(client: Client) -> None:
    client.begin(template(Kept=topic("x", DeletionPolicy="RetainExceptOnCreate")))
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(5)
    assert topics(client) == 1


@pytest.mark.proves("S75")
def test_without_rollback_what_failed_stays_and_is_tried_again(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1), Other=topic("x")))
    after = topic("y", DependsOn="Thing")
    new = template(
        Thing=custom(Size=2, Update="silence", ServiceTimeout=9), Other=topic("y"), A=after
    )
    client.begin(new, DisableRollback=True)
    client.sandbox.run_for(10)
    assert client.status() == "UPDATE_FAILED"
    assert client.stack()["DisableRollback"] is True
    assert client.resource("Other")["ResourceStatus"] == "UPDATE_COMPLETE"
    client.begin(new, DisableRollback=True)
    first, again = asked(client.sandbox)[1:]
    assert first["RequestId"] == again["RequestId"]
    assert again["OldResourceProperties"]["Size"] == "1"
    put(again)
    client.sandbox.run_for(5)
    assert client.status() == "UPDATE_COMPLETE"
    assert topics(client) == 2


@pytest.mark.proves("S75")
def test_a_change_set_tries_again_what_failed_though_nothing_else_changed(client: Client) -> None:
    client.deploy(template(Thing=custom(Size=1), Other=topic("x")))
    new = template(Thing=custom(Size=2, Update="silence", ServiceTimeout=9), Other=topic("y"))
    client.propose(new, "UPDATE", "one")
    client.api.execute_change_set(StackName="app", ChangeSetName="one", DisableRollback=True)
    client.sandbox.run_for(20)
    assert client.status() == "UPDATE_FAILED"
    again = client.propose(new, "UPDATE", "two")
    changed = [one["ResourceChange"] for one in again["Changes"]]
    assert [(one["LogicalResourceId"], one["Action"]) for one in changed] == [("Thing", "Modify")]
    client.api.execute_change_set(StackName="app", ChangeSetName="two", DisableRollback=True)
    client.sandbox.run_for(5)
    put(asked(client.sandbox)[-1])
    client.sandbox.run_for(5)
    assert client.status() == "UPDATE_COMPLETE"


@pytest.mark.proves("S75")
def test_what_failed_half_replaced_is_cleaned_up_once_it_works(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1)))
    half = custom(Size=2, Update=failed(PhysicalResourceId="half"))
    client.begin(template(Thing=half), DisableRollback=True)
    client.begin(template(Thing=custom(Size=3)))
    assert kinds(client.sandbox)[1:] == [
        "Thing Update made",
        "Thing Update made",
        "Thing Delete half",
    ]
    assert client.status() == "UPDATE_COMPLETE"


@pytest.mark.proves("S75")
def test_without_rollback_others_go_on_until_each_path_is_at_its_end(client: Client) -> None:
    slow = custom(Seconds=30)
    after = topic("x", DependsOn="Slow")
    client.begin(template(Bad=custom(Create=BAD), Slow=slow, After=after), OnFailure="DO_NOTHING")
    client.sandbox.run_for(60)
    assert client.status() == "CREATE_FAILED"
    told = client.reason("app", "CREATE_FAILED")
    assert told == "The following resource(s) failed to create: [Bad]. "
    assert client.resource("After")["ResourceStatus"] == "CREATE_COMPLETE"


@pytest.mark.proves("S75")
def test_what_stayed_can_be_rolled_back_later(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1), Other=topic("x")))
    client.begin(
        template(Thing=custom(Size=2, Update=BAD), Other=topic("y"), New=TOPIC),
        DisableRollback=True,
    )
    client.api.rollback_stack(StackName="app")
    client.sandbox.run_for(5)
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert topics(client) == 1
    assert asked(client.sandbox)[-1]["ResourceProperties"]["Size"] == "1"
    with pytest.raises(ClientError, match="RollbackStack cannot be called"):
        client.api.rollback_stack(StackName="app")


@pytest.mark.proves("S75")
def test_a_creation_that_stayed_is_repaired_or_rolled_back(client: Client) -> None:
    for repaired in (True, False):
        client.begin(template(Thing=custom(Create=BAD), T=TOPIC), DisableRollback=True)
        assert client.status() == "CREATE_FAILED"
        if repaired:
            client.begin(template(Thing=custom(Size=2), T=TOPIC))
            assert client.status() == "UPDATE_COMPLETE"
            assert kinds(client.sandbox)[1:] == ["Thing Create -", "Thing Delete made"]
            client.api.delete_stack(StackName="app")
        else:
            client.api.rollback_stack(StackName="app")
        client.sandbox.run_for(5)
        assert topics(client) == 0
    assert client.status() == "ROLLBACK_COMPLETE"


@pytest.mark.proves("S75")
def test_a_creation_that_failed_takes_the_stack_along_if_so_ordered(client: Client) -> None:
    client.begin(template(Thing=custom(Create=BAD)), OnFailure="DELETE")
    assert client.api.describe_stacks()["Stacks"] == []


@pytest.mark.proves("S76")
def test_the_end_of_the_callers_session_stops_the_update_and_the_way_back(client: Client) -> None:
    client.begin(template(Thing=custom(Size=1), Other=topic("x")))
    client.sandbox.cloudformation.engine.session_seconds = 900
    slow = custom(Size=2, Update="silence")
    client.begin(template(Thing=slow, Other=topic("y"), After=topic("z", DependsOn="Thing")))
    client.sandbox.run_for(1_000)
    assert client.status() == "UPDATE_IN_PROGRESS"
    put(asked(client.sandbox)[-1])
    client.sandbox.run_for(5)
    assert "security token included in the request is expired" in client.reason("After")
    assert client.status() == "UPDATE_ROLLBACK_FAILED"
    client.api.continue_update_rollback(StackName="app")
    client.sandbox.run_for(5)
    assert client.status() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.proves("S76")
def test_a_service_role_outlives_the_callers_session_and_is_kept(client: Client) -> None:
    role = given.role(client.sandbox, "deployer")
    client.sandbox.client("iam").update_assume_role_policy(
        RoleName="deployer", PolicyDocument=given.trust("cloudformation.amazonaws.com")
    )
    client.sandbox.cloudformation.engine.session_seconds = 900
    client.begin(template(Thing=custom(Size=1)), RoleARN=role)
    assert client.stack()["RoleARN"] == role
    client.begin(template(Thing=custom(Size=2, Update="silence"), A=topic("z", DependsOn="Thing")))
    client.sandbox.run_for(1_000)
    put(asked(client.sandbox)[-1])
    client.sandbox.run_for(5)
    assert client.status() == "UPDATE_COMPLETE"
    assert client.stack()["RoleARN"] == role


@pytest.mark.proves("S76")
def test_a_service_role_must_be_trusted_and_may_call_the_function(client: Client) -> None:
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    role = given.role(client.sandbox, "deployer", nothing)
    client.begin(template(Thing=custom()), RoleARN=role)
    assert "sts:AssumeRole" in client.reason("Thing", "CREATE_FAILED")
    client.sandbox.client("iam").update_assume_role_policy(
        RoleName="deployer", PolicyDocument=given.trust("cloudformation.amazonaws.com")
    )
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(5)
    client.begin(template(Thing=custom()), RoleARN=role)
    assert "lambda:InvokeFunction" in client.reason("Thing", "CREATE_FAILED")
    assert asked(client.sandbox) == []


@pytest.mark.proves("S77")
def test_a_stack_that_is_made_can_be_deleted_and_its_waiting_ends(client: Client) -> None:
    client.begin(template(Thing=custom(Create="silence"), T=TOPIC))
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(5)
    assert [one["RequestType"] for one in asked(client.sandbox)] == ["Create", "Delete"]
    assert topics(client) == 0
    assert client.api.describe_stacks()["Stacks"] == []


@pytest.mark.proves("S77")
def test_a_stack_that_is_updated_cannot_be_deleted(client: Client) -> None:
    client.begin(template(Thing=custom(Update="silence", Size=1)))
    client.begin(template(Thing=custom(Update="silence", Size=2)))
    with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        client.api.delete_stack(StackName="app")
    client.api.cancel_update_stack(StackName="app")
    client.sandbox.run_for(5)
    with pytest.raises(ClientError, match="in status UPDATE_ROLLBACK_IN_PROGRESS"):
        client.api.delete_stack(StackName="app")


@pytest.mark.proves("S77")
def test_a_deletion_that_failed_is_tried_again_with_the_same_request_id(client: Client) -> None:
    before = topic("x")
    thing = custom(Delete="silence", ServiceTimeout=30) | {"DependsOn": "Before"}
    client.begin(template(Thing=thing, Before=before))
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(40)
    assert client.status() == "DELETE_FAILED"
    assert topics(client) == 1
    client.api.delete_stack(StackName="app")
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(5)
    _, first, again = asked(client.sandbox)
    assert first["RequestId"] == again["RequestId"]
    put(again)
    client.sandbox.run_for(5)
    assert topics(client) == 0
    assert client.api.describe_stacks()["Stacks"] == []


@pytest.mark.proves("S77")
@pytest.mark.parametrize(
    "how", [{"DeletionMode": "FORCE_DELETE_STACK"}, {"RetainResources": ["Thing"]}]
)
def test_what_cannot_be_deleted_can_be_left(client: Client, how: dict[str, Any]) -> None:
    client.begin(template(Thing=custom(Delete=BAD), Other=TOPIC))
    with pytest.raises(ClientError, match=r"current stack status|only when .* DELETE_FAILED"):
        client.api.delete_stack(StackName="app", **how)
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(5)
    client.api.delete_stack(StackName="app", **how)
    client.sandbox.run_for(5)
    assert client.api.describe_stacks()["Stacks"] == []
    assert topics(client) == 0


@pytest.mark.proves("S63")
def test_events_carry_the_token_of_whoever_ordered_the_operation(client: Client) -> None:
    client.begin(template(Thing=custom()), ClientRequestToken="first")
    client.begin(template(Thing=custom(Size=2)), ClientRequestToken="second")
    events = client.api.describe_stack_events(StackName="app")["StackEvents"]
    assert [one["ClientRequestToken"] for one in reversed(events)] == ["first"] * 4 + ["second"] * 5


@pytest.mark.proves("S77")
def test_a_creation_whose_rollback_failed_is_deleted_once_more(client: Client) -> None:
    client.begin(template(Thing=custom(Create=BAD, Delete="silence", ServiceTimeout=10), T=TOPIC))
    client.sandbox.run_for(20)
    assert client.status() == "ROLLBACK_FAILED"
    assert topics(client) == 0
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(2)
    _, first, again = asked(client.sandbox)
    assert first["RequestId"] == again["RequestId"]
    put(again)
    client.sandbox.run_for(2)
    assert client.api.describe_stacks()["Stacks"] == []


@pytest.mark.proves("S77")
def test_a_stack_whose_way_back_failed_is_deleted_with_all_that_was_made(client: Client) -> None:
    named = {"TopicName": "one"}
    client.begin(template(Thing=custom(Size=1, Update=BAD), T={**TOPIC, "Properties": named}))
    client.begin(
        template(
            Thing=custom(Size=2),
            T={**TOPIC, "Properties": {"TopicName": "two"}},
            New=topic("x"),
            Last=custom(Create=BAD) | {"DependsOn": ["Thing", "T", "New"]},
        )
    )
    assert client.status() == "UPDATE_ROLLBACK_FAILED"
    assert topics(client) == 3
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(5)
    assert topics(client) == 0
    assert client.api.describe_stacks()["Stacks"] == []


@pytest.mark.proves("S76")
def test_without_a_service_role_whoever_deploys_must_be_allowed_to_call_the_function(
    client: Client,
) -> None:
    deploys = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
    with client.sandbox.acting_as(given.role(client.sandbox, "deployer", deploys)):
        client.api.create_stack(StackName="app", TemplateBody=template(Thing=custom()))
    client.sandbox.run_for(5)
    assert "not authorized to perform: lambda:InvokeFunction" in client.reason("Thing")
    assert asked(client.sandbox) == []
