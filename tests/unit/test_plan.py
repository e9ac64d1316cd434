from typing import Any

import pytest

import app
import plan
from account import facts_of
from adapters.executions import Executions
from domain.model.errors import InvalidInput, PreflightFailed
from domain.model.request import Target
from domain.model.state import State
from tests.unit import fakes
from tests.unit.builders import EXECUTION, alias, group, rollout, version
from tests.unit.stubs import stubbed

NAMES = ["cart", "checkout"]


def run(raw: object, **account: Any) -> State:
    """Plan in an account where `live` of cart and checkout route everything to version 1."""
    aliases = fakes.Aliases({(name, "live"): alias() for name in NAMES})
    versions = fakes.Versions({(name, one): version() for name in NAMES for one in ("1", "2")})
    for name in account.pop("without_alias", []):
        del aliases.held[name, "live"]
    versions.held |= account.pop("versions", {})
    versions.others |= account.pop("others", {})
    versions.provisioned_aliases |= account.pop("provisioned", set())
    before: State = {
        "execution": {"id": EXECUTION, "name": "rollout-1", "started": "2026-01-05T09:00:00Z"},
        "input": raw,
    }
    cloudwatch = fakes.CloudWatch(account.pop("alarms", {}))
    return plan.plan(before, aliases, versions, cloudwatch)


def refusal(raw: object, **account: Any) -> str:
    with pytest.raises(PreflightFailed) as caught:
        run(raw, **account)
    return str(caught.value)


def test_a_sound_rollout_is_planned() -> None:
    state = run(group("cart", "checkout"))
    assert state["next"] == "publish"
    assert [member["part"] for member in state["members"]] == ["shift", "shift"]


def test_a_bad_input_is_refused_before_the_account_is_looked_at() -> None:
    with pytest.raises(InvalidInput, match="steps: 0 was given"):
        run(rollout(steps=0) | {"function-name": "unknown"})


def test_an_alias_that_does_not_exist_is_to_be_created() -> None:
    (member,) = run(rollout(), without_alias=["checkout"])["members"]
    assert (member["part"], member["baseline"], member["revision"]) == ("create", None, None)


def test_all_that_is_wrong_in_the_account_is_said_at_once() -> None:
    raw = group("cart", "checkout", "nothing", alarms=["gone", "burning"])
    text = refusal(
        raw,
        versions={("cart", "2"): version(state="Failed")},
        provisioned={("checkout", "live")},
        alarms={"burning": "ALARM"},
    )
    assert text.startswith("5 problems in the account: ")
    for part in (
        "version 2 of cart is Failed",
        "alias live of checkout has provisioned concurrency",
        "function nothing does not exist",
        "alarm gone does not exist",
        "alarm burning is firing",
    ):
        assert part in text


def test_a_deleted_version_is_refused_by_name() -> None:
    assert "version 9 of checkout does not exist" in refusal(rollout(new_version=9))


def test_alarms_firing_from_the_start_can_be_left_out() -> None:
    raw = rollout(alarms=["burning", "calm"], alarms_already_firing="ignore")
    state = run(raw, alarms={"burning": "ALARM", "calm": "OK"})
    assert state["progress"]["ignored_alarms"] == ["burning"]


def test_functions_of_hooks_and_checks_must_be_there() -> None:
    raw = rollout(
        hooks={"pre-traffic": {"function": "warm"}, "post-traffic": {"function": "gone"}},
        checks=[{"type": "function", "function": "strange"}, {"type": "judge"}],
    )
    assert run(raw)["next"] == "publish"
    assert refusal(raw, others={"gone": False, "strange": None}) == (
        "2 problems in the account: function gone, of a hook or check, does not exist; function "
        "strange, of a hook or check, may not be asked: the stack's HookFunctionPattern does not "
        "allow it"
    )


def test_a_plan_that_outlasts_a_year_is_refused() -> None:
    raw = rollout(steps=2, interval=31_536_000, check_interval=86_400)
    assert "a workflow ends after a year" in refusal(raw)


@pytest.mark.proves("A54")
def test_a_mark_of_what_may_not_be_seen_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody who may change an alias may write an ARN there, of whichever machine."""
    weighted = fakes.Aliases({("checkout", "live"): alias("1", {"2": 0.5}, description=EXECUTION)})
    versions = fakes.Versions({("checkout", number): version() for number in ("1", "2")})
    with stubbed("stepfunctions") as (client, stub):
        stub.add_client_error("describe_execution", "AccessDeniedException")
        monkeypatch.setattr(app, "executions", lambda: Executions(client))
        found = facts_of(Target("checkout", "live", "2", None), weighted, versions)
    assert found.rollout == ""
