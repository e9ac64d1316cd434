"""Every state machine passes the linter, and the linter finds what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract import asl
from tests.contract.definition import DEFINITIONS, load


@pytest.mark.parametrize("rule", asl.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("machine", DEFINITIONS)
def test_machine_keeps_the_rule(machine: str, rule: asl.Rule) -> None:
    assert list(rule(load(machine))) == []


Break = Callable[[dict[str, Any]], object]

BROKEN: list[tuple[str, Break, str]] = [
    (
        "a misspelt field of a retrier",
        lambda states: states["Plan"]["Retry"][0].update(MaxAttempt=3),
        "Plan: Retry has a field MaxAttempt: 3",
    ),
    (
        "a number given as text",
        lambda states: states["Plan"]["Retry"][0].update(IntervalSeconds="2"),
        "Plan: Retry has a field IntervalSeconds: '2'",
    ),
    (
        "a catcher that leads nowhere",
        lambda states: states["Plan"]["Catch"][0].pop("Next"),
        "Plan: Catch lacks Next",
    ),
    (
        "a misspelt error",
        lambda states: states["Plan"]["Catch"][0].update(ErrorEquals=["States.Al"]),
        "Plan: no error is States.Al",
    ),
    (
        "a catcher that hides those after it",
        lambda states: states["Plan"]["Catch"].append({"ErrorEquals": ["A"], "Next": "RollBack"}),
        "Plan: Catch has States.ALL beside or before others",
    ),
    (
        "a misspelt comparison",
        lambda states: states["Decide"]["Choices"][0].update(StringEqual="x"),
        "Decide: ['StringEqual', 'StringEquals'] is not one comparison",
    ),
    (
        "a comparison of nothing",
        lambda states: states["Decide"]["Choices"][0].update(Variable="next"),
        "Decide: 'next' is no path to compare",
    ),
    (
        "a path without its root",
        lambda states: states["Bake"].update(TimestampPath="progress.wait_until"),
        "Bake: TimestampPath is 'progress.wait_until'",
    ),
    (
        "a result that would be written to many places",
        lambda states: states["RollBackDirectly"].update(ResultPath="$.members[*]"),
        "RollBackDirectly: ResultPath is '$.members[*]'",
    ),
    (
        "a path into what the context object has not",
        lambda states: states["Plan"]["Parameters"].update({"Payload.$": "$$.Executions.Id"}),
        "Plan: Parameters: Payload.$ is no path",
    ),
    (
        "a path that is not filled in",
        lambda states: states["Plan"]["Parameters"].update(Payload="$.input"),
        "Plan: Parameters: Payload is the text $.input, since its name does not end in .$",
    ),
    (
        "a misspelt intrinsic function",
        lambda states: states["Plan"]["Parameters"].update({"Payload.$": "States.Formatt('x')"}),
        "Plan: Parameters: Payload.$ calls States.Formatt, which does not exist",
    ),
    (
        "an intrinsic function with too few arguments",
        lambda states: states["Plan"]["Parameters"].update({"Payload.$": "States.Hash($.input)"}),
        "Plan: Parameters: Payload.$ calls States.Hash with 1 arguments",
    ),
    (
        "a text with more places than values",
        lambda states: states["Plan"]["Parameters"].update(
            {"Payload.$": "States.Format('{} of {}', States.JsonToString($.input))"}
        ),
        "Plan: Parameters: Payload.$ has 2 places for 1 values",
    ),
    (
        "an intrinsic function that is not closed",
        lambda states: states["Plan"]["Parameters"].update({"Payload.$": "States.UUID("}),
        "Plan: Parameters: Payload.$ cannot be read from '' on",
    ),
    (
        "an API that does not exist",
        lambda states: states["Plan"].update(Resource="arn:${Partition}:states:::lambda:invok"),
        "Plan: lambda has no API invok",
    ),
    (
        "an ARN of one partition",
        lambda states: states["Plan"].update(Resource="arn:aws:states:::lambda:invoke"),
        "Plan: arn:aws:states:::lambda:invoke is no service integration",
    ),
    (
        "a parameter that the API does not know",
        lambda states: states["Plan"]["Parameters"].update(Payloads={}),
        "Plan: invoke knows no Payloads",
    ),
    (
        "a task that waits for a token it has not given",
        lambda states: states["Plan"].update(
            Resource="arn:${Partition}:states:::lambda:invoke.waitForTaskToken"
        ),
        "Plan: hands on no task token",
    ),
]


@pytest.mark.parametrize(
    ("breaks", "problem"),
    [pytest.param(breaks, problem, id=name) for name, breaks, problem in BROKEN],
)
def test_linter_finds(breaks: Break, problem: str) -> None:
    definition = load("DeployStateMachine")
    breaks(definition["States"])
    assert [found for rule in asl.RULES for found in rule(definition)] == [problem]
