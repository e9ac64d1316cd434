"""Functions and their versions: what they are, and how a new one is published."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, WaiterError

from adapters.aws import asking, code
from domain.model.errors import NotReady, VersionDeleted
from domain.model.text import one_line
from domain.planning.preflight import VersionFacts, unready

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import WaiterConfigTypeDef

_UPDATE: "WaiterConfigTypeDef" = {"Delay": 2, "MaxAttempts": 60}
# With SnapStart a version takes about three minutes (github.com/pulumi/pulumi/issues/15789), and at
# times more: ten, which with the update fit into what Publish and SimpleDeploy have.
_BETWEEN, _LOOKS = 2, 300
_MAX_WHY = 300  # characters of Lambda's reason that an error repeats


class Versions:
    """The functions of the account and their versions, through Lambda's API."""

    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def facts(self, function: str, version: str = "$LATEST") -> VersionFacts | None:
        """Return the version's configuration, or None where function or version do not exist."""
        try:
            with asking(f"reading version {version} of {function}"):
                found = self._client.get_function_configuration(
                    FunctionName=function, Qualifier=version
                )
        except ClientError as error:
            if code(error) == "ResourceNotFoundException":
                return None
            raise
        return VersionFacts(
            role=found["Role"],
            dead_letter=found.get("DeadLetterConfig", {}).get("TargetArn", ""),
            state=found.get("State", "Active"),
            timeout=found["Timeout"],
            sha256=found["CodeSha256"],
            why=_why(found, "State"),
        )

    def exists(self, function: str) -> bool | None:
        """Tell whether there is such a function; None where the stack may not know or call it."""
        try:
            with asking(f"reading {function}"):
                self._client.get_function_configuration(FunctionName=function)
        except ClientError as error:
            if code(error) == "ResourceNotFoundException":
                return False
            if code(error) == "AccessDeniedException":
                return None
            raise
        return True

    def provisioned(self, function: str, alias: str) -> bool:
        """Tell whether the alias has provisioned concurrency."""
        try:
            with asking(f"reading provisioned concurrency of {alias} of {function}"):
                self._client.get_provisioned_concurrency_config(
                    FunctionName=function, Qualifier=alias
                )
        except ClientError as error:
            if code(error) in (
                "ProvisionedConcurrencyConfigNotFoundException",
                "ResourceNotFoundException",
            ):
                return False
            raise
        return True

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of the function with this ARN; none where there is no such function."""
        try:
            with asking(f"reading the tags of {arn}"):
                return self._client.list_tags(Resource=arn)["Tags"]
        except ClientError as error:
            if code(error) == "ResourceNotFoundException":
                return {}
            raise

    def publish(self, function: str, sha256: str | None) -> str:
        """Publish $LATEST (if its code has `sha256`, where given), once no update is under way.

        Lambda answers with the version there is where nothing has changed since. Raises
        NotReady where the update failed or does not end, AwsUnavailable where the next began.
        """
        guard = {"CodeSha256": sha256} if sha256 else {}
        try:
            with asking(f"publishing {function}"):
                self._client.get_waiter("function_updated_v2").wait(
                    FunctionName=function, WaiterConfig=_UPDATE
                )
                return self._client.publish_version(FunctionName=function, **guard)["Version"]
        except WaiterError as error:
            updated = error.last_response.get("Configuration", {})
            why = _why(updated, "LastUpdateStatus") or str(error)
            raise NotReady(f"{function} was not ready: {why}") from error

    def wait_until_active(self, function: str, version: str) -> None:
        """Wait while a version is Pending, for ten minutes at most.

        Raises NotReady where it is not Active then, and VersionDeleted where it is gone.
        """
        for look in range(1, _LOOKS + 1):
            found = self.facts(function, version)
            if found is None:
                raise VersionDeleted(f"version {version} of {function} was deleted")
            if found.state == "Active":
                return
            if found.state != "Pending" or look == _LOOKS:
                raise NotReady(unready(function, version, found))
            time.sleep(_BETWEEN)


def _why(found: Any, status: str) -> str:
    """Return Lambda's reason for a status, which it gives as a code and a sentence."""
    parts = [found.get(f"{status}ReasonCode"), found.get(f"{status}Reason")]
    return one_line(": ".join(part for part in parts if part), _MAX_WHY)
