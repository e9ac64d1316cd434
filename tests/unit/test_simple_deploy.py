"""The synchronous rollout: its own loop around the real tasks, with an account in memory."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import time_machine

import app
import simple_deploy
from domain.checks.support.counts import Minutes
from domain.model.alias import Routing
from domain.model.errors import (
    AwsUnavailable,
    HealthCheckFailed,
    HookFailed,
    InsufficientData,
    InternalError,
    InvalidInput,
    PreflightFailed,
    RollbackFailed,
    RolledBackByOperator,
)
from domain.model.member import LATEST
from domain.model.questions import Invoke, Invoked
from domain.rollout.parameters import Order
from tests.unit import fakes
from tests.unit.builders import LIMIT, NOW, alias, rollout, version

LIVE = ("checkout", "live")


@dataclass
class Hooks:
    """Every hook answers this, after so many seconds."""

    body: str = '{"status": "Succeeded"}'
    seconds: float = 0.0
    asked: list[str] = field(default_factory=list)

    def answer(self, function: str, event: str, timeout: int) -> Invoked:  # noqa: ARG002
        self.asked.append(function)
        time.sleep(self.seconds)
        return Invoked(200, None, self.body, len(self.body), 5.0, "$LATEST")


@dataclass
class Account:
    aliases: fakes.Aliases
    versions: fakes.Versions
    cloudwatch: fakes.CloudWatch
    notifier: fakes.Notifier
    orders: fakes.Orders
    hooks: Hooks
    queue: fakes.Queue

    @property
    def routing(self) -> Routing:
        return self.aliases.held[LIVE].routing

    @property
    def subjects(self) -> list[str]:
        return [message.subject for message in self.notifier.sent]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """`live` of checkout at version 1, 100 healthy calls of version 2; sleeping only moves time."""
    it = Account(
        fakes.Aliases({LIVE: alias()}),
        fakes.Versions({("checkout", number): version() for number in ("1", "2")}),
        fakes.CloudWatch(minutes=[Minutes(NOW, 100, 0)]),
        fakes.Notifier(),
        fakes.Orders(),
        Hooks(),
        fakes.Queue(),
    )
    for port in ("aliases", "versions", "cloudwatch", "orders", "hooks"):
        monkeypatch.setattr(app, port, partial(getattr, it, port))
    monkeypatch.setattr(app, "watched_aliases", lambda: it.aliases)
    for channels in ("notifiers", "brief_notifiers"):
        monkeypatch.setattr(app, channels, lambda: [it.notifier])
    monkeypatch.setattr(app, "call_queue", lambda: it.queue)
    with time_machine.travel(NOW, tick=False) as clock:
        monkeypatch.setattr(time, "sleep", clock.shift)
        yield it


def deploy(seconds: int = 900, **keys: object) -> dict[str, Any]:
    raw = rollout(**{"steps": 2, "interval": 60, "checks": LIMIT, **keys})
    return simple_deploy.handler(raw, fakes.Context(seconds))


def test_a_healthy_version_is_promoted_in_the_time_its_plan_takes(account: Account) -> None:
    result = deploy()
    assert time.time() == NOW + 120 + LATEST
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
    with pytest.raises(PreflightFailed, match="the plan takes 23 min"):
        deploy(interval=600)
    assert account.aliases.written == []
    assert time.time() == NOW


def test_a_dry_run_of_any_length_answers_with_the_plan(account: Account) -> None:
    assert deploy(interval=600, dry_run=True)["seconds"] == 1_380
    assert account.subjects == []


def test_holding_beyond_the_functions_time_rolls_back_before_it_is_killed(account: Account) -> None:
    account.cloudwatch.minutes = [Minutes(NOW, 1, 0)]
    with pytest.raises(InsufficientData, match="time ran out while the weight was held"):
        deploy(seconds=400)
    assert account.routing == Routing("1")
    assert time.time() <= NOW + 400 - 60


def test_health_checks_that_take_too_long_are_no_hold(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(_names: Sequence[str]) -> dict[str, Order]:
        time.sleep(20)
        return {}

    monkeypatch.setattr(account.orders, "newest", slowly)
    words = "^the function's time ran out before the next health check, at 100 %"
    with pytest.raises(InternalError, match=words):
        deploy(seconds=366)
    assert account.routing == Routing("1")


def test_any_exception_rolls_back(account: Account) -> None:
    account.cloudwatch.minutes = KeyError("canary")
    with pytest.raises(InternalError, match="KeyError: 'canary'"):
        deploy()
    assert account.routing == Routing("1")


def test_an_alias_that_cannot_be_given_back_is_said_loudly(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.cloudwatch.minutes = AwsUnavailable("throttled")
    read = account.cloudwatch.series

    def then_lambda_is_gone(*asked: Any) -> Any:
        account.aliases.failing[LIVE] = AwsUnavailable("Lambda is gone")
        return read(*asked)

    monkeypatch.setattr(account.cloudwatch, "series", then_lambda_is_gone)
    with pytest.raises(RollbackFailed, match="an alias may still be weighted: Lambda is gone"):
        deploy()
    assert account.subjects == ["NOT rolled back, needs you: checkout live (RollbackFailed)"]


@pytest.mark.parametrize("failing", [False, True])
def test_a_probe_takes_the_place_of_sleeping_and_no_longer(
    account: Account, monkeypatch: pytest.MonkeyPatch, failing: bool
) -> None:
    called: list[float] = []

    class Functions:
        def answers(self, questions: Sequence[Invoke]) -> dict[Invoke, Invoked]:
            called.append(time.time())
            if failing and len(called) == 1:
                raise MemoryError
            return {questions[0]: Invoked(200, None, "{}", 2, 1, "2")}

    monkeypatch.setattr(app, "probe_calls", Functions)
    result = deploy(checks=[{"type": "probe"}])
    assert account.routing == Routing("2")
    assert [one["weight"] for one in result["weights"]] == [50, 100]
    retried_after = 60 if failing else 0
    assert time.time() == NOW + 120 + LATEST + retried_after
    assert max(called) < NOW + 120 + LATEST + retried_after


def test_a_rollout_with_nothing_to_do_ends_at_once(account: Account) -> None:
    account.aliases.held[LIVE] = alias("2")
    assert deploy()["summary"] == "live of checkout at 2 already"
    assert time.time() == NOW


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"hooks": {"pre-traffic": "f"}}, "hooks.pre-traffic: "),
        ({"approvals": [50]}, "approvals: "),
        (
            {"hooks": {"post-traffic": "f"}, "approvals": [50]},
            "hooks.post-traffic and approvals: ",
        ),
    ],
)
def test_what_waits_for_an_answer_from_outside_is_refused(
    account: Account, keys: dict[str, Any], words: str
) -> None:
    with pytest.raises(PreflightFailed) as caught:
        deploy(**keys)
    assert str(caught.value).startswith(f"{words}this function cannot wait for an answer")
    assert account.aliases.written == []


def test_hooks_that_answer_by_their_return_value_are_asked(account: Account) -> None:
    hooks = {
        name: {"function": name[:3], "mode": "return", "timeout": 200}
        for name in ("pre-traffic", "post-traffic")
    }
    assert deploy(hooks=hooks)["status"] == "SUCCEEDED"
    assert account.hooks.asked == ["pre", "pos"]


def test_such_a_hook_that_fails_rolls_back(account: Account) -> None:
    account.hooks.body = '{"status": "Failed", "reason": "2 of 7"}'
    with pytest.raises(HookFailed, match="the post-traffic hook f failed: 2 of 7"):
        deploy(hooks={"post-traffic": {"function": "f", "mode": "return"}})
    assert account.routing == Routing("1")


def test_hooks_count_towards_the_time_a_plan_takes(account: Account) -> None:
    hooks = {"pre-traffic": {"function": "f", "mode": "return", "timeout": 800}}
    with pytest.raises(PreflightFailed, match="the plan takes 18 min 24 s, hooks included"):
        deploy(hooks=hooks)
    assert account.aliases.written == []


def test_no_hook_is_begun_that_may_outlast_the_function(account: Account) -> None:
    account.cloudwatch.minutes = [Minutes(NOW, 1, 0)]
    hooks = {"post-traffic": {"function": "f", "mode": "return", "timeout": 500}}
    with pytest.raises(HookFailed, match="time ran out before it could be asked"):
        deploy(hooks=hooks, max_hold=300)
    assert account.hooks.asked == []
    assert account.routing == Routing("1")


def test_an_operator_can_roll_back_here_too(account: Account) -> None:
    account.orders.orders = [Order("roll-back", NOW + 1, 1, "/lambda-canary/checkout/live")]
    with pytest.raises(RolledBackByOperator):
        deploy()
    assert account.routing == Routing("1")


def test_what_it_is_about_to_do_is_noted_for_when_it_is_over(account: Account) -> None:
    raw = rollout(steps=2, interval=60, checks=LIMIT)
    del raw["new-version"]
    simple_deploy.handler(raw, fakes.Context())
    [(body, seconds)] = account.queue.sent
    note = json.loads(body)
    assert seconds == 900
    assert note["execution"]["id"].endswith(f":simple-deploy:request-1:{NOW}")
    [member] = note["members"]
    assert (member["canary"], member["revision"]) == ("2", "r1")


def test_what_shifts_nothing_notes_nothing(account: Account) -> None:
    deploy(dry_run=True)
    with pytest.raises(PreflightFailed):
        deploy(interval=600)
    account.aliases.held[LIVE] = alias("2")
    deploy()
    account.aliases.held.clear()
    deploy()
    assert account.queue.sent == []


def test_a_note_that_nobody_takes_keeps_the_rollout_from_beginning(account: Account) -> None:
    account.queue.failing = AwsUnavailable("sending to SQS: throttled")
    words = "AwsUnavailable: sending to SQS: throttled. Now: live of checkout routes 100 % to"
    with pytest.raises(InternalError, match=words):
        deploy()
    assert account.aliases.written == []
    assert account.subjects == ["Not released: checkout live (InternalError)"]
