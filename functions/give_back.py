"""Giving back what a rollout has left that is over, and telling of it."""

from collections.abc import Iterable

from adapters.aliases import Aliases
from adapters.topic import Topic
from domain.model.state import Member, State
from domain.recovery.guard import Standing, told
from notify import tell
from restore import restore
from runtime import logger, metric


class GiveBack:
    def __init__(self, machine: str, aliases: Aliases, topic: Topic) -> None:
        self._machine, self._aliases, self._topic = machine, aliases, topic

    def each(
        self, left: Iterable[tuple[State, Member]], state: State, ended: str, *, loud: bool
    ) -> list[Standing]:
        """Every member is tried, by the state beside it. `state` and `ended` are what is told.

        Says what it changed; what it could not is counted, and said if it is `loud`.
        """
        standings = [self._tried(of_it, member) for of_it, member in left]
        stranded = sum(standing.stranded for standing in standings)
        if stranded:
            metric("Stranded", stranded, StateMachineArn=self._machine)
        if any(standing.changed for standing in standings) or (stranded and loud):
            self.tell(state, ended, standings)
        return standings

    def tell(self, state: State, ended: str, standings: list[Standing]) -> None:
        stranded = any(standing.stranded for standing in standings)
        tell("stranded" if stranded else "given-back", told(state, ended, standings), self._topic)

    def _tried(self, state: State, member: Member) -> Standing:
        try:
            return restore(state, member, self._aliases)
        except Exception as error:
            logger.exception("not given back", extra={"member": member})
            name = f"{member['alias']} of {member['function']}"
            return Standing(f"{name} may still be weighted ({error})", stranded=True)
