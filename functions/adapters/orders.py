"""Operators' orders, each in an SSM parameter of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from domain.rollout.parameters import Order

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterHistoryTypeDef, ParameterTypeDef

_NAMES = 10  # that GetParameters takes


class Orders:
    """The orders that operators write, through SSM's API. Nothing is asked to be decrypted."""

    def __init__(self, client: "SSMClient") -> None:
        self._client = client

    def newest(self, names: Sequence[str]) -> dict[str, Order]:
        """Return what each parameter says now, for those that there are. Raises AwsUnavailable.

        One call for ten names. GetParametersByPath would page through those of all functions.
        """
        found: list[ParameterTypeDef] = []
        for at in range(0, len(names), _NAMES):
            with asking(f"reading orders from {names[at]}"):
                answer = self._client.get_parameters(Names=list(names[at : at + _NAMES]))
            found += answer["Parameters"]
        return {one["Name"]: _order(one) for one in found}

    def history(self, name: str) -> list[Order]:
        """Return all that it has said; nothing if it is gone. Raises AwsUnavailable."""
        pages = self._client.get_paginator("get_parameter_history").paginate(Name=name)
        try:
            with asking(f"reading the history of {name}"):
                return [_order(one) for page in pages for one in page["Parameters"]]
        except ClientError as error:
            if code(error) == "ParameterNotFound":
                return []
            raise


def _order(found: "ParameterTypeDef | ParameterHistoryTypeDef") -> Order:
    written = found["LastModifiedDate"].timestamp()
    return Order(found["Value"], written, found["Version"], found["Name"])
