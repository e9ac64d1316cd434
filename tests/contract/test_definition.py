"""The state machines' definitions keep their rules, and one that breaks a rule is caught."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from sandbox.services.cloudformation.template import load as load_template
from tests.contract import rules
from tests.contract.definition import DEFINITIONS, ROOT, load

DEPLOY, RELAY, HOOK, GATE = DEFINITIONS
TEXTS = {machine: path.read_text(encoding="utf-8") for machine, path in DEFINITIONS.items()}
KEPT = [
    *((machine, rule) for machine in DEFINITIONS for rule in rules.OF_ALL),
    *((machine, rule) for machine in (DEPLOY, RELAY) for rule in rules.OF_BOTH),
    *((GATE, rule) for rule in rules.OF_GATE),
    *((DEPLOY, rule) for rule in rules.OF_DEPLOY),
    *((RELAY, rule) for rule in rules.OF_RELAY),
    *((HOOK, rule) for rule in rules.OF_HOOK),
]

every_machine = pytest.mark.parametrize("machine", DEFINITIONS)


@pytest.mark.parametrize(("machine", "rule"), KEPT)
def test_definition_keeps_the_rule(machine: str, rule: rules.Rule) -> None:
    assert list(rule(load(machine))) == []


@pytest.mark.parametrize("rule", rules.OF_THE_TWO)
def test_the_two_definitions_keep_the_rule(rule: rules.PairRule) -> None:
    assert list(rule(load(DEPLOY), load(RELAY))) == []


def _state(definition: dict[str, Any], name: str) -> dict[str, Any]:
    state: dict[str, Any] = definition["States"][name]
    return state


BREAKAGES: list[tuple[rules.Rule, Callable[[dict[str, Any]], object]]] = [
    (rules.every_state_says_what_it_is_for, lambda d: _state(d, "Bake").pop("Comment")),
    (rules.every_next_exists, lambda d: _state(d, "Bake").update(Next="Nowhere")),
    (rules.every_next_exists, lambda d: _state(d, "Plan")["Catch"][0].update(Next="Nowhere")),
    (rules.every_next_exists, lambda d: _state(d, "Decide")["Choices"][0].update(Next="Nowhere")),
    (rules.every_state_is_reachable, lambda d: d["States"].update(Lost={"Type": "Succeed"})),
    (rules.every_choice_has_a_default, lambda d: _state(d, "WhichError").pop("Default")),
    (rules.every_task_has_a_timeout, lambda d: _state(d, "Publish").pop("TimeoutSeconds")),
    (rules.every_task_has_a_timeout, lambda d: _state(d, "CallHook").pop("TimeoutSeconds")),
    (
        rules.every_task_retries_what_aws_recommends,
        lambda d: _state(d, "Plan")["Retry"][0]["ErrorEquals"].remove("Lambda.ServiceException"),
    ),
    (
        rules.every_task_retries_what_aws_recommends,
        lambda d: _state(d, "Plan")["Retry"][0]["ErrorEquals"].remove("AwsUnavailable"),
    ),
    (
        rules.a_task_that_crashed_is_asked_again,
        lambda d: _state(d, "CheckHealth")["Retry"][2].update(MaxAttempts=1),
    ),
    (
        rules.a_task_that_crashed_is_asked_again,
        lambda d: _state(d, "Finalize")["Retry"][1]["ErrorEquals"].remove("AliasChanged"),
    ),
    (
        rules.what_must_not_run_twice_is_retried_only_where_it_has_not_run,
        lambda d: _state(d, "Probe").update(Retry=_state(d, "Plan")["Retry"]),
    ),
    (
        rules.every_retry_backs_off_with_jitter,
        lambda d: _state(d, "RollBackDirectly")["Retry"][0].pop("JitterStrategy"),
    ),
    (
        rules.every_retry_backs_off_with_jitter,
        lambda d: _state(d, "Plan")["Retry"][0].pop("MaxDelaySeconds"),
    ),
    (rules.every_failure_is_caught, lambda d: _state(d, "Finalize").pop("Catch")),
    (
        rules.every_failure_is_caught,
        lambda d: _state(d, "Finalize")["Catch"][0].update(ErrorEquals=["States.TaskFailed"]),
    ),
    (rules.every_failure_is_caught, lambda d: _state(d, "Plan")["Catch"][0].pop("ResultPath")),
    (
        rules.what_fails_before_the_rollback_rolls_back,
        lambda d: _state(d, "CheckHealth")["Catch"][0].update(Next="Decide"),
    ),
    (
        rules.what_fails_before_the_rollback_rolls_back,
        lambda d: _state(d, "CheckHealth")["Catch"][0].update(Next="NotifyFailure"),
    ),
    (
        rules.the_rollback_side_only_ends_in_failure,
        lambda d: _state(d, "NotifyFailure").update(Next="Succeeded"),
    ),
    (rules.there_is_one_good_end_and_one_bad, lambda d: _state(d, "Bake").pop("Next")),
    (
        rules.decisions_on_the_loop_compare_one_value,
        lambda d: _state(d, "Decide")["Choices"][0].update(Variable="$.progress.step"),
    ),
    (
        rules.decisions_on_the_loop_compare_one_value,
        lambda d: _state(d, "Decide")["Choices"].append({"And": [], "Next": "Bake"}),
    ),
    (rules.decide_knows_every_destination, lambda d: _state(d, "Decide")["Choices"].pop()),
    (rules.decide_knows_every_destination, lambda d: _state(d, "Decide").update(Default="Bake")),
    (
        rules.executions_fail_with_defined_names_only,
        lambda d: _state(d, "WhichError")["Choices"][-1]["Or"].pop(),
    ),
    (
        rules.every_task_retries_what_aws_recommends,
        lambda d: _state(d, "Relay")["Retry"][0]["ErrorEquals"].pop(),
    ),
    (rules.what_is_started_hands_back_its_state, lambda d: _state(d, "Relay").pop("OutputPath")),
    (
        rules.what_is_started_hands_back_its_state,
        lambda d: _state(d, "Relay")["Parameters"].pop("Name.$"),
    ),
    (
        rules.what_is_started_hands_back_its_state,
        lambda d: _state(d, "Relay").update(Next="Decide"),
    ),
    (
        rules.a_hook_is_asked_once_under_a_name,
        lambda d: _state(d, "CallHook")["Parameters"].pop("Name.$"),
    ),
    (rules.a_hook_is_asked_once_under_a_name, lambda d: _state(d, "CallHook")["Catch"].pop(0)),
    (rules.a_hook_is_asked_once_under_a_name, lambda d: _state(d, "CallHook").update(Next="Bake")),
    (
        rules.tasks_are_named_after_their_functions,
        lambda d: _state(d, "Plan")["Parameters"].update(FunctionName="${NotifyFunctionArn}"),
    ),
]


BREAKAGES_OF_RELAY: list[tuple[rules.Rule | rules.PairRule, Callable[[dict[str, Any]], object]]] = [
    (
        rules.the_relay_only_ends_by_handing_back,
        lambda d: _state(d, "HandBack").update(Type="Fail"),
    ),
    (
        rules.the_relay_only_ends_by_handing_back,
        lambda d: _state(d, "Decide").update(Default="Bake"),
    ),
    (
        rules.the_relay_only_ends_by_handing_back,
        lambda d: _state(d, "CheckHealth")["Catch"][0].update(Next="Bake"),
    ),
    (rules.the_relay_runs_the_very_loop, lambda d: _state(d, "Probe").update(TimeoutSeconds=5)),
    (rules.the_relay_runs_the_very_loop, lambda d: d["States"].pop("NotifyWeight")),
    (rules.the_relay_runs_the_very_loop, lambda d: _state(d, "Decide")["Choices"].pop()),
]


BREAKAGES_OF_HOOK: list[tuple[rules.Rule, Callable[[dict[str, Any]], object]]] = [
    (rules.every_task_has_a_timeout, lambda d: _state(d, "CallHook").pop("TimeoutSecondsPath")),
    (
        rules.what_a_hook_answers_is_its_executions_end,
        lambda d: _state(d, "CallHook").update(Catch=[]),
    ),
]


@pytest.mark.parametrize(("rule", "breakage"), BREAKAGES_OF_HOOK)
def test_broken_definition_of_the_hooks_machine_is_caught(
    rule: rules.Rule, breakage: Callable[[dict[str, Any]], object]
) -> None:
    broken = load(HOOK)
    breakage(broken)
    assert list(rule(broken)) != []


BREAKAGES_OF_GATE: list[tuple[rules.Rule, Callable[[dict[str, Any]], object]]] = [
    (
        rules.the_gate_always_answers,
        lambda d: _state(d, "Release")["Catch"][0].update(Next="NotAnswered"),
    ),
    (rules.the_gate_always_answers, lambda d: _state(d, "Release").update(Next="Answered")),
    (
        rules.the_gate_always_answers,
        lambda d: _state(d, "Release")["Parameters"].pop("Name.$"),
    ),
]


@pytest.mark.parametrize(("rule", "breakage"), BREAKAGES_OF_GATE)
def test_broken_definition_of_the_gate_is_caught(
    rule: rules.Rule, breakage: Callable[[dict[str, Any]], object]
) -> None:
    broken = load(GATE)
    breakage(broken)
    assert list(rule(broken)) != []


@pytest.mark.parametrize(("rule", "breakage"), BREAKAGES)
def test_broken_definition_is_caught(
    rule: rules.Rule, breakage: Callable[[dict[str, Any]], object]
) -> None:
    broken = load(DEPLOY)
    breakage(broken)
    assert list(rule(broken)) != []


@pytest.mark.parametrize(("rule", "breakage"), BREAKAGES_OF_RELAY)
def test_broken_definition_of_the_relay_is_caught(
    rule: Callable[..., Iterator[str]], breakage: Callable[[dict[str, Any]], object]
) -> None:
    broken = load(RELAY)
    breakage(broken)
    others = [load(DEPLOY)] if rule in rules.OF_THE_TWO else []
    assert list(rule(*others, broken)) != []


def test_every_rule_has_been_seen_to_catch_something() -> None:
    tables = (BREAKAGES, BREAKAGES_OF_RELAY, BREAKAGES_OF_HOOK, BREAKAGES_OF_GATE)
    kept = (
        rules.OF_ALL,
        rules.OF_BOTH,
        rules.OF_DEPLOY,
        rules.OF_RELAY,
        rules.OF_HOOK,
        rules.OF_GATE,
    )
    caught = {rule for table in tables for rule, _ in table}
    assert caught == {*rules.OF_THE_TWO, *(rule for each in kept for rule in each)}


@every_machine
def test_yaml_has_neither_anchors_nor_aliases(machine: str) -> None:
    """CloudFormation does not promise to understand them in a definition."""
    events = list(yaml.parse(TEXTS[machine]))
    assert not [event for event in events if isinstance(event, yaml.AliasEvent)]
    assert not [event for event in events if getattr(event, "anchor", None)]


@every_machine
def test_placeholders_are_quoted(machine: str) -> None:
    scalars = [event for event in yaml.parse(TEXTS[machine]) if isinstance(event, yaml.ScalarEvent)]
    unquoted = [event.value for event in scalars if "${" in event.value and event.style is None]
    assert unquoted == []


@every_machine
def test_template_gives_exactly_the_substitutions_that_the_definition_uses(machine: str) -> None:
    resource = load_template(ROOT / "template.yaml")["Resources"][machine]
    assert set(re.findall(r"\$\{(\w+)\}", TEXTS[machine])) == {
        *resource["Properties"]["DefinitionSubstitutions"]
    }
