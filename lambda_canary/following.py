"""Follows a rollout to its end, at a gentle pace, over whatever holes the network has."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from domain.view.look import Look
from lambda_canary.account import Account
from lambda_canary.faults import PASSING, trouble_of
from lambda_canary.lookout import Lookout, NotThere
from lambda_canary.trouble import Trouble

T = TypeVar("T")

PACE = 2.0  # seconds for each call: Step Functions gives an account a few in a second
PATIENCE = 180.0  # seconds without an answer after which it is lost sight of
_APPEARS = 30.0  # seconds in which an execution that was just started may not be found


@dataclass
class Follower:
    """Looks again and again; `tell` says what holds it up."""

    account: Account
    lookout: Lookout
    tell: Callable[[str], None]

    def looks(self, arn: str, *, started: bool = False) -> Iterator[Look]:
        """Look until it is over; one that was `started` just now may not be found at first."""
        look = self._first(arn, _APPEARS if started else 0.0)
        yield look
        while look.status == "RUNNING":
            look = self.next(look)
            yield look

    def next(self, look: Look) -> Look:
        """Wait a while, and look again at a rollout that is under way."""
        return self._patiently(lambda: self.lookout.again(look), pause=True)

    def _first(self, arn: str, appears: float) -> Look:
        ends = self.account.now() + appears
        while True:
            try:
                return self._patiently(lambda: self.lookout.look(arn), pause=False)
            except NotThere:
                if self.account.now() >= ends:
                    raise
                self.account.sleep(PACE)

    def _patiently(self, ask: Callable[[], T], *, pause: bool) -> T:
        since, told = self.account.now(), False
        if pause:
            self.account.sleep(PACE * max(self.lookout.taken(), 1))
        while True:
            try:
                return ask()
            except PASSING as error:
                if self.account.now() - since >= PATIENCE:
                    raise Trouble(
                        f"lost sight of it: {trouble_of(error).cause}", "check the network"
                    ) from error
                if not told:
                    self.tell(f"{trouble_of(error).cause}. Trying again ...")
                told = True
                self.account.sleep(PACE * 2)
