"""Operators' orders, each in an SSM parameter of its own."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from domain.rollout.orders import Order

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class Orders:
    """The orders that operators write, through SSM's API."""

    def __init__(self, client: "SSMClient") -> None:
        self._client = client

    def read(self, name: str) -> Order | None:
        """Return the order in the parameter `name`, or None without one. Raises AwsUnavailable."""
        try:
            with asking(f"reading {name}"):
                found = self._client.get_parameter(Name=name)["Parameter"]
        except ClientError as error:
            if code(error) == "ParameterNotFound":
                return None
            raise
        return Order(found["Value"], found["LastModifiedDate"].timestamp())
