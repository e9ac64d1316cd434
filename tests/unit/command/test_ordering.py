"""Orders are given only to rollouts that this command can read."""

from typing import Any

import pytest

from domain.model.state import FORMAT
from domain.view.look import Look
from lambda_canary.account import Account
from lambda_canary.ordering import NotObeyed, given
from tests.unit.builders import EXECUTION, NOW, baking, rollout


def never(*_: Any) -> Any:
    raise AssertionError("nothing is asked of AWS")


def test_a_rollout_of_another_release_is_steered_by_aws_itself() -> None:
    state = baking(rollout())
    look = Look(EXECUTION, "RUNNING", NOW, state={**state, "format": FORMAT - 1})
    with pytest.raises(NotObeyed, match="runs by another release") as refused:
        given(Account(never, never, never, "lambda-canary"), look, "roll-back")
    assert refused.value.then.startswith("aws ssm put-parameter --overwrite ")
    assert refused.value.then.endswith("/checkout/live --value 'roll-back rollout-1'")
