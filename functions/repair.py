"""The guard's work: it finds out what a rollout that is over has left, and has it restored."""

import time
from collections.abc import Sequence

from domain.model.alias import AliasStatus, Doubtful, Routing, marked_by
from domain.model.clock import iso
from domain.model.errors import AwsUnavailable
from domain.model.state import State
from domain.recovery.guard import by_mark, doubts, is_promoted, missing
from domain.recovery.history_tail import HistoryTail, read_tail
from domain.recovery.orphans import over_at, unpromoted
from ports import Aliases, Executions, Notifier
from restorer import Restorer

_LOOKS, _BETWEEN = 5, 3  # seconds; what DescribeExecution says may be that old


class Repair:
    """Restores what rollouts have left that are over; tells of it if there was anything to do."""

    def __init__(
        self, machine: str, executions: Executions, aliases: Aliases, notifiers: Sequence[Notifier]
    ) -> None:
        self._executions, self._aliases = executions, aliases
        self._restorer = Restorer(machine, aliases, notifiers)

    def after(
        self, execution: str, *, wait: bool = True, ordered: bool = False, over: float = 0.0
    ) -> list[AliasStatus]:
        """Restore what this rollout left if it ended badly, and tell how its aliases stand now.

        Long after the end, weights like the rollout's need a proof that they are its own, unless
        somebody has `ordered` it.

        With `wait`, wait until no task of the rollout can write any more, and look again; then also
        tell of what could not be repaired, which otherwise is only counted. A promotion is always
        waited out: what it still does decides whether anything goes back.

        `over` is when it has ended, where somebody says so (epoch seconds). Raises AwsUnavailable
        where Step Functions goes on to show it as running since before that.
        """
        status, ended = self._status(execution, over)
        if ordered and status == "FORGOTTEN":
            return [AliasStatus(f"there is no execution {execution}, or not for 90 days")]
        if status in ("RUNNING", "SUCCEEDED", "FORGOTTEN"):
            return []
        left = self._tail(execution, ended)
        if left.state is None or is_promoted(left.state):
            return []
        age = time.time() - ended
        doubtful: Doubtful = "take" if ordered else doubts(left.state, age)
        busy_for = left.busy_until - time.time()
        statuses: list[AliasStatus] = []
        if busy_for <= 0 or left.state.get("next") != "finalize":
            statuses = self._restore(left.state, status, report=wait, doubtful=doubtful)
        if wait and busy_for > 0:
            time.sleep(busy_for)
            statuses = self._restore(left.state, status, report=wait, doubtful=doubtful)
        return statuses

    def alias(self, function: str, alias: str) -> list[AliasStatus]:
        """Restore one alias, also where of its rollout only the mark is still known."""
        name, found = f"{alias} of {function}", self._aliases.read(function, alias)
        if found is None:
            return [AliasStatus(missing(function, alias, self._aliases.names(function)))]
        if not found.routing.weights:
            return [AliasStatus(f"{name} is not weighted")]
        mark = found.routing.description
        kind = marked_by(mark)
        if kind is None:
            left = f"{name} is weighted, and its description names no rollout; left as it is"
            by_rollout = 'if a rollout left it so, ask with {"execution": ARN}'
            return [AliasStatus(f"{left} ({by_rollout})")]
        if kind == "call" and (over := over_at(mark)) > time.time():
            perhaps = f"{mark}, a rollout in one call, which may be under way until {iso(over)}"
            return [AliasStatus(f"{name} is in the hands of {perhaps}; left as it is until then")]
        if kind == "execution":
            status = self._executions.status(mark)[0]
            if status == "RUNNING":
                return [AliasStatus(f"{name} is in the hands of {mark}, which is under way")]
            if status != "FORGOTTEN":  # its history says whose the weights are
                statuses = self.after(mark, ordered=True)
                if any(name in status.text for status in statuses):
                    return statuses
                theirs = f"{name} routes {found.routing.text}, which {mark} did not leave so"
                return [*statuses, AliasStatus(f"{theirs}; it stays")]
        wanted = Routing(found.routing.version)  # the primary, which is the baseline to the end
        if self._aliases.write(function, alias, wanted, found.revision) is None:
            return [AliasStatus(f"{name} was changed just now by somebody else; left as it is")]
        statuses = [AliasStatus(f"{name} routes {wanted.text}", changed=True)]
        self._restorer.tell(by_mark(mark, function, alias), "ABORTED", statuses)
        return statuses

    def _status(self, execution: str, over: float) -> tuple[str, float]:
        """Ask until what is said is not older than that it was `over`."""
        for look in range(_LOOKS):
            if look:
                time.sleep(_BETWEEN)
            status, since = self._executions.status(execution)
            if status != "RUNNING" or since >= over:  # it was redriven since
                return status, since
        raise AwsUnavailable(f"{execution} has ended, and Step Functions still shows it as running")

    def _tail(self, execution: str, ended: float) -> HistoryTail:
        """Read the tail of its history, or of its continuation's, which is stopped first."""
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

    def _restore(
        self, state: State, ended: str, *, report: bool, doubtful: Doubtful
    ) -> list[AliasStatus]:
        members = state["members"]
        if state.get("next") == "finalize":
            found = [self._aliases.read(one["function"], one["alias"]) for one in members]
            members = unpromoted(state, found, proven=doubtful != "take")
        left = [(state, member) for member in members]
        return self._restorer.restore(left, state, ended, report=report, doubtful=doubtful)
