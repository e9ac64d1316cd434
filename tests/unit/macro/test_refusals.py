"""Templates that the macro refuses: each with its problem, and with the way past it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.macro.gated import Surroundings, gated
from tests.unit.macro.builders import alarm, application, gate, with_preference
from tests.unit.macro.templates import EXPORT, HOME, made, refused

GRADUALLY = {"type": "Canary10Percent5Minutes"}


def test_every_problem_is_in_one_message() -> None:
    template = application("Checkout", "Cart", Checkout={"typ": "canary"}, Chekout={}, Cart={})
    template["Resources"]["CartLive"]["Properties"]["RoutingConfig"] = {}
    told = refused(template)
    assert told.startswith("3 problems in the template: ")
    assert "Metadata.LambdaCanary.Chekout: unknown key; did you mean Checkout?" in told
    assert "Checkout: typ: unknown key; did you mean type?" in told
    assert "Cart: its alias has RoutingConfig" in told


def test_a_refused_template_is_left_as_it_was_given() -> None:
    template = application("Checkout", "Cart", Checkout={}, Cart={"typ": 1})
    before = repr(template)
    refused(template)
    assert repr(template) == before


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"steps": 0}, "steps: 0 was given; allowed: a whole number from 1 to 10,000"),
        ({"type": "sideways"}, 'type: "sideways" was given'),
        ({"type": "canary", "steps": 3}, "steps: does not go with type canary"),
        (
            {"checks": [{"type": "invok"}]},
            'checks[0].type: "invok" was given; did you mean invoke?',
        ),
        ({"checks": [{"type": "invoke", "times": 99}]}, "checks[0].times: 99 was given"),
        ({"alias-name": "live"}, "alias-name: the template itself says it"),
        ({"functions": []}, "functions: the template itself says it"),
        ({"dry-run": True}, "dry-run: the template itself says it"),
        ({"gate": "perhaps"}, 'gate: "perhaps" was given; allowed: true or false'),
        ({"mode": "fast"}, 'mode: "fast" was given; allowed: direct or gradual'),
        ({"group": "my shop"}, 'group: "my shop" was given; allowed: letters and digits'),
        ({"group": {"Ref": "Group"}}, "group: "),
        ({"caller-session": True}, "caller-session: true was given; allowed: accepted"),
        ({"triggers": "keep"}, 'triggers: "keep" was given; allowed: ignore'),
        ({"interval": 3_600}, "the rollout may take 10 h"),
        ({"approvals": [50], "steps": 2}, "the rollout may take 1 d"),
    ],
)
def test_wrong_keys_are_named_with_what_is_allowed(keys: dict[str, Any], told: str) -> None:
    assert told in refused(application("Checkout", Checkout=keys))


@pytest.mark.parametrize(
    "keys",
    [
        {"alarms": {"Fn::If": ["Prod", ["a"], {"Ref": "AWS::NoValue"}]}, "steps": 0},
        {"hooks": {"pre-traffic": {"Ref": "Ask"}}, "steps": 0},
        {"interval": {"Ref": "Interval"}, "steps": 0},
    ],
)
def test_what_is_known_is_checked_beside_what_only_cloudformation_knows(
    keys: dict[str, Any],
) -> None:
    assert "steps: 0 was given" in refused(application("Checkout", Checkout=keys))


def test_what_only_cloudformation_knows_is_left_to_the_gate() -> None:
    keys = {"steps": {"Ref": "Steps"}, "interval": {"Fn::FindInMap": ["A", "B", "C"]}}
    template = application("Checkout", Checkout=keys)
    template["Parameters"] = {"Steps": {"Type": "Number", "Default": 3}}
    assert gate(made(template))["Rollout"] == keys


@pytest.mark.parametrize(
    "version",
    ["$LATEST", "7", {"Ref": "Number"}, {"Fn::GetAtt": ["Other", "Version"]}, None],
)
def test_an_alias_is_gated_by_the_version_that_it_gets(version: object) -> None:
    template = application("Checkout", Checkout={})
    template["Resources"]["CheckoutLive"]["Properties"]["FunctionVersion"] = version
    told = refused(template)
    assert "allowed: !GetAtt of the Version of an AWS::Lambda::Version in this template" in told
    assert "`gate: false` in" in told
    assert "mode: direct" not in told


def test_a_version_is_found_whatever_it_is_called_and_however_getatt_is_written() -> None:
    template = application("Checkout", Checkout={})
    template["Resources"]["ByAnyName"] = template["Resources"].pop("CheckoutVersion")
    alias = template["Resources"]["CheckoutLive"]["Properties"]
    alias["FunctionVersion"] = {"Fn::GetAtt": "ByAnyName.Version"}
    after = made(template)
    assert gate(after)["NewVersion"] == {"Fn::GetAtt": "ByAnyName.Version"}
    assert after["Resources"]["ByAnyName"]["DeletionPolicy"] == "RetainExceptOnCreate"


@pytest.mark.parametrize("policy", ["Delete", "Retain", "Snapshot"])
def test_the_version_is_retained_except_on_create_whatever_stood_there(policy: str) -> None:
    template = application("Checkout", Checkout={})
    template["Resources"]["CheckoutVersion"]["DeletionPolicy"] = policy
    after = made(template)["Resources"]
    assert after["CheckoutVersion"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert "DeletionPolicy" not in after["CheckoutLive"]
    assert "DeletionPolicy" not in after["Checkout"]


def test_a_function_without_an_alias_is_told_how_to_get_one() -> None:
    template = application("Checkout", Checkout={})
    del template["Resources"]["CheckoutLive"]
    told = refused(template)
    assert "Checkout: has no alias in this template; with SAM, give it AutoPublishAlias" in told


def test_of_several_aliases_one_is_to_be_named() -> None:
    template = application("Checkout", Checkout={})
    template["Resources"]["Next"] = {
        **template["Resources"]["CheckoutLive"],
        "Properties": {**template["Resources"]["CheckoutLive"]["Properties"], "Name": "next"},
    }
    assert "Checkout: has the aliases CheckoutLive, Next; name one of them" in refused(template)
    template["Metadata"] = {"LambdaCanary": {"Next": GRADUALLY}}
    after = made(template)["Resources"]
    assert "NextRollout" in after
    assert "CheckoutLiveRollout" not in after


def test_provisioned_concurrency_on_the_alias_is_refused_but_where_it_moves_at_once() -> None:
    template = application("Checkout", Checkout={"mode": {"Ref": "Mode"}})
    template["Parameters"] = {"Mode": {"Type": "String", "Default": "gradual"}}
    template["Resources"]["CheckoutLive"]["Properties"]["ProvisionedConcurrencyConfig"] = {
        "ProvisionedConcurrentExecutions": 1
    }
    told = refused(template)
    assert "Checkout: its alias has ProvisionedConcurrencyConfig" in told
    assert "`mode: direct` in the metadata of Checkout" in told
    assert gate(made(template, Mode="direct"))["Mode"] == {"Ref": "Mode"}


def test_what_direct_mode_goes_past_is_all_about_the_rollout() -> None:
    keys: dict[str, Any] = {"mode": "direct", "interval": 3_600, "steps": 0, "approvals": [1]}
    template = with_preference(
        application("Checkout", Checkout=keys), "Checkout", TriggerConfigurations=[{"a": 1}]
    )
    policy = template["Resources"]["CheckoutLive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    policy["BeforeAllowTrafficHook"] = "hook"
    assert gate(made(template))["Mode"] == "direct"


def test_gate_false_goes_past_all_that_is_about_a_function() -> None:
    template = application("Checkout", Checkout={"gate": False, "typ": "canary"})
    template["Resources"]["CheckoutLive"]["Properties"] |= {
        "FunctionVersion": "7",
        "RoutingConfig": {"AdditionalVersionWeights": []},
    }
    after = made(template)
    del template["Metadata"]
    assert after == template


def test_gate_may_be_a_parameter() -> None:
    template = application("Checkout", Checkout={"gate": {"Ref": "Gradual"}})
    template["Parameters"] = {"Gradual": {"Type": "String", "Default": "true"}}
    assert "CheckoutLiveRollout" in made(template)["Resources"]
    assert "CheckoutLiveRollout" not in made(template, Gradual="false")["Resources"]


def test_numbers_may_be_written_as_text_as_cloudformation_makes_them() -> None:
    keys = {"steps": "3", "health-check": "false", "interval": "60"}
    assert gate(made(application("Checkout", Checkout=keys)))["Rollout"] == keys


def test_a_parameters_number_is_checked() -> None:
    template = application("Checkout", Checkout={"steps": {"Ref": "Steps"}})
    template["Parameters"] = {"Steps": {"Type": "Number", "Default": "0"}}
    assert "steps: 0 was given" in refused(template)
    assert made(template, Steps="4")


def test_a_parameter_that_is_none_is_left_to_cloudformation_to_refuse() -> None:
    template = application("Checkout", Checkout={"type": {"Ref": "Type"}})
    template["Parameters"] = {"Type": None}
    given = Surroundings({"Type": "canary"}, EXPORT, HOME)
    assert gate(gated(template, given))["Rollout"] == {"type": {"Ref": "Type"}}


def test_what_metadata_refers_to_is_in_the_template() -> None:
    template = application("Checkout", Checkout={"alarms": [{"Ref": "Erors"}]})
    assert "Checkout: refers to Erors, which is not in the template" in refused(template)
    template["Metadata"]["LambdaCanary"]["Checkout"] = {
        "alarms": [{"Fn::Sub": "${AWS::StackName}-errors"}]
    }
    assert gate(made(template))["Rollout"]


@pytest.mark.proves("A114")
def test_no_message_repeats_a_parameter_that_is_not_to_be_echoed() -> None:
    template = application("Checkout", Checkout={"type": {"Ref": "Secret"}, "steps": 0})
    template["Parameters"] = {"Secret": {"Type": "String", "Default": "hush", "NoEcho": True}}
    assert "hush" not in refused(template)
    template["Parameters"]["Secret"]["NoEcho"] = False
    assert '"hush" was given' in refused(template)


def test_an_alarm_behind_the_alias_would_be_a_cycle() -> None:
    template = application("Checkout", Checkout={"alarms": [{"Ref": "Errors"}]})
    template["Resources"]["Errors"] = alarm(on={"Ref": "Api"})
    template["Resources"]["Api"] = {
        "Type": "AWS::ApiGateway::RestApi",
        "Properties": {"Body": {"uri": {"Fn::Sub": "${AWS::Region}/${CheckoutLive}/invocations"}}},
    }
    told = refused(template)
    way = "CheckoutLiveRollout -> Errors -> Api -> CheckoutLive -> CheckoutLiveRollout"
    assert f"Checkout: its gate would wait for itself ({way})" in told
    assert "as text" in told
    template["Metadata"] = {"LambdaCanary": {"Checkout": {"alarms": ["Errors"]}}}
    assert gate(made(template))["Rollout"]["alarms"] == ["Errors"]


def test_members_of_a_group_cannot_call_each_other_by_alias() -> None:
    template = application("Cart", "Checkout", Cart={"group": "shop"}, Checkout={"group": "shop"})
    variables = {"Variables": {"CART": {"Ref": "CartLive"}}}
    template["Resources"]["Checkout"]["Properties"]["Environment"] = variables
    told = refused(template)
    assert "shopRollout -> Checkout -> CartLive -> shopRollout" in told


def test_gates_that_wait_for_each_other_are_added_up() -> None:
    half = {"type": "Canary10Percent20Minutes"}
    template = application("Cart", "Checkout", Cart=half, Checkout=half)
    assert made(template)
    variables = {"Variables": {"CART": {"Ref": "CartLive"}}}
    template["Resources"]["Checkout"]["Properties"]["Environment"] = variables
    told = refused(template)
    assert "Checkout: it refers to aliases that are released before it" in told
    assert "Cart up to " in told


def test_members_of_a_group_are_there_together_or_not_at_all() -> None:
    template = application("Cart", "Checkout", Cart={"group": "shop"}, Checkout={"group": "shop"})
    template["Conditions"] = {"Prod": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}
    template["Resources"]["CartLive"]["Condition"] = "Prod"
    told = refused(template)
    assert (
        "group shop: its aliases have different Conditions (CartLive Prod, CheckoutLive none)"
        in told
    )
    template["Resources"]["CheckoutLive"]["Condition"] = "Prod"
    assert made(template)["Resources"]["shopRollout"]["Condition"] == "Prod"


def test_where_nothing_is_said_of_the_schedule_it_is_one_that_a_stack_can_wait_for() -> None:
    template = application("Cart", "Checkout", Cart={}, Checkout={"min-invocations": 5})
    after = made(template)
    assert gate(after, "CartLiveRollout")["Rollout"] == {"type": "Canary10Percent10Minutes"}
    assert gate(after)["Rollout"] == {"type": "Canary10Percent10Minutes", "min-invocations": 5}


def test_a_group_has_the_schedule_of_the_member_that_says_one() -> None:
    metadata = {"Cart": {"group": "shop"}, "Checkout": {"group": "shop", "weights": [5, 100]}}
    after = made(application("Cart", "Checkout", **metadata))
    assert gate(after, "shopRollout")["Rollout"] == {"weights": [5, 100]}


@pytest.mark.parametrize("longest", ["Canary10Percent30Minutes", "Linear10PercentEvery3Minutes"])
def test_of_codedeploys_presets_all_but_one_are_short_enough(longest: str) -> None:
    assert made(application("Checkout", Checkout={"type": longest}))
    told = refused(application("Checkout", Checkout={"type": "Linear10PercentEvery10Minutes"}))
    assert "the rollout may take 1 h 48 min" in told
    assert "allowed: up to 50 min" in told


def test_members_of_a_group_say_one_thing_and_their_alarms_are_added_up() -> None:
    shop = {"group": "shop"}
    template = application(
        "Cart", "Checkout", Cart={**shop, "alarms": ["a"]}, Checkout={**shop, "alarms": ["b", "a"]}
    )
    assert gate(made(template), "shopRollout")["Rollout"]["alarms"] == ["a", "b"]
    template["Metadata"]["LambdaCanary"]["Cart"]["steps"] = 3
    template["Metadata"]["LambdaCanary"]["Checkout"]["steps"] = 4
    assert "group shop: its members say different steps: 3 and 4" in refused(template)


def test_a_group_has_25_functions_at_most() -> None:
    names = [f"Fn{number}" for number in range(26)]
    template = application(*names, **{name: {"group": "shop"} for name in names})
    assert "group shop: has 26 functions; allowed: up to 25" in refused(template)


def test_a_group_of_one_is_a_group() -> None:
    template = application("Checkout", Checkout={"group": "shop"})
    after = made(template)
    assert [one["AliasName"] for one in gate(after, "shopRollout")["Members"]] == ["live"]
    alias = after["Resources"]["CheckoutLive"]["Properties"]
    assert alias["FunctionVersion"] == {"Fn::GetAtt": ["shopRollout", "Version1"]}


def test_metadata_stands_in_one_place() -> None:
    template = application("Checkout", Checkout={})
    template["Resources"]["Checkout"]["Metadata"] = {"LambdaCanary": {"steps": 3}}
    assert "Checkout: is in the template's Metadata.LambdaCanary and in its own" in refused(
        template
    )
    template["Metadata"] = {"LambdaCanary": {"CheckoutLive": {}}}
    assert "CheckoutLive and Checkout: metadata of both is about one alias" in refused(template)


@pytest.mark.parametrize("name", ["Checkout", "CheckoutLive"])
def test_metadata_of_a_function_or_an_alias_works_and_is_taken_out(name: str) -> None:
    template = application("Checkout")
    template["Resources"][name]["Metadata"] = {"LambdaCanary": {"steps": 3}, "Other": 1}
    after = made(template)
    assert gate(after)["Rollout"] == {"steps": 3}
    assert after["Resources"][name]["Metadata"] == {"Other": 1}
    del template["Resources"][name]["Metadata"]["Other"]
    assert "Metadata" not in made(template)["Resources"][name]


def test_metadata_elsewhere_is_refused() -> None:
    template = application("Checkout")
    template["Resources"]["CheckoutVersion"]["Metadata"] = {"LambdaCanary": {}}
    told = refused(template)
    assert (
        "CheckoutVersion: is AWS::Lambda::Version; LambdaCanary stands in the metadata of" in told
    )


@pytest.mark.parametrize("metadata", [["Checkout"], "Checkout", True])
def test_metadata_is_an_object(metadata: object) -> None:
    template = application("Checkout")
    template["Metadata"] = {"LambdaCanary": metadata}
    assert "the template's Metadata: LambdaCanary is" in refused(template)
    template["Metadata"] = {"LambdaCanary": {"Checkout": metadata}}
    assert "Metadata.LambdaCanary.Checkout: " in refused(template)


def test_defaults_without_any_function_gate_nothing_and_are_refused() -> None:
    told = refused(application("Checkout", defaults={"steps": 3}))
    assert "Metadata.LambdaCanary has defaults and names no function" in told


def test_an_alias_with_a_gate_gets_no_second_one() -> None:
    template = made(application("Checkout", Checkout={}))
    template["Metadata"] = {"LambdaCanary": {"Checkout": {}}}
    assert "Checkout: has a gate already, CheckoutLiveRollout" in refused(template)


def test_a_name_that_a_gate_would_take_is_free() -> None:
    template = application("Checkout", Checkout={})
    template["Resources"]["CheckoutLiveRollout"] = {"Type": "AWS::SNS::Topic"}
    assert "CheckoutLiveRollout: would be the name of a gate" in refused(template)


def test_an_update_policy_that_depends_on_a_condition_is_refused() -> None:
    template = application("Checkout", Checkout={})
    policy = {"Fn::If": ["Prod", {"CodeDeployLambdaAliasUpdate": {}}, {"Ref": "AWS::NoValue"}]}
    template["Resources"]["CheckoutLive"]["UpdatePolicy"] = policy
    told = refused(template)
    assert "Checkout: has an UpdatePolicy that is no plain CodeDeployLambdaAliasUpdate" in told


def test_a_template_has_room_for_its_gates() -> None:
    template = application("Checkout", Checkout={})
    topics = {f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(497)}
    template["Resources"] |= topics
    assert "it has 501 resources with its gates; allowed: up to 500" in refused(template)
    del template["Resources"]["Topic0"]
    assert len(made(template)["Resources"]) == 500


def test_sam_comes_first() -> None:
    template = {"Resources": {"Checkout": {"Type": "AWS::Serverless::Function", "Properties": {}}}}
    assert "write Transform: [AWS::Serverless-2016-10-31, LambdaCanary]" in refused(template)


@pytest.mark.parametrize("fragment", [{}, {"Resources": []}, [], "text", None])
def test_what_is_no_template_is_refused(fragment: Any) -> None:
    assert "it has no Resources" in refused(fragment)


def test_the_gate_waits_for_what_its_alias_waits_for() -> None:
    template = application("Checkout", Checkout={})
    template["Resources"]["CheckoutLive"]["DependsOn"] = ["Migration"]
    template["Resources"]["Migration"] = {"Type": "AWS::SNS::Topic"}
    after = made(template)["Resources"]
    assert after["CheckoutLiveRollout"]["DependsOn"] == ["Migration"]
    assert after["CheckoutLive"]["DependsOn"] == ["Migration"]
