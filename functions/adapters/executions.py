"""Executions of state machines: how they stand, and what their histories say."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from domain.gate.ending import Described
from domain.recovery.guard import Bad, Ended
from domain.recovery.history_tail import Event

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_PAGE = 100  # events of a history, each of which may be as large as a state
_ENDS = frozenset(
    {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
)


class Executions:
    """The executions of all state machines, through Step Functions' API."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def status(self, arn: str) -> tuple[str, float]:
        """Return how it ended and when, or `RUNNING` and since when again (0: it never ended).

        `FORGOTTEN` where there is none: Step Functions keeps them for 90 days. What it says may be
        older than an event of the same execution.
        """
        try:
            with asking(f"describing {arn}"):
                found = self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if code(error) == "ExecutionDoesNotExist":
                return "FORGOTTEN", 0.0
            raise
        runs = found["status"] == "RUNNING"
        since = found.get("redriveDate") if runs else found.get("stopDate")
        return found["status"], since.timestamp() if since else 0.0

    def stop(self, arn: str, cause: str) -> None:
        """Stop an execution; one that has ended stays as it is."""
        with asking(f"stopping {arn}"):
            self._client.stop_execution(executionArn=arn, cause=cause)

    def start(self, machine: str, name: str, given: Mapping[str, Any]) -> None:
        """Start an execution under this name, unless there is or was one."""
        try:
            with asking(f"starting {name}"):
                self._client.start_execution(
                    stateMachineArn=machine, name=name, input=json.dumps(given)
                )
        except ClientError as error:
            if code(error) != "ExecutionAlreadyExists":
                raise

    def running(self, machine: str, prefix: str) -> list[str]:
        """List those under way whose names begin so, by name; none of a machine that is gone."""
        pages = self._client.get_paginator("list_executions")
        try:
            with asking(f"listing executions of {machine}"):
                return [
                    found["name"]
                    for page in pages.paginate(stateMachineArn=machine, statusFilter="RUNNING")
                    for found in page["executions"]
                    if found["name"].startswith(prefix)
                ]
        except ClientError as error:
            if code(error) == "StateMachineDoesNotExist":
                return []
            raise

    def newest(self, machine: str, prefix: str, since: float) -> str | None:
        """Return the ARN of the newest whose name begins so and that began since then, if any."""
        pages = self._client.get_paginator("list_executions")
        with asking(f"listing executions of {machine}"):
            for page in pages.paginate(stateMachineArn=machine):
                for found in page["executions"]:  # the newest first
                    if found["startDate"].timestamp() < since:
                        return None
                    if found["name"].startswith(prefix):
                        return found["executionArn"]
        return None

    def described(self, arn: str) -> Described | None:
        """Return what it was given and how it ended; None where there is none."""
        try:
            with asking(f"describing {arn}"):
                found = self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if code(error) == "ExecutionDoesNotExist":
                return None
            raise
        return Described(
            status=found["status"],
            given=json.loads(found.get("input") or "null"),
            output=json.loads(found.get("output") or "null"),
            error=found.get("error", ""),
            cause=found.get("cause", ""),
        )

    def length(self, arn: str) -> int:
        """Count the events of its history so far, retries too."""
        with asking(f"counting the events of {arn}"):
            newest = self._client.get_execution_history(
                executionArn=arn, reverseOrder=True, maxResults=1, includeExecutionData=False
            )
        return newest["events"][0]["id"]

    def ended_badly(self, machine: str, status: Bad) -> Iterator[Ended]:
        """List all that ended so in the last 90 days, in whatever order."""
        pages = self._client.get_paginator("list_executions")
        try:
            with asking(f"listing executions of {machine}"):
                for page in pages.paginate(stateMachineArn=machine, statusFilter=status):
                    for found in page["executions"]:
                        ended = found["stopDate"].timestamp()
                        lasted = ended - found["startDate"].timestamp()
                        yield Ended(found["executionArn"], ended, lasted)
        except ClientError as error:
            if code(error) != "StateMachineDoesNotExist":
                raise

    def newest_events(self, arn: str, at_once: int = _PAGE) -> Iterator[Event]:
        """List its events from the last to the first, read only as far as somebody wants them.

        `at_once` are asked for in one call.
        """
        pages = self._client.get_paginator("get_execution_history")
        with asking(f"reading the history of {arn}"):
            for page in pages.paginate(
                executionArn=arn, reverseOrder=True, PaginationConfig={"PageSize": at_once}
            ):
                yield from map(_event, page["events"])


def _event(found: Any) -> Event:
    at, kind = found["timestamp"].timestamp(), found["type"]
    if kind.endswith("StateEntered"):
        entered = found["stateEnteredEventDetails"]
        return Event(at, "entered", entered["name"], entered.get("input", ""))
    if kind.endswith("StateExited"):
        exited = found["stateExitedEventDetails"]
        return Event(at, "exited", exited["name"], exited.get("output", ""))
    if kind == "TaskScheduled":
        return Event(at, "scheduled", text=found["taskScheduledEventDetails"]["parameters"])
    if kind in _ENDS:
        return Event(at, "ended")
    return Event(at, "succeeded" if kind == "TaskSucceeded" else "other")
