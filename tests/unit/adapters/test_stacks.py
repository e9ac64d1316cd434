import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from adapters.stacks import Stacks
from domain.gate.direction import Moment, Standing
from domain.model.errors import AwsUnavailable
from tests.unit.builders import NOW
from tests.unit.gate.builders import STACK
from tests.unit.stubs import stubbed

THEN = datetime.fromtimestamp(NOW, UTC)
NAMED = {"StackId": STACK, "StackName": "shop", "CreationTime": THEN}
DETAIL = {
    "LogicalResourceId": "Gate",
    "ResourceType": "Custom::LambdaCanary",
    "LastUpdatedTimestamp": THEN,
    "ResourceStatus": "UPDATE_IN_PROGRESS",
}


def standing(**found: Any) -> Standing:
    with stubbed("cloudformation") as (client, stub):
        stack = {**NAMED, "StackStatus": "UPDATE_IN_PROGRESS", **found}
        stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})
        stub.add_response(
            "describe_stack_resource",
            {"StackResourceDetail": DETAIL},
            {"StackName": STACK, "LogicalResourceId": "Gate"},
        )
        return Stacks(client).standing(STACK, "Gate")


def test_how_a_stack_and_its_resource_stand() -> None:
    assert standing() == Standing("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", NOW)
    found = standing(
        DeploymentConfig={"Mode": "EXPRESS"}, RoleARN="arn:aws:iam::123456789012:role/deploy"
    )
    assert (found.express, found.role) == (True, True)


def test_a_stack_that_is_not_there_waits_for_nothing_and_goes_nowhere() -> None:
    with stubbed("cloudformation") as (client, stub):
        stub.add_client_error("describe_stacks", "ValidationError", http_status_code=400)
        found = Stacks(client).standing(STACK, "Gate")
    assert (found.waits, found.goes_back, found.lets_go) == (False, False, False)


def test_what_may_not_be_asked_is_not_known() -> None:
    with stubbed("cloudformation") as (client, stub):
        stub.add_client_error("describe_stacks", "AccessDenied", http_status_code=403)
        with pytest.raises(ClientError):
            Stacks(client).standing(STACK, "Gate")


def test_a_throttled_question_may_be_asked_again() -> None:
    with stubbed("cloudformation") as (client, stub):
        stub.add_client_error("describe_stacks", "Throttling", http_status_code=400)
        with pytest.raises(AwsUnavailable):
            Stacks(client).standing(STACK, "Gate")


def test_events_come_newest_first_with_what_the_resource_was_given() -> None:
    def event(name: str, status: str, **more: Any) -> dict[str, Any]:
        return {
            "EventId": name,
            "StackId": STACK,
            "StackName": "shop",
            "Timestamp": THEN,
            "LogicalResourceId": name,
            "ResourceStatus": status,
            **more,
        }

    given = {"NewVersion": "2"}
    events = [
        event("Gate", "UPDATE_IN_PROGRESS", ResourceProperties=json.dumps(given)),
        event("Gate", "UPDATE_FAILED", ResourceProperties="{cut"),
        event("shop", "UPDATE_ROLLBACK_IN_PROGRESS", PhysicalResourceId=STACK),
    ]
    with stubbed("cloudformation") as (client, stub):
        stub.add_response("describe_stack_events", {"StackEvents": events}, {"StackName": STACK})
        assert [*Stacks(client).events(STACK)] == [
            Moment("Gate", "UPDATE_IN_PROGRESS", given),
            Moment("Gate", "UPDATE_FAILED", None),
            Moment("shop", "UPDATE_ROLLBACK_IN_PROGRESS", None, of_stack=True),
        ]


@pytest.mark.parametrize(("wanted", "there"), [("alias-2", True), ("alias-3", False)])
def test_a_stack_has_what_any_page_of_its_resources_names(wanted: str, there: bool) -> None:
    def page(name: str) -> dict[str, Any]:
        return {"StackResourceSummaries": [{**DETAIL, "PhysicalResourceId": name}]}

    with stubbed("cloudformation") as (client, stub):
        asked = {"StackName": STACK}
        stub.add_response("list_stack_resources", {**page("alias-1"), "NextToken": "more"}, asked)
        more = {**asked, "NextToken": "more"}
        stub.add_response("list_stack_resources", page("alias-2"), more)
        assert Stacks(client).has(STACK, wanted) is there
