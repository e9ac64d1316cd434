"""The guard's work on an account in memory: who is asked, what is written, what is told."""

import json
import time
from dataclasses import dataclass, field
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from domain.model.alias import Alias, Routing
from domain.model.errors import AwsUnavailable
from domain.model.state import State
from domain.recovery.history_tail import WRITES_FOR, Event
from domain.rollout.shift import after_shift
from repair import Repair
from tests.unit import fakes
from tests.unit.builders import EXECUTION, NOW, alias, baking, group, planned, rollout

CART, CHECKOUT = ("cart", "live"), ("checkout", "live")
SHIFTED = alias("1", {"2": 0.1}, revision="r1", description=EXECUTION)
CALL = "arn:aws:lambda:us-east-1:123456789012:function:SimpleDeploy:42"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Relay"
CONTINUATION = f"{MACHINE.replace('stateMachine', 'execution')}:rollout-1-1"


@dataclass
class Account:
    aliases: fakes.Aliases
    executions: fakes.Executions
    notifier: fakes.Notifier = field(default_factory=fakes.Notifier)

    @property
    def repair(self) -> Repair:
        return Repair("machine", self.executions, self.aliases, [self.notifier])

    @property
    def subjects(self) -> list[str]:
        return [message.subject for message in self.notifier.sent]


def entered(name: str, state: State) -> Event:
    return Event(time.time(), "entered", name, json.dumps(state))


def given(*events: Event, status: str = "ABORTED", **held: Alias) -> Account:
    """Have a rollout with this history; `live` of the functions stands as given."""
    executions = fakes.Executions({EXECUTION: status}, {EXECUTION: list(events)})
    return Account(fakes.Aliases({(name, "live"): one for name, one in held.items()}), executions)


def test_what_is_as_the_rollout_left_it_is_given_back_and_told() -> None:
    state = baking(group("cart", "checkout"))
    account = given(entered("Bake", state), cart=SHIFTED, checkout=SHIFTED)
    statuses = account.repair.after(EXECUTION)
    assert [status.changed for status in statuses] == [True, True]
    assert account.aliases.held[CART].routing == Routing("1")
    assert account.subjects == ["Given back by the guard: cart live and 1 more"]


def test_being_told_again_changes_nothing_and_tells_nothing() -> None:
    account = given(entered("Bake", baking(rollout())), checkout=SHIFTED)
    account.repair.after(EXECUTION)
    account.repair.after(EXECUTION)
    assert (len(account.aliases.written), len(account.notifier.sent)) == (1, 1)


@pytest.mark.proves("A44")
@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "FORGOTTEN"])
def test_only_what_has_ended_badly_is_looked_at(status: str) -> None:
    account = given(entered("Bake", baking(rollout())), status=status, checkout=SHIFTED)
    assert account.repair.after(EXECUTION) == []
    assert account.aliases.written == []


@pytest.mark.proves("A45")
def test_a_promotion_stays_although_it_could_not_be_told() -> None:
    promoted: State = {**baking(rollout()), "result": {"status": "SUCCEEDED"}}
    account = given(entered("NotifySuccess", promoted), checkout=alias("2", revision="r1"))
    assert account.repair.after(EXECUTION) == []
    assert account.aliases.written == []


@pytest.mark.proves("A45")
def test_a_foreign_change_stays() -> None:
    foreign = alias("7", revision="theirs")
    account = given(entered("Bake", baking(rollout())), checkout=foreign)
    account.repair.after(EXECUTION)
    assert account.aliases.held[CHECKOUT] == foreign
    assert account.subjects == []


def test_an_alias_that_cannot_be_given_back_does_not_keep_the_others_and_is_cried_out() -> None:
    state = baking(group("cart", "checkout"))
    account = given(entered("Bake", state), cart=SHIFTED, checkout=SHIFTED)
    account.aliases.failing[CART] = AwsUnavailable("throttled")
    statuses = account.repair.after(EXECUTION)
    assert [status.stranded for status in statuses] == [True, False]
    assert account.aliases.held[CHECKOUT].routing == Routing("1")
    assert account.subjects == ["STRANDED, needs you: cart live and 1 more"]


def test_a_sweep_counts_what_it_cannot_give_back_and_does_not_cry_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = given(entered("Bake", baking(rollout())), checkout=SHIFTED)
    account.aliases.failing[CHECKOUT] = AwsUnavailable("throttled")
    account.repair.after(EXECUTION, wait=False)
    assert account.subjects == []
    assert '"Stranded":[1.0]' in capsys.readouterr().out


def test_a_shift_in_flight_is_waited_out_and_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lands while the guard waits, on an alias that had not been shifted when it looked."""
    state: State = {**baking(rollout()), "next": "shift"}
    began = time.time()
    account = given(
        entered("ShiftWeight", state), Event(began, "scheduled", text="{}"), checkout=alias()
    )
    landed = alias("1", {"2": 0.2}, revision="r2", description=EXECUTION)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds > 1:  # the second's sleep is before the alias is looked at once more
            account.aliases.held[CHECKOUT] = landed

    monkeypatch.setattr("repair.time.sleep", sleep)
    account.repair.after(EXECUTION)
    assert slept == [1, pytest.approx(WRITES_FOR, abs=5)]
    assert account.aliases.held[CHECKOUT].routing == Routing("1")
    assert len(account.notifier.sent) == 1


def finalizing() -> State:
    state = planned(group("cart", "checkout", steps=1))
    return {**after_shift(state, 100.0, NOW), "next": "finalize"}


AT_LAST = alias("1", {"2": 1.0}, revision="r1", description=EXECUTION)


@pytest.mark.parametrize("status", ["ABORTED", "FAILED"])
def test_a_promotion_by_a_later_rollout_stays(status: str) -> None:
    """It looks just like what this one was about to write, and had taken back."""
    later = alias("2", revision="later")
    account = given(entered("Finalize", finalizing()), status=status, cart=later, checkout=later)
    assert account.repair.after(EXECUTION) == []
    assert account.aliases.written == []


def test_a_promotion_in_flight_is_waited_out_before_anything_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It promotes the second alias meanwhile: had the first gone back, the group would be split."""
    account = given(
        entered("Finalize", finalizing()),
        Event(time.time(), "scheduled", text="{}"),
        cart=alias("2", revision="promoted"),
        checkout=AT_LAST,
    )
    assert account.repair.after(EXECUTION, wait=False) == []

    def sleep(_: float) -> None:
        account.aliases.held[CHECKOUT] = alias("2", revision="promoted too")

    monkeypatch.setattr("repair.time.sleep", sleep)
    account.repair.after(EXECUTION)
    assert account.aliases.written == []


def test_a_promotion_half_done_goes_back_the_promoted_alias_first() -> None:
    account = given(
        entered("Finalize", finalizing()), cart=AT_LAST, checkout=alias("2", revision="promoted")
    )
    account.repair.after(EXECUTION)
    assert account.aliases.written == [CHECKOUT, CART]
    assert account.subjects == ["Given back by the guard: cart live and 1 more"]


def given_continuation(status: str, state: State) -> Account:
    handing_on = {**baking(rollout()), "next": "relay"}
    call = json.dumps({"StateMachineArn": MACHINE, "Name": "rollout-1-1"})
    account = given(
        Event(NOW, "entered", "Relay", json.dumps(handing_on)),
        Event(NOW, "scheduled", text=call),
        checkout=alias("1", {"2": 0.5}, revision="of the continuation", description=EXECUTION),
    )
    account.executions.statuses[CONTINUATION] = status
    account.executions.histories[CONTINUATION] = [entered("Bake", state)]
    return account


@pytest.mark.parametrize("status", ["RUNNING", "ABORTED", "FAILED"])
def test_of_a_rollout_in_a_continuation_the_continuation_knows_the_last_state(status: str) -> None:
    state = after_shift(planned(rollout(steps=2)), 50.0, NOW)
    account = given_continuation(status, state)
    account.repair.after(EXECUTION)
    assert account.aliases.held[CHECKOUT].routing == Routing("1")
    assert account.executions.stopped == ([CONTINUATION] if status == "RUNNING" else [])


def test_of_a_continuation_that_never_began_the_first_execution_knows_the_state() -> None:
    account = given_continuation("FORGOTTEN", baking(rollout()))
    account.aliases.held[CHECKOUT] = SHIFTED
    account.repair.after(EXECUTION)
    assert account.aliases.held[CHECKOUT].routing == Routing("1")


def test_a_leftover_of_a_rollout_in_one_call_goes_to_its_primary_version() -> None:
    account = given(checkout=alias("1", {"2": 0.5}, description=CALL))
    [status] = account.repair.alias("checkout", "live")
    assert status.text == "live of checkout routes 100 % to version 1"
    assert account.aliases.held[CHECKOUT].routing == Routing("1")
    assert account.subjects == ["Given back by the guard: checkout live"]


@pytest.mark.proves("F73")
def test_a_rollout_in_one_call_that_may_be_under_way_is_left_alone() -> None:
    for began, stays in ((time.time() - 890, True), (time.time() - 910, False)):
        running = alias("1", {"2": 0.5}, description=f"{CALL}:{int(began)}")
        account = given(checkout=running)
        [status] = account.repair.alias("checkout", "live")
        assert ("a rollout in one call, which may be under way until 20" in status.text) is stays
        assert (account.aliases.held[CHECKOUT] == running) is stays


def test_a_leftover_is_given_back_by_its_rollouts_own_history() -> None:
    state = baking(group("cart", "checkout"))
    state["members"][1]["description"] = "production"
    account = given(entered("Bake", state), cart=SHIFTED, checkout=SHIFTED)
    account.repair.alias("checkout", "live")
    assert account.aliases.held[CHECKOUT].routing == Routing("1", {}, "production")
    assert account.aliases.held[CART].routing == Routing("1")


def test_a_leftover_without_a_history_goes_to_its_primary_version() -> None:
    account = given(status="FORGOTTEN", checkout=SHIFTED)
    account.repair.alias("checkout", "live")
    assert account.aliases.held[CHECKOUT].routing == Routing("1")


def test_weights_under_the_mark_of_a_rollout_that_succeeded_are_somebody_elses() -> None:
    account = given(status="SUCCEEDED", checkout=SHIFTED)
    [status] = account.repair.alias("checkout", "live")
    assert status.text.endswith("did not leave so; it stays")
    assert account.aliases.written == []


@pytest.mark.proves("A53")
def test_a_forged_mark_takes_nothing_back() -> None:
    """Whoever may change an alias may write any rollout's mark on it."""
    theirs = alias("7", {"8": 0.5}, revision="theirs", description=EXECUTION)
    state = baking(group("cart", "stock"))
    account = given(
        entered("Bake", state), checkout=SHIFTED, cart=theirs, stock=alias("2", revision="later")
    )
    *_, status = account.repair.alias("checkout", "live")
    assert status.text.startswith("live of checkout routes 90 % to version 1 and 10 % to version 2")
    assert {name: one.routing.weights for name, one in account.aliases.held.items()} == {
        CHECKOUT: {"2": 0.1},
        CART: {"8": 0.5},
        ("stock", "live"): {},
    }


@pytest.mark.proves("A47", "A54")
def test_a_mark_of_what_the_guard_may_not_see_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = given(checkout=alias("1", {"2": 0.5}, description=EXECUTION))
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeExecution")
    monkeypatch.setattr(account.executions, "status", Mock(side_effect=denied))
    with pytest.raises(ClientError):
        account.repair.alias("checkout", "live")
    assert account.aliases.written == []


@pytest.mark.proves("A44", "A46")
@pytest.mark.parametrize(
    ("found", "words"),
    [
        (alias("1"), "is not weighted"),
        (
            alias("1", {"2": 0.5}, description="hands off"),
            "description names no rollout; left as it is",
        ),
        (SHIFTED, "which is under way"),
    ],
)
def test_what_is_no_leftover_stays(found: Alias, words: str) -> None:
    account = given(status="RUNNING", checkout=found)
    [status] = account.repair.alias("checkout", "live")
    assert words in status.text
    assert account.aliases.written == []


@pytest.mark.parametrize(
    ("function", "name", "words"),
    [
        ("chekcout", "live", "there is no function chekcout"),
        ("checkout", "lvie", "there is no alias lvie of checkout; it has live"),
        ("bare", "live", "there is no alias live of bare; it has none"),
    ],
)
def test_an_operator_who_mistypes_a_name_is_told(function: str, name: str, words: str) -> None:
    account = given(checkout=SHIFTED)
    account.aliases.unknown.add("chekcout")
    assert [status.text for status in account.repair.alias(function, name)] == [words]
    assert account.aliases.written == []


def test_an_operator_who_mistypes_an_execution_is_told() -> None:
    account = given(status="FORGOTTEN", checkout=SHIFTED)
    [status] = account.repair.after(EXECUTION, ordered=True)
    assert status.text.startswith(f"there is no execution {EXECUTION}")


@dataclass
class Stale(fakes.Executions):
    """Shows an execution as running for so many more looks."""

    looks: int = 2
    redriven: float = 0.0

    def status(self, arn: str) -> tuple[str, float]:
        self.looks -= 1
        return super().status(arn) if self.looks < 0 else ("RUNNING", self.redriven)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times: list[float] = []
    monkeypatch.setattr("repair.time.sleep", times.append)
    return times


def stale(looks: int, redriven: float = 0.0) -> Account:
    account = given(entered("Bake", baking(rollout())), checkout=SHIFTED)
    known = account.executions
    account.executions = Stale(known.statuses, known.histories, looks=looks, redriven=redriven)
    return account


@pytest.mark.proves("F68")
def test_what_is_shown_as_running_although_it_has_ended_is_asked_again(slept: list[float]) -> None:
    account = stale(looks=2)
    account.repair.after(EXECUTION, over=time.time())
    assert account.aliases.held[CHECKOUT].routing == Routing("1")
    assert len(slept) == 2


@pytest.mark.proves("F68")
def test_what_is_shown_as_running_for_long_is_left_to_another_try(slept: list[float]) -> None:
    account = stale(looks=9)
    with pytest.raises(AwsUnavailable, match="has ended, and Step Functions still shows it"):
        account.repair.after(EXECUTION, over=time.time())
    assert sum(slept) < 60


def test_what_was_redriven_since_does_run(slept: list[float]) -> None:
    account = stale(looks=9, redriven=NOW + 1)
    assert account.repair.after(EXECUTION, over=NOW) == []
    assert (account.aliases.written, slept) == ([], [])
