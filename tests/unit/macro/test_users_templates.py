"""What the macro makes of templates as users have them, translated by SAM or made by the CDK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.long import parametrize
from tests.unit.macro.templates import (
    EXPORT,
    ROOT,
    TEMPLATES,
    Template,
    lints,
    made,
    refused,
    translated,
)

SAM = ROOT / "examples" / "sam" / "template.yaml"
CDK = ROOT / "examples" / "cdk" / "synthesised.json"
BY_HAND = TEMPLATES / "by-hand.yaml"
TOKEN = {"ServiceToken": {"Fn::ImportValue": EXPORT}, "ServiceTimeout": 3600}


def gates(template: Template) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "Custom::LambdaCanary"
    }


def only(template: Template, kind: str) -> tuple[str, dict[str, Any]]:
    [(name, resource)] = [
        (name, one) for name, one in template["Resources"].items() if one["Type"] == kind
    ]
    return name, resource


def test_an_alias_that_sam_publishes_gets_a_gate_and_keeps_its_name_and_all_else() -> None:
    before = translated(SAM)
    after = made(before)
    version, _ = only(after, "AWS::Lambda::Version")
    assert gates(after) == {
        "CheckoutAliasliveRollout": {
            **TOKEN,
            "FunctionName": {"Ref": "Checkout"},
            "AliasName": "live",
            "NewVersion": {"Fn::GetAtt": [version, "Version"]},
            "Rollout": {"type": "Canary10Percent5Minutes", "alarms": [{"Ref": "CheckoutErrors"}]},
        }
    }
    was = before["Resources"].pop("CheckoutAliaslive")
    of_gate = {"FunctionVersion": {"Fn::GetAtt": ["CheckoutAliasliveRollout", "Version"]}}
    was["Properties"] |= of_gate
    before["Resources"][version]["DeletionPolicy"] = "RetainExceptOnCreate"
    del before["Metadata"]
    rest = {name: one for name, one in after["Resources"].items() if name not in gates(after)}
    assert {**after, "Resources": rest} == {
        **before,
        "Resources": {**before["Resources"], "CheckoutAliaslive": was},
    }


def test_a_deployment_preference_becomes_type_and_alarms_and_sams_own_resources_go() -> None:
    before = translated(TEMPLATES / "preference.yaml")
    after = made(before)
    [gate] = gates(after).values()
    assert gate["Rollout"] == {
        "type": "Linear10PercentEvery1Minute",
        "alarms": [{"Ref": "CheckoutErrors"}],
    }
    _, alias = only(after, "AWS::Lambda::Alias")
    assert "UpdatePolicy" not in alias
    assert before["Resources"].keys() - after["Resources"].keys() == {
        "CheckoutDeploymentGroup",
        "CodeDeployServiceRole",
        "ServerlessDeploymentApplication",
    }


def test_a_hook_of_codedeploy_is_refused_with_the_line_that_has_it_accepted() -> None:
    template = translated(TEMPLATES / "hooks.yaml")
    told = refused(template)
    assert told.startswith("1 problem in the template: Checkout: ")
    assert "`hooks: {pre-traffic: !Ref Ask}`" in told
    assert "`mode: direct` in the metadata of Checkout" in told
    assert "`gate: false`" in told

    template["Metadata"] = {
        "LambdaCanary": {"Checkout": {"hooks": {"pre-traffic": {"Ref": "Ask"}}}}
    }
    [gate] = gates(made(template)).values()
    assert gate["Rollout"] == {
        "type": "Canary10Percent5Minutes",
        "hooks": {"pre-traffic": {"Ref": "Ask"}},
    }


def test_a_hook_may_be_left_out() -> None:
    template = translated(TEMPLATES / "hooks.yaml")
    template["Metadata"] = {"LambdaCanary": {"Checkout": {"hooks": {}}}}
    [gate] = gates(made(template)).values()
    assert gate["Rollout"] == {"type": "Canary10Percent5Minutes"}


def test_what_the_cdk_makes_of_a_deployment_group_becomes_a_gate_and_the_group_stays() -> None:
    before = translated(CDK)
    after = made(before)
    alias, resource = only(after, "AWS::Lambda::Alias")
    version, body = only(after, "AWS::Lambda::Version")
    [(name, gate)] = gates(after).items()
    alarm, _ = only(after, "AWS::CloudWatch::Alarm")
    assert name == f"{alias}Rollout"
    assert gate["NewVersion"] == {"Fn::GetAtt": [version, "Version"]}
    assert gate["Rollout"] == {"type": "Canary10Percent5Minutes", "alarms": [{"Ref": alarm}]}
    assert resource["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [name, "Version"]}
    assert "UpdatePolicy" not in resource
    assert body["DeletionPolicy"] == "RetainExceptOnCreate"
    assert after["Resources"].keys() - before["Resources"].keys() == {name}
    assert before["Resources"].keys() <= after["Resources"].keys()


def test_a_gate_that_was_written_by_hand_stays_as_it_is() -> None:
    template = translated(BY_HAND)
    assert made(template) == template


def test_functions_of_a_group_share_a_gate() -> None:
    after = made(translated(TEMPLATES / "group.yaml"))
    [(name, gate)] = gates(after).items()
    assert name == "shopRollout"
    assert [one["FunctionName"]["Ref"] for one in gate["Members"]] == ["Cart", "Checkout"]
    assert gate["Rollout"] == {"type": "Canary10Percent5Minutes", "min-invocations": 0}
    for at, alias in enumerate(("CartAliaslive", "CheckoutAliaslive"), start=1):
        version = after["Resources"][alias]["Properties"]["FunctionVersion"]
        assert version == {"Fn::GetAtt": ["shopRollout", f"Version{at}"]}


def test_events_urls_and_permissions_go_on_referring_to_the_alias() -> None:
    before = translated(TEMPLATES / "triggers.yaml")
    after = made(before)
    untouched = before["Resources"].keys() - {"CheckoutAliaslive"}
    versions = {name for name in untouched if "Version" in name}
    assert len(untouched) > 8
    assert {name: after["Resources"][name] for name in untouched - versions} == {
        name: before["Resources"][name] for name in untouched - versions
    }
    refer = json.dumps({"Ref": "CheckoutAliaslive"})
    callers = {name for name, one in after["Resources"].items() if refer in json.dumps(one)}
    url = {"CheckoutUrl", "CheckoutUrlPublicPermissions", "CheckoutURLInvokeAllowPublicAccess"}
    assert callers == {"CheckoutLate", "CheckoutOrderPermissionProd", *url}
    assert "${CheckoutAliaslive}" in json.dumps(after["Resources"]["ServerlessRestApi"])


def test_conditions_parameters_and_intrinsics_go_over_to_the_gate() -> None:
    after = made(translated(TEMPLATES / "conditions.yaml"))
    checkout, cart = (
        after["Resources"][f"{name}Rollout"] for name in ("CheckoutAliaslive", "CartLive")
    )
    assert checkout["Condition"] == "IsProd"
    assert checkout["Properties"]["Rollout"] == {
        "type": {"Ref": "ReleaseType"},
        "min-invocations": 0,
        "alarms": {"Fn::If": ["IsProd", [{"Ref": "CheckoutErrors"}], {"Ref": "AWS::NoValue"}]},
    }
    assert "Condition" not in cart
    assert cart["Properties"]["Mode"] == {"Ref": "ReleaseMode"}
    assert cart["Properties"]["Rollout"] == {
        "type": "Linear10PercentEvery1Minute",
        "min-invocations": 0,
    }
    assert after["Resources"]["CartLive"]["Properties"]["Description"] == "What customers call"


def test_a_type_that_a_parameter_has_wrong_is_refused() -> None:
    template = translated(TEMPLATES / "conditions.yaml")
    told = refused(template, ReleaseType="Canary10Percent5Minuts")
    assert "did you mean" in told or "CodeDeploy name" in told
    assert made(template, ReleaseType="Canary10Percent5Minuts", ReleaseMode="direct")


@parametrize("path", [SAM, CDK, *sorted(TEMPLATES.glob("*.yaml"))], short=2, ids=lambda it: it.stem)
def test_what_is_made_of_it_lints(path: Path) -> None:
    template = translated(path)
    if path.stem == "hooks":
        template["Metadata"] = {"LambdaCanary": {"Checkout": {"hooks": {}}}}
    assert lints(template) == lints(made(template)) == []
