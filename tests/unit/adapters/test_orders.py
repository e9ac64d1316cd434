from datetime import UTC, datetime

import pytest

from adapters.orders import Orders
from domain.model.errors import AwsUnavailable
from domain.rollout.orders import Order
from tests.unit.stubs import stubbed

NAME = "/lambda-canary/checkout/live"


@pytest.mark.proves("A36")
def test_an_order_is_read_with_its_time_and_a_secure_one_stays_encrypted() -> None:
    """Nothing is asked to be decrypted, so a SecureString is an order that nobody knows."""
    written = datetime(2026, 1, 5, 9, tzinfo=UTC)
    found = {"Parameter": {"Value": "pause", "LastModifiedDate": written}}
    with stubbed("ssm") as (client, stub):
        stub.add_response("get_parameter", found, {"Name": NAME})
        assert Orders(client).read(NAME) == Order("pause", written.timestamp())


def test_no_parameter_is_no_order() -> None:
    with stubbed("ssm") as (client, stub):
        stub.add_client_error("get_parameter", "ParameterNotFound")
        assert Orders(client).read(NAME) is None


def test_a_throttled_read_is_unavailable() -> None:
    with stubbed("ssm") as (client, stub):
        stub.add_client_error("get_parameter", "ThrottlingException")
        with pytest.raises(AwsUnavailable, match=f"reading {NAME}"):
            Orders(client).read(NAME)
