from typing import Any

import pytest

import macro
from tests.unit import fakes
from tests.unit.macro.builders import application, gate


def asked(fragment: Any, **parameters: Any) -> dict[str, Any]:
    request = {
        "region": "us-east-1",
        "accountId": "123456789012",
        "fragment": fragment,
        "transformId": "123456789012::LambdaCanary",
        "params": {},
        "requestId": "request-1",
        "templateParameterValues": parameters,
    }
    return dict(macro.handler(request, fakes.Context()))


def test_a_template_comes_back_with_its_gates() -> None:
    template = application("Checkout", Checkout={"mode": {"Ref": "Mode"}})
    template["Parameters"] = {"Mode": {"Type": "String"}}
    answer = asked(template, Mode="direct")
    assert (answer["requestId"], answer["status"]) == ("request-1", "success")
    token = gate(answer["fragment"])["ServiceToken"]
    assert token == {"Fn::ImportValue": "lambda-canary-GateServiceToken"}


@pytest.mark.proves("F122")
def test_what_is_refused_says_why_and_has_no_template() -> None:
    answer = asked(application("Checkout", Chekout={}))
    assert answer["status"] == "failure"
    assert "did you mean Checkout?" in answer["errorMessage"]
    assert "fragment" not in answer


@pytest.mark.proves("F122")
def test_a_defect_of_the_macro_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("Properties")

    monkeypatch.setattr(macro, "gated", broken)
    answer = asked(application("Checkout"))
    assert answer["status"] == "failure"
    assert (
        "lambda-canary's macro failed at this template (KeyError: 'Properties')"
        in (answer["errorMessage"])
    )


def test_checks_reach_no_function_of_lambda_canarys_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(macro, "ITSELF", "lambda-canary-MacroFunction-abc")
    check = {"type": "function", "function": "lambda-canary-GuardFunction-abc"}
    answer = asked(application("Checkout", Checkout={"checks": [check]}))
    assert "belongs to lambda-canary itself" in answer["errorMessage"]
