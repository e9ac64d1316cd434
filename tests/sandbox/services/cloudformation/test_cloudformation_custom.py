"""Custom resources: what their function is asked, and what becomes of its answer."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import URLError

import pytest

from sandbox.sandbox import Sandbox
from tests.sandbox.services.cloudformation.clients import Client
from tests.sandbox.services.cloudformation.providers import (
    ARN,
    asked,
    custom,
    failed,
    kinds,
    provider,
    put,
    put_raw,
    template,
)

HOUR = 3_600


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    provider(sandbox)
    return Client(sandbox)


@pytest.mark.proves("S67")
def test_the_function_is_asked_in_the_documented_words(client: Client) -> None:
    properties = {"On": True, "Count": 3, "Share": 0.5, "Deep": [{"Off": False}]}
    thing = custom(**properties)
    thing["Properties"]["Deep"] = properties["Deep"]
    stack = client.deploy(template(Thing=thing))
    [request] = asked(client.sandbox)
    url = request.pop("ResponseURL")
    assert url.startswith("http://127.0.0.1:")
    assert len(request.pop("RequestId")) == 36
    assert request == {
        "RequestType": "Create",
        "ServiceToken": ARN,
        "StackId": stack["StackId"],
        "LogicalResourceId": "Thing",
        "ResourceType": "Custom::Thing",
        "ResourceProperties": {
            "ServiceToken": ARN,
            "On": "true",
            "Count": "3",
            "Share": "0.5",
            "Deep": [{"Off": "false"}],
        },
    }


@pytest.mark.proves("S67")
def test_an_update_tells_the_old_properties_and_a_deletion_the_last(client: Client) -> None:
    client.deploy(template(Thing=custom(Size=1)))
    client.deploy(template(Thing=custom(Size=2)), "UPDATE")
    client.api.delete_stack(StackName="app")
    client.sandbox.run_for(60)
    create, update, delete = asked(client.sandbox)
    assert update["ResourceProperties"] == {"ServiceToken": ARN, "Size": "2"}
    assert update["OldResourceProperties"] == create["ResourceProperties"]
    assert update["PhysicalResourceId"] == delete["PhysicalResourceId"] == "made"
    assert delete["ResourceProperties"] == update["ResourceProperties"]
    assert len({one["RequestId"] for one in (create, update, delete)}) == 3


@pytest.mark.proves("S67")
def test_only_what_changes_is_asked_for(client: Client) -> None:
    client.deploy(template(Thing=custom(Size=1)))
    change_set = client.propose(template(Thing=custom(Size="1")), "UPDATE", "same")
    assert change_set["Status"] == "FAILED"
    assert kinds(client.sandbox) == ["Thing Create -"]


@pytest.mark.proves("S67")
def test_the_answer_gives_the_physical_id_and_the_attributes(client: Client) -> None:
    thing = custom(Create={"PhysicalResourceId": "id", "Data": {"A": "x", "B": 2, "C": True}})
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Thing"}}}
    got = {name: {"Value": {"Fn::GetAtt": ["Thing", name]}} for name in "ABC"}
    stack = client.deploy(json.dumps({"Resources": {"Thing": thing, "T": topic}, "Outputs": got}))
    assert {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]} == {
        "A": "x",
        "B": "2",
        "C": "true",
    }
    resources = client.sandbox.cloudformation.engine.stacks[stack["StackId"]].resources
    assert resources["T"].properties["DisplayName"] == "id"


@pytest.mark.proves("S67")
def test_what_is_not_to_be_echoed_is_hidden_and_can_be_used(client: Client) -> None:
    thing = custom(Create={"Data": {"Word": "hush"}, "NoEcho": True})
    word = {"Fn::GetAtt": ["Thing", "Word"]}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": word}}
    body = {"Resources": {"Thing": thing, "T": topic}, "Outputs": {"Word": {"Value": word}}}
    stack = client.deploy(json.dumps(body))
    assert stack["Outputs"][0]["OutputValue"] == "*****"
    resources = client.sandbox.cloudformation.engine.stacks[stack["StackId"]].resources
    assert resources["T"].properties["DisplayName"] == "hush"


@pytest.mark.proves("S67")
def test_an_attribute_that_the_answer_lacks_fails_who_asks_for_it(client: Client) -> None:
    topic = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"DisplayName": {"Fn::GetAtt": ["Thing", "Nothing"]}},
    }
    assert client.deploy(template(Thing=custom(), T=topic))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Thing has no attribute Nothing" in client.reason("T")


@pytest.mark.proves("S68")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (failed("not today"), "Message returned: not today (RequestId: "),
        ({"Data": {"A": "x" * 4_000}}, "Response object is too long."),
        ({"StackId": "another"}, "Invalid StackId"),
        ({"RequestId": "another"}, "Invalid RequestId"),
        ({"LogicalResourceId": "another"}, "Invalid LogicalResourceId"),
        ({"PhysicalResourceId": ""}, "Invalid PhysicalResourceId"),
        ({"PhysicalResourceId": "x" * 1_025}, "Invalid PhysicalResourceId"),
        ({"Status": "MAYBE"}, "Invalid Status"),
        ({"Data": ["x"]}, "Invalid Data"),
        ({"Data": {"A": {"B": "x"}}}, "models Data of scalars alone"),
        ("silence", "CloudFormation did not receive a response from your Custom Resource."),
    ],
)
def test_an_answer_that_fails_the_resource(client: Client, answer: Any, words: str) -> None:
    client.deploy(template(Thing=custom(Create=answer, ServiceTimeout=30)))
    client.sandbox.run_for(60)
    assert client.stack()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert words in client.reason("Thing")
    assert [one["RequestType"] for one in asked(client.sandbox)] == ["Create", "Delete"]


@pytest.mark.proves("S68")
def test_an_answer_of_4096_bytes_is_taken(client: Client) -> None:
    client.propose(template(Thing=custom(Create="silence")))
    client.execute()
    [request] = asked(client.sandbox)
    ids = {name: request[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    body = {"Status": "SUCCESS", "PhysicalResourceId": "made", **ids}
    assert put_raw(request["ResponseURL"], json.dumps(body).encode().ljust(4_096)) == 200
    client.sandbox.run_for(1)
    assert client.stack()["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.proves("S68")
def test_what_is_no_json_object_fails_the_resource(client: Client) -> None:
    for body in (b"{", b"[]"):
        client.api.create_stack(
            StackName="app", TemplateBody=template(Thing=custom(Create="silence"))
        )
        client.sandbox.run_for(5)
        assert put_raw(asked(client.sandbox)[-1]["ResponseURL"], body) == 200
        client.sandbox.run_for(60)
        assert client.reason("Thing") == "Response is not valid JSON."
        client.api.delete_stack(StackName="app")
        client.sandbox.run_for(60)


@pytest.mark.proves("S68")
@pytest.mark.parametrize(("given", "seconds"), [({}, HOUR), ({"ServiceTimeout": 40}, 40)])
def test_silence_is_waited_for_as_long_as_asked_for(
    client: Client, given: dict[str, int], seconds: int
) -> None:
    client.propose(template(Thing=custom(Create="silence", **given)))
    client.api.execute_change_set(StackName="app", ChangeSetName="c")
    client.sandbox.run_for(seconds - 1)
    assert client.stack()["StackStatus"] == "CREATE_IN_PROGRESS"
    client.sandbox.run_for(5)
    assert client.stack()["StackStatus"] == "ROLLBACK_COMPLETE"


@pytest.mark.proves("S68")
@pytest.mark.parametrize("timeout", ["0", "3601", "soon"])
def test_a_timeout_out_of_bounds_fails_the_resource(client: Client, timeout: str) -> None:
    client.deploy(template(Thing=custom(ServiceTimeout=timeout)))
    assert "ServiceTimeout must be an integer from 1 to 3600" in client.reason("Thing")
    assert asked(client.sandbox) == []


@pytest.mark.proves("S69")
def test_time_goes_on_while_a_function_is_waited_for_and_whoever_has_the_url_answers(
    client: Client,
) -> None:
    client.propose(template(Thing=custom(Create="silence")))
    client.execute()
    client.sandbox.run_for(1_000)
    [request] = asked(client.sandbox)
    assert client.stack()["StackStatus"] == "CREATE_IN_PROGRESS"
    assert put(request) == 200
    client.sandbox.run_for(1)
    assert client.stack()["StackStatus"] == "CREATE_COMPLETE"
    assert put(request, Status="FAILED") == 200
    client.sandbox.run_for(HOUR)
    assert client.stack()["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.proves("S69")
def test_only_the_whole_url_with_an_empty_content_type_is_served(client: Client) -> None:
    client.propose(template(Thing=custom(Create="silence")))
    client.execute()
    [request] = asked(client.sandbox)
    assert put(request, content_type="application/json") == 403
    assert put_raw(request["ResponseURL"][:-1], b"{}") == 403
    assert put_raw(request["ResponseURL"].partition("?")[0], b"{}") == 403
    assert put_raw(request["ResponseURL"], b" " * (2**20 + 1)) == 400
    assert client.stack()["StackStatus"] == "CREATE_IN_PROGRESS"


@pytest.mark.proves("S69")
def test_a_closed_sandbox_serves_no_url(client: Client) -> None:
    client.propose(template(Thing=custom(Create="silence")))
    client.execute()
    [request] = asked(client.sandbox)
    client.sandbox.close()
    with pytest.raises(URLError):
        put(request)


@pytest.mark.proves("S69")
def test_answers_can_be_refused_and_get_lost(client: Client) -> None:
    client.sandbox.faults.on_response(503)
    client.sandbox.faults.on_response(None)
    client.propose(template(Thing=custom(Create="silence")))
    client.execute()
    [request] = asked(client.sandbox)
    assert put(request) == 503
    assert put(request) == 200
    client.sandbox.run_for(60)
    assert client.stack()["StackStatus"] == "CREATE_IN_PROGRESS"
    assert put(request) == 200
    client.sandbox.run_for(1)
    assert client.stack()["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.proves("S69")
def test_calls_of_functions_come_late_or_twice(client: Client) -> None:
    client.sandbox.faults.on_delivery("provider", "late", seconds=100)
    client.sandbox.faults.on_delivery("provider", "twice", seconds=10)
    client.propose(template(Thing=custom(), Other=custom()))
    client.execute()
    assert kinds(client.sandbox) == ["Other Create -", "Other Create -"]
    assert client.stack()["StackStatus"] == "CREATE_IN_PROGRESS"
    client.sandbox.run_for(60)
    assert kinds(client.sandbox)[2:] == ["Thing Create -"]
    assert client.stack()["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("kind", ["AWS::CloudFormation::CustomResource", "Custom::A_b-c@1"])
@pytest.mark.proves("S67")
def test_types_that_anybody_may_make_up(client: Client, kind: str) -> None:
    client.deploy(template(Thing={**custom(), "Type": kind}))
    assert asked(client.sandbox)[0]["ResourceType"] == kind


@pytest.mark.parametrize("kind", ["Custom::", "Custom::a.b", f"Custom::{'x' * 53}"])
@pytest.mark.proves("S60")
def test_names_that_no_custom_resource_can_have(client: Client, kind: str) -> None:
    body = template(Thing={**custom(), "Type": kind})
    with pytest.raises(client.api.exceptions.ClientError, match="type is not supported"):
        client.api.create_stack(StackName="app", TemplateBody=body)


@pytest.mark.proves("S60")
def test_topics_as_providers_are_beyond_the_sandbox(client: Client) -> None:
    thing = custom()
    thing["Properties"]["ServiceToken"] = "arn:aws:sns:us-east-1:123456789012:t"
    client.deploy(template(Thing=thing))
    assert "models functions as ServiceToken" in client.reason("Thing")


@pytest.mark.proves("S67")
def test_a_function_that_is_not_there_fails_the_resource(client: Client) -> None:
    thing = custom()
    thing["Properties"]["ServiceToken"] = ARN + "-gone"
    client.deploy(template(Thing=thing))
    assert "Function not found" in client.reason("Thing")


@pytest.mark.proves("S67")
def test_the_service_token_cannot_change(client: Client) -> None:
    client.deploy(template(Thing=custom()))
    thing = custom()
    thing["Properties"]["ServiceToken"] = f"{ARN}:$LATEST"
    assert (
        client.deploy(template(Thing=thing), "UPDATE")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    )
    assert client.reason("Thing") == "Modifying service token is not allowed."
