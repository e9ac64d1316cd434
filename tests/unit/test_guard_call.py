"""GuardCall on an account in memory: what is written, told, and tried again."""

from dataclasses import dataclass, field

import pytest

from domain.model.alias import Routing
from domain.model.errors import AwsUnavailable
from domain.model.state import State
from domain.recovery.orphans import noted
from guard_call import guard_call
from restorer import Restorer
from tests.unit import fakes
from tests.unit.builders import EXECUTION, alias, planned, rollout

CHECKOUT = ("checkout", "live")
SHIFTED = alias("1", {"2": 0.5}, revision="r5", description=EXECUTION)


@dataclass
class Account:
    aliases: fakes.Aliases = field(default_factory=lambda: fakes.Aliases({CHECKOUT: SHIFTED}))
    notifier: fakes.Notifier = field(default_factory=fakes.Notifier)

    def run(self, *, first: bool = True, **keys: object) -> None:
        note: State = noted(planned(rollout(steps=2, interval=60, **keys)))
        restorer = Restorer("machine", self.aliases, [self.notifier])
        guard_call(note, self.aliases, restorer, first=first)

    @property
    def subjects(self) -> list[str]:
        return [message.subject for message in self.notifier.sent]


def test_what_was_left_weighted_is_given_back_and_told_once() -> None:
    account = Account()
    account.run()
    account.run()
    assert account.aliases.held[CHECKOUT].routing == Routing("1")
    assert account.subjects == ["Given back by the guard: checkout live"]
    [message] = account.notifier.sent
    assert message.body["execution"] == EXECUTION


def test_what_is_whole_is_neither_touched_nor_told() -> None:
    account = Account(fakes.Aliases({CHECKOUT: alias("2", revision="r9")}))
    account.run()
    assert (account.aliases.written, account.subjects) == ([], [])


def test_what_cannot_be_given_back_is_cried_out_once_and_tried_again() -> None:
    account = Account()
    account.aliases.failing[CHECKOUT] = AwsUnavailable("throttled")
    for first in (True, False):
        with pytest.raises(RuntimeError, match="may still be weighted"):
            account.run(first=first)
    assert account.subjects == ["STRANDED, needs you: checkout live"]
    account.aliases.failing.clear()
    account.run(first=False)
    assert account.subjects[1:] == ["Given back by the guard: checkout live"]


def test_who_wants_no_messages_gets_none() -> None:
    account = Account()
    account.run(notify="none")
    assert account.aliases.held[CHECKOUT].routing == Routing("1")
    assert account.subjects == []
