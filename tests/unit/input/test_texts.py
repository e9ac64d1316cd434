import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from domain.gate.release import OURS
from domain.input.texts import typed
from tests.contract.sound_inputs import inputs_by
from tools.docs.input_schema import input_schema

ANY_JSON = ("payload", "body")


def as_texts(value: Any) -> Any:
    """Write a value as CloudFormation hands it over."""
    if isinstance(value, dict):
        return {
            name: json.dumps(item) if name in ANY_JSON else as_texts(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [as_texts(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(inputs_by(input_schema()))
def test_every_sound_input_survives_as_text(raw: dict[str, Any]) -> None:
    rollout = {name: value for name, value in raw.items() if name not in OURS}
    assert typed(as_texts(rollout)) == rollout


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ({"interval": "soon"}, {"interval": "soon"}),
        ({"alarms": [], "approvals": [], "interval": "9"}, {"interval": 9}),
        ({"checks": []}, {"checks": []}),
        ({"interval": "1.5"}, {"interval": "1.5"}),
        ({"health-check": "yes"}, {"health-check": "yes"}),
        ({"unknown": "1"}, {"unknown": "1"}),
        ({"checks": "10"}, {"checks": "10"}),
        ({"checks": ["10"]}, {"checks": ["10"]}),
        ({"checks": [{"type": "new", "x": "1"}]}, {"checks": [{"type": "new", "x": "1"}]}),
        ({"weights": "10"}, {"weights": "10"}),
        ({"interval": "true"}, {"interval": "true"}),
        (
            {"checks": [{"type": "invoke", "payload": "{no JSON"}]},
            {"checks": [{"type": "invoke", "payload": "{no JSON"}]},
        ),
        (
            {"checks": [{"type": "invoke", "payload": {"x": "1"}}]},
            {"checks": [{"type": "invoke", "payload": {"x": "1"}}]},
        ),
        ({"hooks": {"pre-traffic": "F"}}, {"hooks": {"pre-traffic": "F"}}),
        (
            {"hooks": {"pre-traffic": {"function": "9", "timeout": "9"}}},
            {"hooks": {"pre-traffic": {"function": "9", "timeout": 9}}},
        ),
    ],
)
def test_what_reads_as_no_value_stays_for_the_parser_to_refuse(
    raw: dict[str, Any], read: dict[str, Any]
) -> None:
    assert typed(raw) == read
