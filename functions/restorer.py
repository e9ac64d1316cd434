"""Restore the aliases of a rollout that is over, and tell of it."""

from collections.abc import Iterable, Sequence

from domain.model.alias import AliasStatus, Doubtful
from domain.model.member import Member
from domain.model.state import State
from domain.recovery.guard import with_report
from ports import Aliases, Notifier
from restore import restore
from runtime import logger, metric
from telling import tell


class Restorer:
    """What RollBack would have done, for executions that cannot do it themselves."""

    def __init__(self, machine: str, aliases: Aliases, notifiers: Sequence[Notifier]) -> None:
        self._machine, self._aliases, self._notifiers = machine, aliases, notifiers

    def restore(
        self,
        left: Iterable[tuple[State, Member]],
        state: State,
        ended: str,
        *,
        report: bool,
        doubtful: Doubtful = "take",
    ) -> list[AliasStatus]:
        """Try to restore every member, each by the state beside it.

        `state` and `ended` are what is told, and `doubtful` is restore's.

        What was changed is always told. What could not be is counted, and told if `report` is set.
        """
        statuses = [self._tried(of_it, member, doubtful=doubtful) for of_it, member in left]
        stranded = sum(status.stranded for status in statuses)
        if stranded:
            metric("Stranded", stranded, StateMachineArn=self._machine)
        if any(status.changed for status in statuses) or (stranded and report):
            self.tell(state, ended, statuses)
        return statuses

    def tell(self, state: State, ended: str, statuses: list[AliasStatus]) -> None:
        """Send the message that says how the aliases of this rollout stand now."""
        stranded = any(status.stranded for status in statuses)
        told = with_report(state, ended, statuses)
        tell("stranded" if stranded else "restored", told, self._notifiers)

    def _tried(self, state: State, member: Member, *, doubtful: Doubtful) -> AliasStatus:
        try:
            return restore(state, member, self._aliases, doubtful=doubtful)
        except Exception as error:
            logger.exception("not given back", extra={"member": member})
            name = f"{member['alias']} of {member['function']}"
            return AliasStatus(f"{name} may still be weighted ({error})", stranded=True)
