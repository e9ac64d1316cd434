"""What the gate has under way for a resource, found, ended and undone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from domain.gate.ending import before, has_given_back, is_whole
from domain.gate.event import Address, Asked, Wanted
from domain.gate.naming import prefix_of, request_of
from domain.model.alias import Routing
from domain.model.errors import AwsUnavailable
from domain.model.naming import execution_of
from move import TRIES
from ports import Aliases, Executions
from repair import Repair

T = TypeVar("T")

PAUSE = 3  # seconds between two looks
# What ListExecutions and DescribeStackResource say may be some seconds old.
LOOKS = 3
RECENT = 7_200  # seconds: longer than any operation of a stack that waits for a rollout
_OVERTAKEN = "the stack that asked for this rollout does not want it any more"


@dataclass(frozen=True)
class Undoing:
    """Ends the gate's own rollouts, which `machine` runs, and their waiters, which `waiter` runs.

    Those of others it leaves alone.
    """

    machine: str
    waiter: str
    executions: Executions
    aliases: Aliases
    repair: Repair

    def knows(self, address: Address) -> bool:
        """Tell whether this very event, which comes twice at times, has been heard already."""
        return bool(self.executions.running(self.waiter, request_of(address)))

    def demote(self, asked: Asked) -> None:
        """Take a promotion back that the stack has not come to know: its own record is older."""
        address = asked.address
        since = time.time() - RECENT
        found = self.executions.newest(self.waiter, prefix_of(address), since)
        waiter = self.executions.described(found) if found else None
        if waiter is None:
            return
        for wanted, old in before(asked, waiter.given):
            if is_whole(wanted, self.aliases.read(wanted.function, wanted.alias)):
                self.route(old, address)

    def route(self, wanted: Wanted, address: Address) -> None:
        """Route everything to this version in one write, whatever the alias routes now.

        Weights that somebody else has set stay, where the version is the alias's own. A rollout's
        mark stays too: with it the guard finds out what was described there before.
        """
        for attempt in range(TRIES):
            if attempt:
                time.sleep(attempt / 4)
            found = self.aliases.read(wanted.function, wanted.alias)
            if found is None or is_whole(wanted, found):
                return
            mark = found.routing.description
            ours = mark.startswith(execution_of(self.machine, prefix_of(address)))
            if found.routing.version == wanted.version and not ours:
                return
            goal = Routing(wanted.version, {}, mark)
            if self.aliases.write(wanted.function, wanted.alias, goal, found.revision):
                return
        raise AwsUnavailable(f"alias {wanted.name} is being written to all the time")

    def stop(self, address: Address, *, looks: int) -> None:
        """Stop what the gate has under way for this resource, and give the aliases back.

        The waiter goes first: it may still be about to start the rollout.
        """
        for look in range(looks):
            if look:
                time.sleep(PAUSE)
            waiters, rollouts = (
                self._others(self.waiter, address),
                self._others(self.machine, address),
            )
            for name in waiters:
                self.executions.stop(execution_of(self.waiter, name), _OVERTAKEN)
            for name in {*waiters, *rollouts}:
                self.end(execution_of(self.machine, name))
            if waiters or rollouts:
                return

    def _others(self, machine: str, address: Address) -> list[str]:
        """List what other events of this resource have under way, by name."""
        running = self.executions.running(machine, prefix_of(address))
        return [name for name in running if not name.startswith(request_of(address))]

    def end(self, rollout: str) -> None:
        """Stop a rollout, and have the aliases given back as the guard does."""
        found = self.executions.described(rollout)
        if found is None:
            return
        if found.status == "RUNNING":
            self.executions.stop(rollout, _OVERTAKEN)
            self.repair.after(rollout, over=time.time())
        elif found.status != "SUCCEEDED" and not has_given_back(found):
            self.repair.after(rollout)


def patiently(ask: Callable[[], T], seconds: float) -> T:
    """Ask again for so long while AWS does not answer."""
    ends = time.time() + seconds
    while True:
        try:
            return ask()
        except AwsUnavailable:
            if time.time() >= ends:
                raise
            time.sleep(PAUSE)
