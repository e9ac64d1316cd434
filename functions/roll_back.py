"""RollBack: restore every alias of the group to its baseline, and say what went wrong."""

import time
from collections.abc import Callable

import app
from domain.ending.outcome import cause, failure_of, not_rolled_back, rollback_of
from domain.ending.ownership import seconds_since_failure
from domain.model.alias import AliasStatus
from domain.model.errors import Failure
from domain.model.state import State
from hook_run import let_go
from ports import Aliases, HookRuns
from restore import restore
from runtime import logger, metric, task


def roll_back(
    state: State, aliases: Aliases, runs: Callable[[], HookRuns] = app.hook_runs
) -> State:
    """Restore every alias that this rollout has changed, whatever becomes of the others.

    A hook that is still asked is waited for no longer.

    Raises what the last failing write raised, so that the state machine tries again.
    """
    statuses: list[AliasStatus] = []
    failed: Exception | None = None
    for member in state.get("members", []):
        try:
            statuses.append(restore(state, member, aliases))
        except Exception as error:
            logger.exception("not rolled back", extra={"member": member})
            failed = error
    if failed is not None:
        raise failed
    if (seconds := seconds_since_failure(state, time.time())) is not None:
        metric("TimeToRollBack", seconds, "Seconds")
    failure = not_rolled_back(state, failure_of(state), statuses)
    let_go(state, runs, f"the rollout that asked is over: {failure['Error']}")
    full = cause(failure["Cause"], state, [status.text for status in statuses])
    failure = Failure(Error=failure["Error"], Cause=full)
    return {**state, "failure": failure, "rollback": rollback_of(statuses)}


app.ready(app.aliases)
handler = task(lambda state: roll_back(state, app.aliases()), any_format=True)
