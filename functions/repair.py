"""The guard's work: giving aliases back when their rollout is over."""

import time

from adapters.aliases import Aliases
from adapters.executions import Executions
from adapters.topic import Topic
from domain.model.alias import Routing, marked_by
from domain.model.state import State
from domain.recovery.guard import Standing, is_promoted, stranger
from domain.recovery.history_tail import HistoryTail, read_tail
from domain.recovery.orphans import unpromoted
from give_back import GiveBack


class Repair:
    """Gives back what rollouts have left that are over; says so if there was anything to do."""

    def __init__(
        self, machine: str, executions: Executions, aliases: Aliases, topic: Topic
    ) -> None:
        self._executions, self._aliases = executions, aliases
        self._give_back = GiveBack(machine, aliases, topic)

    def after(self, execution: str, *, patient: bool = True) -> list[Standing]:
        """How the aliases of this rollout stand now, if it ended badly; else nothing.

        `patient` waits until no task of the rollout can write any more, and looks again. It tells
        also of what could not be repaired, which otherwise is only counted. A promotion is always
        waited out: what it still does decides whether anything goes back.
        """
        status, ended = self._executions.status(execution)
        if status in ("RUNNING", "SUCCEEDED", "FORGOTTEN"):
            return []
        left = self._tail(execution, ended)
        if left.state is None or is_promoted(left.state):
            return []
        wait = left.busy_until - time.time()
        standings: list[Standing] = []
        if wait <= 0 or left.state.get("next") != "finalize":
            standings = self._restore(left.state, status, patient)
        if patient and wait > 0:
            time.sleep(wait)
            standings = self._restore(left.state, status, patient)
        return standings

    def alias(self, function: str, alias: str) -> list[Standing]:
        """Give one alias back, also where of its rollout only the mark is known any more."""
        name, found = f"{alias} of {function}", self._aliases.read(function, alias)
        if found is None or not found.routing.weights:
            return [Standing(f"{name} is not weighted")]
        mark = found.routing.description
        kind = marked_by(mark)
        if kind is None:
            return [Standing(f"{name} is weighted, but not by a rollout; left as it is")]
        if kind == "execution":
            if self._executions.status(mark)[0] == "RUNNING":
                return [Standing(f"{name} is in the hands of {mark}, which is under way")]
            standings = self.after(mark)
            found = self._aliases.read(function, alias)
            if found is None or found.routing.description != mark:
                return standings
        wanted = Routing(found.routing.version)  # the primary, which is the baseline to the end
        self._aliases.write(function, alias, wanted, found.revision)
        standings = [Standing(f"{name} routes {wanted.words}", changed=True)]
        self._give_back.tell(stranger(mark, function, alias), "ABORTED", standings)
        return standings

    def _tail(self, execution: str, ended: float) -> HistoryTail:
        left = read_tail(self._executions.newest_events(execution), ended)
        if left.continuation is None:
            return left
        status, ended = self._executions.status(left.continuation)
        if status == "FORGOTTEN":  # it never began
            return left
        if status == "RUNNING":
            self._executions.stop(left.continuation, f"{execution}, which waited for it, is over")
            ended = time.time()
        later = read_tail(self._executions.newest_events(left.continuation), ended)
        return HistoryTail(later.state or left.state, None, max(left.busy_until, later.busy_until))

    def _restore(self, state: State, ended: str, patient: bool) -> list[Standing]:
        members = state["members"]
        if state.get("next") == "finalize":
            found = [self._aliases.read(one["function"], one["alias"]) for one in members]
            members = unpromoted(state, found)
        left = [(state, member) for member in members]
        return self._give_back.each(left, state, ended, loud=patient)
