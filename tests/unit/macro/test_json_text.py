import json
from typing import Any

import pytest

from tests.unit.macro.builders import application, gate
from tests.unit.macro.templates import made, refused


def check(**options: Any) -> dict[str, Any]:
    """Return the check as the gate gets it."""
    template = application("Checkout", Checkout={"checks": [{"type": "invoke", **options}]})
    template["Resources"] |= {name: {"Type": "AWS::SNS::Topic"} for name in ("Api", "Table")}
    [found] = gate(made(template))["Rollout"]["checks"]
    return dict(found)


def filled(value: Any, known: dict[str, str]) -> str:
    """Do what CloudFormation does with Fn::Join, Ref and Fn::GetAtt."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return known[value["Ref"]]
    if "Fn::GetAtt" in value:
        return known[".".join(value["Fn::GetAtt"])]
    between, parts = value["Fn::Join"]
    return str(between).join(filled(part, known) for part in parts)


@pytest.mark.parametrize(
    "payload", [{"order": 1}, "text", 7, True, [], ["ö", None], {"a": {"b": 1.5}}]
)
def test_free_form_json_travels_as_json_text(payload: object) -> None:
    text = check(payload=payload)["payload"]
    assert json.loads(text) == payload


def test_what_is_known_later_is_filled_into_the_text() -> None:
    payload = {
        "table": {"Ref": "Table"},
        "same": {"Ref": "Table"},
        "items": [{"url": {"Fn::GetAtt": ["Api", "Url"]}}, 'a "quote" and \\ and ${so}', 3],
    }
    known = {"Table": "orders", "Api.Url": "https://shop.example"}
    text = filled(check(payload=payload)["payload"], known)
    assert json.loads(text) == {
        "table": "orders",
        "same": "orders",
        "items": [{"url": "https://shop.example"}, 'a "quote" and \\ and ${so}', 3],
    }


def test_a_payload_that_is_a_function_is_json_text_already() -> None:
    payload = {"Fn::Sub": '{"table": "${Table}"}'}
    assert check(payload=payload)["payload"] == payload


@pytest.mark.parametrize(
    "inner",
    [
        {"Fn::If": ["Prod", 1, 2]},
        {"Fn::Split": [",", "a,b"]},
        {"Ref": "AWS::NoValue"},
        {"Fn::GetAZs": ""},
    ],
)
def test_what_may_be_no_text_is_refused_inside_of_json(inner: object) -> None:
    check = {"type": "invoke", "payload": {"a": [inner]}}
    told = refused(application("Checkout", Checkout={"checks": [check]}))
    assert "checks[0].payload: has " in told
    assert "write it all as JSON text by Fn::Sub" in told


def test_other_options_stay_as_they_are() -> None:
    options = {"assert": ["statusCode == `200`"], "max-ms": 500, "compare": {"ignore": ["id"]}}
    assert check(**options) == {"type": "invoke", **options}


def test_body_of_http_and_payload_of_probe_are_free_form_too() -> None:
    checks = [
        {"type": "http", "url": "https://shop.example", "method": "POST", "body": {"a": 1}},
        {"type": "probe", "payload": [1]},
        {"Fn::If": ["Prod", {"type": "errors"}, {"Ref": "AWS::NoValue"}]},
    ]
    template = application("Checkout", Checkout={"checks": checks})
    http, probe, conditional = gate(made(template))["Rollout"]["checks"]
    assert (http["body"], probe["payload"]) == ('{"a":1}', "[1]")
    assert conditional == checks[2]
