"""What holds of the macro whatever the template."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.macro.gated import Surroundings, gated
from domain.macro.problems import TemplateRefused
from tests.long import long
from tests.unit.macro.builders import alarm, application, with_preference
from tests.unit.macro.templates import EXPORT, HOME, Template, lints

NAMES = ("Cart", "Checkout", "Search")
NO_VALUE = {"Ref": "AWS::NoValue"}
CONDITIONS = {"Prod": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}
NOISE = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9_999) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
ALARMS = st.sampled_from([["a"], [{"Ref": "Errors"}], {"Fn::If": ["Prod", ["a"], NO_VALUE]}, []])
SOUND: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["linear", "canary", "AllAtOnce", {"Ref": "Kind"}]),
    "alarms": ALARMS,
    "hooks": st.sampled_from([{}, {"pre-traffic": {"Ref": "Cart"}}]),
    "checks": st.sampled_from([[], [{"type": "invoke", "payload": {"on": {"Ref": "Errors"}}}]]),
    "group": st.just("shop"),
    "gate": st.booleans(),
    "mode": st.sampled_from(["direct", "gradual", {"Ref": "Mode"}]),
    "caller-session": st.just("accepted"),
    "triggers": st.just("ignore"),
    "notify": st.just("all"),
}
KEYS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=SOUND)


@st.composite
def templates(draw: st.DrawFn, keys: st.SearchStrategy[Any] = KEYS) -> Template:
    """Draw a template of up to three functions, some moved by CodeDeploy, some with conditions."""
    functions = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
    said = draw(st.dictionaries(st.sampled_from([*functions, "defaults"]), keys, max_size=4))
    template = application(*functions, **said)
    template["Parameters"] = {
        "Kind": {"Type": "String", "Default": "canary"},
        "Mode": {"Type": "String", "Default": "gradual"},
    }
    template["Conditions"] = CONDITIONS
    template["Resources"]["Errors"] = alarm(on={"Ref": functions[0]})
    for name in functions:
        if draw(st.booleans()):
            group = {"AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": "a"}]}}
            with_preference(template, name, **draw(st.sampled_from([{}, group])))
        if draw(st.booleans()):
            for one in (f"{name}Version", f"{name}Live"):
                template["Resources"][one]["Condition"] = "Prod"
    return template


def answer(template: Any) -> Template | str:
    parameters = {"Kind": "canary", "Mode": "gradual"}
    try:
        return gated(template, Surroundings(parameters, EXPORT, HOME))
    except TemplateRefused as reason:
        return str(reason)


@given(templates())
def test_the_same_template_gets_the_same_answer_and_stays_as_it_was(template: Template) -> None:
    before = copy.deepcopy(template)
    assert answer(template) == answer(before)
    assert template == before


@given(templates())
def test_a_template_with_its_gates_is_left_alone(template: Template) -> None:
    once = answer(template)
    if not isinstance(once, str):
        for one in once["Resources"].values():
            one.pop("UpdatePolicy", None)  # of those with `gate: false`, which nobody says any more
        assert answer(once) == once


@given(templates(keys=st.nothing()))
def test_without_metadata_only_what_codedeploy_moves_is_changed(template: Template) -> None:
    template.pop("Metadata", None)
    after = answer(template)
    assert not isinstance(after, str)
    resources = template["Resources"]
    moved = {name for name, one in resources.items() if "UpdatePolicy" in one}
    versions = {name.replace("Live", "Version") for name in moved}
    new = {f"{name}Rollout" for name in moved}
    assert after["Resources"].keys() == resources.keys() | new
    for name in resources.keys() - moved - versions:
        assert after["Resources"][name] == resources[name]
    assert {**after, "Resources": 0} == {**template, "Resources": 0}


@given(templates())
def test_no_alias_with_a_gate_is_moved_by_anything_else(template: Template) -> None:
    after = answer(template)
    if isinstance(after, str):
        return
    resources = after["Resources"]
    for name, one in resources.items():
        if one["Type"] == "AWS::Lambda::Alias":
            source, _ = one["Properties"]["FunctionVersion"]["Fn::GetAtt"]
            behind = resources[source]["Type"] == "Custom::LambdaCanary"
            assert not (behind and "UpdatePolicy" in one)
            if behind:
                version = name.replace("Live", "Version")
                assert resources[version]["DeletionPolicy"] == "RetainExceptOnCreate"
                assert resources[source].get("Condition") == one.get("Condition")


@given(templates(keys=st.dictionaries(st.sampled_from([*SOUND, "steps", "x"]), NOISE)), NOISE)
def test_whatever_is_written_there_is_a_template_or_a_refusal(
    template: Template, noise: object
) -> None:
    assert answer(template)
    template["Metadata"] = {"LambdaCanary": noise}
    assert answer(template)
    assert answer({"Resources": noise})


@long
@settings(max_examples=20)
@given(templates())
def test_a_template_that_lints_lints_with_its_gates(template: Template) -> None:
    after = answer(template)
    if not isinstance(after, str) and not lints(template):
        assert lints(after) == []
