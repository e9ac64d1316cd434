"""cfn-lint, which parses the definition by a schema of its own, agrees with what is deployed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint

from sandbox.services.cloudformation.preview import transformed
from tests.long import parametrize

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
NAMED_BY_THE_DEFINITION_RULE = "E3601"


@pytest.fixture(scope="module")
def deployed() -> dict[str, Any]:
    """Provide what CloudFormation gets: plain resources, the definition filled in."""
    return transformed(TEMPLATE, {})


@pytest.fixture(scope="module")
def machine(deployed: dict[str, Any]) -> dict[str, Any]:
    """Provide the state machine alone, which is linted in a fraction of the time."""
    found = deployed["Resources"]["DeployStateMachine"]
    role = {"RoleArn": "arn:aws:iam::123456789012:role/machine"}
    properties = {"Definition": found["Properties"]["Definition"], **role}
    return {"Resources": {"DeployStateMachine": {**found, "Properties": properties}}}


def complaints(template: dict[str, Any]) -> list[str]:
    return [f"{match.rule.id} {match.message}" for match in lint(json.dumps(template))]


def states(template: dict[str, Any]) -> dict[str, Any]:
    machine = template["Resources"]["DeployStateMachine"]["Properties"]
    found: dict[str, Any] = machine["Definition"]["States"]
    return found


def test_template_is_clean_as_written() -> None:
    assert [str(match) for match in lint(TEMPLATE.read_text(encoding="utf-8"))] == []


def test_template_is_clean_as_deployed(deployed: dict[str, Any]) -> None:
    assert complaints(deployed) == []


def test_definition_has_every_placeholder_filled_in(deployed: dict[str, Any]) -> None:
    assert "Task" in {state["Type"] for state in states(deployed).values()}
    assert "${" not in json.dumps(states(deployed))


@parametrize(
    ("breakage", "complaint"),
    [
        (lambda states: states["Bake"].pop("Next"), "'Next'"),
        (lambda states: states["Bake"].update(Type="Sleep"), "'Sleep'"),
        (lambda states: states["Bake"].update(Sleep=60), "'Sleep'"),
        (lambda states: states["Plan"].pop("Resource"), "'Resource'"),
        (lambda states: states["Plan"]["Retry"][0].pop("ErrorEquals"), "'ErrorEquals'"),
        (lambda states: states["Plan"]["Retry"][0].update(MaxAttempts="six"), "'six'"),
        (lambda states: states["Plan"]["Catch"][0].pop("Next"), "'Next'"),
        (lambda states: states["Decide"]["Choices"][0].pop("Next"), "'Next'"),
    ],
    ids=[
        "a state that leads nowhere",
        "an unknown type of state",
        "an unknown field",
        "a task without a resource",
        "a retrier of no errors",
        "a retrier with words for a number",
        "a catcher that leads nowhere",
        "a choice that leads nowhere",
    ],
    short=2,
)
def test_broken_definition_is_caught(
    breakage: Callable[[dict[str, Any]], object], complaint: str, machine: dict[str, Any]
) -> None:
    broken = copy.deepcopy(machine)
    breakage(states(broken))
    [found] = complaints(broken)
    assert found.startswith(NAMED_BY_THE_DEFINITION_RULE)
    assert complaint in found
