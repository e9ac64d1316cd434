"""The synchronous rollout: its own loop around the real tasks, with an account in memory."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine

import check_health
import finalize
import notify
import plan
import publish
import roll_back
import shift_weight
import simple_deploy
from domain.alias import Routing
from domain.errors import (
    AwsUnavailable,
    HealthCheckFailed,
    InsufficientData,
    InternalError,
    InvalidInput,
    PreflightFailed,
    RollbackFailed,
)
from domain.evidence import Minutes
from tests.unit import fakes
from tests.unit.builders import LIMIT, NOW, alias, rollout, version

LIVE = ("checkout", "live")


@dataclass
class Context:
    """A call of SimpleDeploy that has `seconds` left when it begins."""

    seconds: int = 900
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:simple-deploy"
    aws_request_id: str = "request-1"
    function_name: str = "simple-deploy"
    memory_limit_in_mb: int = 256

    def get_remaining_time_in_millis(self) -> int:
        return 1_000 * self.seconds


@dataclass
class Account:
    aliases: fakes.Aliases
    versions: fakes.Versions
    cloudwatch: fakes.CloudWatch
    topic: fakes.Topic
    orders: fakes.Orders

    @property
    def routing(self) -> Routing:
        return self.aliases.held[LIVE].routing

    @property
    def subjects(self) -> list[str]:
        return [message.subject for message in self.topic.sent]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """`live` of checkout at version 1, 100 healthy calls of version 2; sleeping only moves time."""
    it = Account(
        fakes.Aliases({LIVE: alias()}),
        fakes.Versions({("checkout", number): version() for number in ("1", "2")}),
        fakes.CloudWatch(minutes=[Minutes(NOW, 100, 0)]),
        fakes.Topic(),
        fakes.Orders(),
    )
    monkeypatch.setattr(plan, "_ALIASES", it.aliases)
    monkeypatch.setattr(plan, "_VERSIONS", it.versions)
    monkeypatch.setattr(plan, "_CLOUDWATCH", it.cloudwatch)
    monkeypatch.setattr(publish, "_VERSIONS", it.versions)
    monkeypatch.setattr(shift_weight, "_ALIASES", it.aliases)
    monkeypatch.setattr(check_health, "_CLOUDWATCH", it.cloudwatch)
    monkeypatch.setattr(check_health, "_ORDERS", it.orders)
    monkeypatch.setattr(finalize, "_ALIASES", it.aliases)
    monkeypatch.setattr(roll_back, "_ALIASES", it.aliases)
    monkeypatch.setattr(notify, "_TOPIC", it.topic)
    with time_machine.travel(NOW, tick=False) as clock:
        monkeypatch.setattr(time, "sleep", clock.shift)
        yield it


def deploy(seconds: int = 900, **keys: object) -> dict[str, Any]:
    raw = rollout(**{"steps": 2, "interval": 60, "checks": LIMIT, **keys})
    return simple_deploy.handler(raw, Context(seconds))  # type: ignore[arg-type]


def test_a_healthy_version_is_promoted_in_the_time_its_plan_takes(account: Account) -> None:
    result = deploy()
    assert time.time() == NOW + 120
    assert account.routing == Routing("2")
    assert [one["weight"] for one in result["weights"]] == [50, 100]
    assert account.subjects == ["Promoted: checkout live"]


def test_a_bad_version_is_rolled_back_and_the_machines_error_raised(account: Account) -> None:
    account.cloudwatch.minutes = [Minutes(NOW, 100, 30)]
    with pytest.raises(HealthCheckFailed, match="30 of 100 canary calls failed"):
        deploy()
    assert account.routing == Routing("1")
    assert account.subjects == ["Rolled back: checkout live (HealthCheckFailed)"]


def test_a_bad_input_changes_nothing(account: Account) -> None:
    with pytest.raises(InvalidInput, match="steps: 0 was given"):
        deploy(steps=0)
    assert account.aliases.written == []


def test_a_plan_that_cannot_end_in_time_is_refused_beforehand(account: Account) -> None:
    with pytest.raises(PreflightFailed, match="the plan takes 20 min"):
        deploy(interval=600)
    assert account.aliases.written == []
    assert time.time() == NOW


def test_a_dry_run_of_any_length_answers_with_the_plan(account: Account) -> None:
    assert deploy(interval=600, dry_run=True)["seconds"] == 1_200
    assert account.subjects == []


def test_holding_beyond_the_functions_time_rolls_back_before_it_is_killed(account: Account) -> None:
    account.cloudwatch.minutes = [Minutes(NOW, 1, 0)]
    with pytest.raises(InsufficientData, match="time ran out while the weight was held"):
        deploy(seconds=300)
    assert account.routing == Routing("1")
    assert time.time() <= NOW + 300 - 60


def test_any_exception_rolls_back(account: Account) -> None:
    account.cloudwatch.minutes = KeyError("canary")
    with pytest.raises(InternalError, match="KeyError: 'canary'"):
        deploy()
    assert account.routing == Routing("1")


def test_an_alias_that_cannot_be_given_back_is_said_loudly(account: Account) -> None:
    account.cloudwatch.minutes = AwsUnavailable("throttled")
    check = account.cloudwatch.canaries

    def then_lambda_is_gone(*asked: Any) -> Any:
        account.aliases.failing[LIVE] = AwsUnavailable("Lambda is gone")
        return check(*asked)

    account.cloudwatch.canaries = then_lambda_is_gone  # type: ignore[method-assign]
    with pytest.raises(RollbackFailed, match="an alias may still be weighted: Lambda is gone"):
        deploy()
    assert account.subjects == ["ROLLBACK FAILED, needs you: checkout live (RollbackFailed)"]


def test_a_rollout_with_nothing_to_do_ends_at_once(account: Account) -> None:
    account.aliases.held[LIVE] = alias("2")
    assert deploy()["summary"] == "live of checkout at 2 already"
    assert time.time() == NOW
