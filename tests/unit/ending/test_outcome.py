import json
from typing import Any

import pytest

from domain.ending.outcome import cause, failure_of, success, where
from domain.model.errors import DEFINED, Failure
from domain.model.state import State
from domain.planning.preflight import Facts
from tests.unit.builders import NOW, alias, baking, facts, planned, rollout, version


def failure(error: str, words: str) -> Failure:
    state = planned(rollout())
    return failure_of({**state, "failure": Failure(Error=error, Cause=words)})


def test_the_error_names_are_the_contracts() -> None:
    assert {
        "InvalidInput", "PreflightFailed", "HealthCheckFailed", "HookFailed",
        "RolledBackByOperator", "ApprovalTimedOut", "InsufficientData", "AliasChanged",
        "RollbackFailed", "InternalError",
    } == DEFINED  # fmt: skip


@pytest.mark.parametrize("name", sorted(DEFINED))
def test_a_defined_error_keeps_its_name_and_says_its_message_alone(name: str) -> None:
    lambdas = {"errorType": name, "errorMessage": "steps: 0 was given", "stackTrace": ["..."]}
    assert failure(name, json.dumps(lambdas)) == {"Error": name, "Cause": "steps: 0 was given"}


def test_what_step_functions_itself_did_is_said_after_the_message() -> None:
    lambdas = json.dumps({"errorType": "AliasChanged", "errorMessage": "it was changed"})
    said = failure("AliasChanged", f'{lambdas}. Now: ["live of checkout does not exist"]')
    assert said["Cause"] == 'it was changed. Now: ["live of checkout does not exist"]'


def test_an_exception_without_a_name_of_its_own_is_an_internal_error() -> None:
    lambdas = json.dumps({"errorType": "KeyError", "errorMessage": "'canary'"})
    assert failure("KeyError", lambdas) == {"Error": "InternalError", "Cause": "KeyError: 'canary'"}
    assert failure("States.Timeout", "") == {"Error": "InternalError", "Cause": "States.Timeout"}


@pytest.mark.parametrize("words", ["plain words", "{half of", "5", "[1]", '{"other": "json"}'])
def test_a_cause_that_is_not_lambdas_stays_as_it_is(words: str) -> None:
    assert failure("InternalError", words)["Cause"] == words


def test_no_failure_recorded_is_an_internal_error() -> None:
    assert failure_of(planned(rollout()))["Error"] == "InternalError"


def test_a_cause_fits_an_execution() -> None:
    assert len(failure("KeyError", "x" * 100_000)["Cause"]) == 30_000
    long = cause("x" * 100_000, planned(rollout()), ["live of checkout routes 100 % to version 1"])
    assert len(long) == 30_000
    assert long.endswith("x. Now: live of checkout routes 100 % to version 1.")


def test_where_is_the_weight_the_canary_had() -> None:
    assert where(planned(rollout())) == ""
    assert where(baking(rollout(steps=8))) == "at 12.5 % (weight 1 of 8)"


def test_a_cause_says_what_failed_where_and_how_every_alias_stands() -> None:
    words = cause("30 % failed", baking(rollout()), ["live of a routes ...", "live of b ..."])
    assert words == (
        "30 % failed, at 10 % (weight 1 of 10). Now: live of a routes ...; live of b ...."
    )


def test_before_the_plan_nothing_has_changed() -> None:
    state: State = {"execution": planned(rollout())["execution"]}
    assert cause("bad input", state, []) == "bad input. Now: nothing has changed."


def result(state: State, **progress: Any) -> dict[str, Any]:
    changed: Any = {**state["progress"], **progress}
    return success({**state, "progress": changed}, NOW + 600)


def test_a_result_holds_what_became_of_each_function() -> None:
    verdict = {"check": "errors", "outcome": "pass", "reason": "0 of 50 failed", "errors": 0}
    assert result(baking(rollout()), verdicts=[verdict], held=60) == {
        "status": "SUCCEEDED",
        "summary": "live of checkout promoted from 1 to 2",
        "functions": [
            {
                "function-name": "checkout",
                "alias-name": "live",
                "old-version": "1",
                "new-version": "2",
            }
        ],
        "started": "2026-01-05T09:00:00Z",
        "ended": "2026-01-05T09:10:00Z",
        "weights": [{"weight": 10.0, "at": "2026-01-05T09:00:00Z"}],
        "checks": [{"check": "errors", "outcome": "pass", "reason": "0 of 50 failed"}],
        "seconds-held": 60,
        "orders": [],
    }


def test_a_result_is_unproven_only_where_traffic_was_shifted() -> None:
    assert result(baking(rollout()), unproven=True)["unproven"] is True
    assert "unproven" not in result(baking(rollout()), unproven=False)
    done = planned(rollout(), facts(alias=alias("2")))
    assert "unproven" not in result(done, unproven=True)


def test_a_summary_says_what_was_created_or_there_already() -> None:
    created = planned(rollout(), Facts(exists=True, canary=version()))
    assert result(created)["summary"] == "live of checkout created at 2"
    done = planned(rollout(), facts(alias=alias("2")))
    assert result(done)["summary"] == "live of checkout at 2 already"
