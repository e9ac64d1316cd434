"""The documents' tables say what the code says: no row too few or many, no other default."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.checks.registry import CHECKS
from domain.input.model import HookInput, RolloutInput
from domain.input.validation import allowed_by
from domain.model.state import HOOK_TIMEOUTS
from domain.rollout.words import ORDERS
from sandbox.services.cloudformation.template import load
from tests.contract import readme
from tests.unit.builders import parsed, rollout

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PARAMETERS: dict[str, dict[str, Any]] = load(ROOT / "template.yaml")["Parameters"]
DEFAULTS = {field.alias or name: field.default for name, field in RolloutInput.model_fields.items()}

# A cell such as: 60 | `linear` | `[{"type": "errors"}]` | 10 (canary), 1 (geometric)
_STATED = re.compile(r"(?P<value>`[^`]+`|\d+(?:\.\d+)?|true|false)(?: \((?P<type>[a-z-]+)\))?")


def stated(cell: str) -> Iterator[tuple[Any, dict[str, str]]]:
    """Return the default that a cell begins with, or each with the type of schedule it is for."""
    for found in _STATED.finditer(cell):
        if found.start() == 0 or found["type"]:
            yield _value(found["value"]), {"type": found["type"]} if found["type"] else {}


def _value(text: str) -> Any:
    try:
        return json.loads(text.strip("`"))
    except json.JSONDecodeError:
        return text.strip("`")


def test_every_key_of_the_input_is_a_row() -> None:
    assert readme.table("key").keys() == allowed_by(RolloutInput).keys()


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_key_that_is_left_out_is_what_its_row_says(key: str) -> None:
    default, *_ = readme.table("key")[key]
    for value, settings in stated(default):
        left_out = rollout(**settings)
        assert parsed({**left_out, key: value}) == parsed(left_out)
    if DEFAULTS[key] not in (None, ""):
        assert next(stated(default)) == (DEFAULTS[key], {})


def test_every_check_is_a_row() -> None:
    assert readme.table("type").keys() == CHECKS.keys()


@pytest.mark.parametrize("name", CHECKS)
def test_every_option_of_a_check_is_named_in_its_row_or_where_that_leads(name: str) -> None:
    [asks] = readme.table("type")[name]
    said = asks + readme.linked(asks)
    unsaid = [key for key in CHECKS[name].allowed if not re.search(rf'[`"]{key}[`"]', said)]
    assert unsaid == []


def test_every_option_of_a_hook_is_a_row() -> None:
    rows = readme.table("option")
    assert rows.keys() == allowed_by(HookInput).keys()
    timeouts = {mode["type"]: seconds for seconds, mode in stated(rows["timeout"][0])}
    assert timeouts == HOOK_TIMEOUTS


def test_every_order_is_a_row() -> None:
    assert readme.table("order").keys() == set(ORDERS)


def test_every_alarm_is_a_section_of_the_runbook_which_its_description_names() -> None:
    resources = load(ROOT / "template.yaml")["Resources"]
    alarms = {
        name: each["Properties"]["AlarmDescription"]
        for name, each in resources.items()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    }
    sections = re.findall("^### (.*Alarm)$", readme.TEXT, re.MULTILINE)
    assert sorted(sections) == sorted(alarms)
    for name, description in alarms.items():
        assert description.endswith(f" Runbook: docs/operating.md, {name}.")


def test_every_output_named_is_there() -> None:
    outputs = load(ROOT / "template.yaml")["Outputs"].keys()
    named = set(re.findall(r"`([A-Z][A-Za-z]+(?:Arn|Name|Url))`", readme.TEXT))
    assert named - PARAMETERS.keys() == outputs


def test_what_the_stack_has_is_counted() -> None:
    found = Counter(one["Type"] for one in load(ROOT / "template.yaml")["Resources"].values())
    kinds = ("Serverless::StateMachine", "Serverless::Function", "SQS::Queue", "SNS::Topic")
    assert [found[f"AWS::{kind}"] for kind in kinds] == [4, 16, 2, 1]
    words = "four state machines, sixteen small functions, two queues and a topic"
    assert words in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_sample_is_listed_and_every_one_listed_is_there() -> None:
    there = {path.name for path in (ROOT / "events").glob("*.json")}
    assert readme.table("`events/`").keys() == there
    assert set(re.findall(r"events/([\w-]+\.json)", readme.TEXT)) <= there


def test_every_make_target_named_is_there() -> None:
    code = " ".join(re.findall(r"`[^`\n]+`|^    .*$", readme.TEXT, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z0-9-]+)", code))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert named
    assert named <= set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("name", ["README.md", *(f"docs/{path.name}" for path in DOCS)])
def test_every_file_and_section_linked_is_there(name: str) -> None:
    path = ROOT / name
    for file, anchor in readme.links(path.read_text(encoding="utf-8")):
        target = path.parent / file if file else path
        assert target.exists(), file
        assert not anchor or anchor in readme.anchors(target.read_text(encoding="utf-8")), anchor
