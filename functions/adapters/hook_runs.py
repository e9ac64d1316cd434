"""The executions in which hooks are asked, by their names."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from domain.model.errors import Failure
from domain.model.naming import execution_of
from domain.rollout.hooks import HookEnd

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class HookRuns:
    """The executions of the state machine that asks hooks, through Step Functions' API."""

    def __init__(self, client: "SFNClient", machine: str) -> None:
        self._client = client
        self._machine = machine

    def ended(self, name: str) -> HookEnd:
        """Return how it ended; `RUNNING`, or `FORGOTTEN` where there is none, or none yet."""
        try:
            with asking(f"describing {name}"):
                found = self._client.describe_execution(executionArn=self._arn(name))
        except ClientError as error:
            if code(error) == "ExecutionDoesNotExist":
                return HookEnd("FORGOTTEN", Failure(Error="", Cause=""))
            raise
        failure = Failure(Error=found.get("error", ""), Cause=found.get("cause", ""))
        return HookEnd(found["status"], failure)

    def stop(self, name: str, cause: str) -> None:
        """Stop it; one that has ended stays as it is, and one that never began is none."""
        try:
            with asking(f"stopping {name}"):
                self._client.stop_execution(executionArn=self._arn(name), cause=cause)
        except ClientError as error:
            if code(error) != "ExecutionDoesNotExist":
                raise

    def _arn(self, name: str) -> str:
        return execution_of(self._machine, name)
