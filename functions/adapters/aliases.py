"""Aliases, read and written so that nothing of somebody else's is ever overwritten."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from domain.model.alias import Alias, Routing
from domain.model.errors import AliasChanged, VersionDeleted

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import AliasConfigurationResponseTypeDef


class Aliases:
    """The aliases of all functions, through Lambda's API."""

    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def read(self, function: str, alias: str) -> Alias | None:
        """Return the alias, or None where it (or its function) does not exist."""
        try:
            with asking(f"reading alias {alias} of {function}"):
                return _alias(self._client.get_alias(FunctionName=function, Name=alias))
        except ClientError as error:
            if code(error) == "ResourceNotFoundException":
                return None
            raise

    def names(self, function: str) -> list[str] | None:
        """Return the names of all of the function's aliases; None where there is no function."""
        try:
            with asking(f"listing the aliases of {function}"):
                pages = self._client.get_paginator("list_aliases").paginate(FunctionName=function)
                return [alias["Name"] for page in pages for alias in page["Aliases"]]
        except ClientError as error:
            if code(error) == "ResourceNotFoundException":
                return None
            raise

    def write(self, function: str, alias: str, wanted: Routing, revision: str) -> str | None:
        """Set the alias in one call, if it is still at `revision`, and return its new revision.

        None where it is at another, or not there any more: somebody has written to it, or boto3 has
        repeated a call whose answer was lost, and is told so of its own effect. Raises
        VersionDeleted where the alias is there and a version is not.
        """
        try:
            with asking(f"setting alias {alias} of {function}"):
                answer = self._client.update_alias(
                    FunctionName=function,
                    Name=alias,
                    FunctionVersion=wanted.version,
                    RoutingConfig={"AdditionalVersionWeights": dict(wanted.weights)},
                    Description=wanted.description,
                    RevisionId=revision,
                )
                return answer["RevisionId"]
        except ClientError as error:
            match code(error):
                case "PreconditionFailedException":
                    return None
                case "ResourceNotFoundException":
                    if self.read(function, alias) is None:
                        return None
                    versions = " or ".join([wanted.version, *wanted.weights])
                    raise VersionDeleted(
                        f"version {versions} of {function} was deleted during the rollout: {error}"
                    ) from error
            raise

    def create(self, function: str, alias: str, wanted: Routing) -> str:
        """Create the alias and return its revision; one that is as wanted counts as created.

        It is so by its description too, which says who created it. Raises AliasChanged where
        somebody else did.
        """
        try:
            # A conflict means here that there is one already.
            with asking(f"creating alias {alias} of {function}", "ResourceConflictException"):
                answer = self._client.create_alias(
                    FunctionName=function,
                    Name=alias,
                    FunctionVersion=wanted.version,
                    Description=wanted.description,
                )
                return answer["RevisionId"]
        except ClientError as error:
            if code(error) != "ResourceConflictException":
                raise
        found = self.read(function, alias)
        if found is None:
            raise AliasChanged(f"alias {alias} of {function} was deleted by somebody else")
        if not found.routing.same(wanted) or found.routing.description != wanted.description:
            raise AliasChanged(
                f"alias {alias} of {function} was changed by somebody else: it routes "
                f"{found.routing.text} now"
            )
        return found.revision

    def delete(self, function: str, alias: str) -> None:
        """Delete the alias, if it is still there."""
        try:
            with asking(f"deleting alias {alias} of {function}"):
                self._client.delete_alias(FunctionName=function, Name=alias)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise


def _alias(answer: "AliasConfigurationResponseTypeDef") -> Alias:
    weights = answer.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    routing = Routing(answer["FunctionVersion"], weights, answer.get("Description", ""))
    return Alias(routing, answer["RevisionId"])
