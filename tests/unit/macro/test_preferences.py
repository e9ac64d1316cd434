"""What becomes of a deployment preference, in all the forms that CloudFormation allows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.macro.builders import application, gate, with_preference
from tests.unit.macro.templates import made, refused

NO_VALUE = {"Ref": "AWS::NoValue"}
A, B = {"Name": {"Ref": "A"}}, {"Name": "b"}


def rollout(said: dict[str, Any] | None = None, **group: Any) -> dict[str, Any]:
    metadata = {} if said is None else {"Checkout": said}
    template = with_preference(application("Checkout", **metadata), "Checkout", **group)
    found: dict[str, Any] = gate(made(template))["Rollout"]
    return found


@pytest.mark.parametrize(
    ("configuration", "alarms"),
    [
        (None, None),
        (NO_VALUE, None),
        ({}, None),
        ({"Enabled": False, "Alarms": [A]}, None),
        ({"Enabled": "false", "Alarms": [A]}, None),
        ({"Enabled": True}, None),
        ({"Enabled": True, "Alarms": []}, None),
        ({"Enabled": True, "Alarms": [A, B]}, [{"Ref": "A"}, "b"]),
        ({"Alarms": [A]}, [{"Ref": "A"}]),
        (
            {"Enabled": True, "Alarms": [A, {"Fn::If": ["Prod", B, NO_VALUE]}]},
            [{"Ref": "A"}, {"Fn::If": ["Prod", "b", NO_VALUE]}],
        ),
        (
            {"Enabled": True, "Alarms": {"Fn::If": ["Prod", [A], [B]]}},
            {"Fn::If": ["Prod", [{"Ref": "A"}], ["b"]]},
        ),
        (
            {"Fn::If": ["Prod", {"Enabled": True, "Alarms": [A]}, NO_VALUE]},
            {"Fn::If": ["Prod", [{"Ref": "A"}], NO_VALUE]},
        ),
        ({"Fn::If": ["Prod", {"Enabled": False}, NO_VALUE]}, None),
    ],
)
def test_alarms_go_over_through_every_condition(configuration: Any, alarms: object) -> None:
    group = {} if configuration is None else {"AlarmConfiguration": configuration}
    assert rollout(**group).get("alarms") == alarms


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("CodeDeployDefault.LambdaAllAtOnce", "AllAtOnce"),
        ({"Fn::Sub": "CodeDeployDefault.LambdaAllAtOnce"}, "AllAtOnce"),
        (
            {"Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": "AllAtOnce"}]},
            "AllAtOnce",
        ),
        (
            {"Fn::If": ["Prod", "CodeDeployDefault.LambdaAllAtOnce", "Canary10Percent5Minutes"]},
            {"Fn::If": ["Prod", "AllAtOnce", "Canary10Percent5Minutes"]},
        ),
        ({"Ref": "Kind"}, {"Ref": "Kind"}),
    ],
)
def test_configuration_becomes_the_type_of_its_name(name: object, type_: object) -> None:
    template = with_preference(application("Checkout"), "Checkout", DeploymentConfigName=name)
    template["Parameters"] = {"Kind": {"Type": "String", "Default": "Linear10PercentEvery1Minute"}}
    assert gate(made(template))["Rollout"]["type"] == type_


@pytest.mark.parametrize(
    "name",
    [
        "ShopOwn",
        {"Ref": "ShopConfiguration"},
        {"Ref": "Unknown"},
        {"Fn::Sub": "${Stage}Configuration"},
        {"Fn::If": ["Prod", "CodeDeployDefault.LambdaAllAtOnce", "ShopOwn"]},
        None,
        7,
    ],
)
def test_a_configuration_of_ones_own_wants_a_type(name: object) -> None:
    template = with_preference(application("Checkout"), "Checkout", DeploymentConfigName=name)
    told = refused(template)
    assert "CodeDeploy configuration" in told
    assert "say `type` or `weights` in its metadata" in told
    assert rollout({"weights": [5, 100]}, DeploymentConfigName=name)["weights"] == [5, 100]


@pytest.mark.parametrize(
    "configuration",
    [
        {"Enabled": {"Ref": "Unknown"}, "Alarms": [A]},
        {"Fn::FindInMap": ["A", "B", "C"]},
        {"Alarms": "text"},
        {"Alarms": ["text"]},
        {"Alarms": {"Ref": "List"}},
    ],
)
def test_alarms_that_cannot_be_told_want_alarms(configuration: object) -> None:
    group = {"AlarmConfiguration": configuration}
    told = refused(with_preference(application("Checkout"), "Checkout", **group))
    assert "say `alarms` in its metadata ([] for none)" in told
    assert "alarms" not in rollout({"alarms": []}, **group)
    assert rollout({"alarms": ["c"]}, **group)["alarms"] == ["c"]


def test_a_group_of_another_stack_wants_both() -> None:
    template = with_preference(application("Checkout"), "Checkout")
    del template["Resources"]["CheckoutGroup"]
    told = refused(template)
    assert told.startswith("2 problems in the template: ")
    template["Metadata"] = {"LambdaCanary": {"defaults": {"type": "canary", "alarms": ["c"]}}}
    assert gate(made(template))["Rollout"] == {"type": "canary", "alarms": ["c"]}


def test_topics_that_the_group_tells_want_a_word() -> None:
    triggers = [{"TriggerEvents": ["DeploymentFailure"], "TriggerTargetArn": {"Ref": "Topic"}}]
    template = with_preference(application("Checkout"), "Checkout", TriggerConfigurations=triggers)
    assert "say `triggers: ignore` in its metadata" in refused(template)
    assert rollout({"triggers": "ignore"}, TriggerConfigurations=triggers) == {
        "type": "Canary10Percent5Minutes"
    }


def test_what_is_said_of_the_schedule_takes_all_of_the_preferences_place() -> None:
    assert rollout({"interval": 30}) == {"interval": 30}
    assert rollout({"notify": "all"}) == {"type": "Canary10Percent5Minutes", "notify": "all"}


def test_the_preference_goes_before_the_defaults_and_its_function_before_both() -> None:
    group = {"AlarmConfiguration": {"Alarms": [A]}}
    template = with_preference(application("Checkout"), "Checkout", **group)
    defaults = {"type": "linear", "steps": 4, "alarms": ["d"], "notify": "all"}
    template["Metadata"] = {"LambdaCanary": {"defaults": defaults}}
    assert gate(made(template))["Rollout"] == {
        "type": "Canary10Percent5Minutes",
        "alarms": [{"Ref": "A"}],
        "notify": "all",
    }
    template["Metadata"]["LambdaCanary"]["Checkout"] = {"alarms": ["own"]}
    assert gate(made(template))["Rollout"]["alarms"] == ["own"]


def test_what_refers_to_a_group_of_sams_keeps_it() -> None:
    template = with_preference(application("Checkout"), "Checkout")
    group = template["Resources"].pop("CheckoutGroup")
    group["Properties"]["ApplicationName"] = {"Ref": "ServerlessDeploymentApplication"}
    template["Resources"] |= {
        "CheckoutDeploymentGroup": group,
        "ServerlessDeploymentApplication": {
            "Type": "AWS::CodeDeploy::Application",
            "Properties": {"ComputePlatform": "Lambda"},
        },
    }
    policy = template["Resources"]["CheckoutLive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    policy["DeploymentGroupName"] = {"Ref": "CheckoutDeploymentGroup"}
    assert "CheckoutDeploymentGroup" not in made(template)["Resources"]
    assert "ServerlessDeploymentApplication" not in made(template)["Resources"]

    template["Outputs"] = {"Group": {"Value": {"Ref": "CheckoutDeploymentGroup"}}}
    assert template["Resources"].keys() < made(template)["Resources"].keys()

    template["Outputs"] = {"Application": {"Value": {"Ref": "ServerlessDeploymentApplication"}}}
    assert "CheckoutDeploymentGroup" not in made(template)["Resources"]
    assert "ServerlessDeploymentApplication" in made(template)["Resources"]

    del template["Outputs"]
    group["DependsOn"] = "Checkout"
    assert template["Resources"].keys() < made(template)["Resources"].keys()


def test_an_alias_that_keeps_its_preference_keeps_all_of_it() -> None:
    template = with_preference(application("Checkout", Checkout={"gate": False}), "Checkout")
    bare = with_preference(application("Checkout"), "Checkout")
    assert made(template) == bare
