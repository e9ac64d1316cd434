import json
from typing import Any

import pytest

from domain.planning.plan import shortened
from domain.planning.preflight import Facts
from tests.unit.builders import EXECUTION, alias, facts, group, planned, rollout, version


def test_the_plan_remembers_the_alias_as_it_was() -> None:
    before = alias("1", revision="r7", description="the live one")
    (member,) = planned(rollout(), facts(alias=before))["members"]
    assert member["baseline"] == "1"
    assert member["revision"] == "r7"
    assert member["description"] == "the live one"


def test_late_data_are_awaited_for_the_slower_version() -> None:
    slow = facts(baseline=version(timeout=900), canary=version(timeout=3))
    assert planned(rollout(), slow)["members"][0]["timeout"] == 900


def test_the_input_travels_no_further_than_the_plan() -> None:
    state = planned(rollout())
    assert "input" not in state
    assert state["next"] == "publish"
    assert state["execution"]["id"] == EXECUTION
    json.dumps(state, allow_nan=False)


def test_a_dry_run_ends_with_the_plan_as_its_result() -> None:
    state = planned(rollout(dry_run=True, steps=4, interval=300))
    assert state["next"] == "succeed"
    assert state["result"] == {
        "status": "PLANNED",
        "functions": [
            {
                "function-name": "checkout",
                "alias-name": "live",
                "old-version": "1",
                "new-version": "2",
                "action": "shift traffic step by step",
            }
        ],
        "weights": [25, 50, 75, 100],
        "intervals": [300, 300, 300, 480],
        "seconds": 1_380,
        "lasts": "23 min, and up to 10 min of holding",
        "check-interval": 60,
        "checks": [{"type": "judge", "when": "during", "alpha": 0.01}],
    }


@pytest.mark.parametrize(
    ("settings", "lasts"),
    [
        ({"health_check": False}, "5 min"),
        ({"min_invocations": 0}, "8 min"),
        ({"max_hold": 0}, "8 min"),
        (
            {"hooks": {"pre-traffic": "f"}, "approvals": [100], "approval_timeout": 60},
            "8 min, and up to 10 min of holding and 1 h of hooks "
            "and 1 min of waiting for approvals",
        ),
    ],
)
def test_a_dry_run_says_what_may_come_to_the_bakes(settings: dict[str, Any], lasts: str) -> None:
    planned_ = planned(rollout(dry_run=True, steps=1, interval=300, **settings))
    assert planned_["result"]["lasts"] == lasts


def test_a_dry_run_says_what_happens_to_each_alias() -> None:
    raw = group("cart", "checkout", dry_run=True)
    del raw["functions"][1]["new-version"]
    found = planned(raw, Facts(exists=True, canary=version()))["result"]["functions"]
    assert [one["new-version"] for one in found] == ["2", "to be published"]
    assert {one["action"] for one in found} == {
        "create the alias at the end, pointing at the new version"
    }
    (done,) = planned(rollout(dry_run=True), facts(alias=alias("2")))["result"]["functions"]
    assert done["action"].startswith("nothing: ")


def test_a_long_list_shows_its_first_and_last_hundred() -> None:
    assert shortened(list(range(200))) == list(range(200))
    cut = shortened(list(range(1_000)))
    assert cut[:2] + cut[99:102] + cut[-1:] == [0, 1, 99, "... 800 more ...", 900, 999]
