"""What all handlers share: logs, metrics, the frame of a task, and its deadline for calls."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from domain.ending.ownership import with_shares
from domain.model.errors import StackUpdated
from domain.model.state import FORMAT, State
from domain.model.web import Web
from domain.probing.route import routed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "LambdaCanary")
ITSELF = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")  # the function that runs
WEB = Web(
    plain=os.environ.get("ALLOW_PLAIN_HTTP") == "true",
    private=os.environ.get("ALLOW_PRIVATE_ADDRESSES") == "true",
)
_ASKING_SECONDS = 60  # of a task, for calls of functions and URLs
_RESERVE_SECONDS = 20  # what follows in this invocation needs
_asking_ends = 0.0


def seconds_left() -> float:
    """Return the time that the task under way still has for calls of functions and URLs."""
    return _asking_ends - time.time()


def metric(name: str, value: float, unit: str = "Count", **dimensions: str) -> None:
    """Write one data point in the embedded metric format, which needs no call to CloudWatch.

    It is a line of the log too, so it carries the execution's id like all the others.
    """
    with single_metric(name=name, unit=MetricUnit(unit), value=value, namespace=NAMESPACE) as point:
        point.add_metadata("execution", logger.get_current_keys().get("execution"))
        for key, text in dimensions.items():
            point.add_dimension(name=key, value=text)


def task(
    run: Callable[[State], State], *, any_format: bool = False
) -> Callable[[State, "LambdaContext"], State]:
    """Make a handler that runs one task of the workflow, and logs with the execution's id.

    Only tasks that read nothing but what never changes may take a state of `any_format`.
    """

    @logger.inject_lambda_context(clear_state=True)
    def handler(state: State, context: "LambdaContext") -> State:
        global _asking_ends
        left = context.get_remaining_time_in_millis() / 1_000 - _RESERVE_SECONDS
        _asking_ends = time.time() + min(left, _ASKING_SECONDS)
        logger.append_keys(execution=state["execution"]["id"])
        logger.info("begins", extra=_where(state))
        try:
            if _is_of_another_release(state):
                if not any_format:
                    raise _updated(state)
                after = run(state)
            else:
                after = with_shares(routed(run(state)))
        except Exception:
            logger.exception("failed")
            raise
        logger.info("ends", extra=_where(after))
        return after

    return handler


def _is_of_another_release(state: State) -> bool:
    """Tell whether another release of this stack planned it, whose states may differ."""
    return "next" in state and state.get("format") != FORMAT


def _updated(state: State) -> StackUpdated:
    return StackUpdated(
        "the stack was updated while this rollout was under way, and its tasks do not know the "
        f"state that it began with (format {state.get('format', 0)}, not {FORMAT}); start it again"
    )


def _where(state: State) -> dict[str, Any]:
    """Say what is released, and how far: when the stack is gone, only the logs tell."""
    progress = state.get("progress")
    releases = [
        f"{one['alias']} of {one['function']}: {one['baseline']} to {one['canary']}"
        for one in state.get("members", [])
    ]
    where: dict[str, Any] = {"next": state.get("next"), "releases": releases}
    if progress is not None:
        where |= {"step": progress["step"], "verdicts": progress.get("verdicts")}
    if "failure" in state:
        where["failure"] = state["failure"]
    return where
