from datetime import UTC, datetime

import pytest

from adapters.orders import Orders
from domain.model.errors import AwsUnavailable
from domain.rollout.parameters import Order
from tests.unit.stubs import stubbed

NAME = "/lambda-canary/checkout/live"
WRITTEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def parameter(name: str = NAME, value: str = "pause", version: int = 3) -> dict[str, object]:
    return {"Name": name, "Value": value, "LastModifiedDate": WRITTEN, "Version": version}


@pytest.mark.proves("A36")
def test_an_order_is_read_with_its_time_and_a_secure_one_stays_encrypted() -> None:
    """Nothing is asked to be decrypted, so a SecureString is an order that nobody knows."""
    with stubbed("ssm") as (client, stub):
        stub.add_response("get_parameters", {"Parameters": [parameter()]}, {"Names": [NAME]})
        found = Orders(client).newest([NAME])
    assert found == {NAME: Order("pause", WRITTEN.timestamp(), 3, NAME)}


def test_no_parameter_is_no_order() -> None:
    with stubbed("ssm") as (client, stub):
        stub.add_response("get_parameters", {"Parameters": [], "InvalidParameters": [NAME]})
        assert Orders(client).newest([NAME]) == {}


def test_ten_parameters_take_one_call() -> None:
    names = [f"/lambda-canary/of-group-{number}/live" for number in range(25)]
    with stubbed("ssm") as (client, stub):
        for some in (names[:10], names[10:20], names[20:]):
            answer = {"Parameters": [parameter(name) for name in some]}
            stub.add_response("get_parameters", answer, {"Names": some})
        assert list(Orders(client).newest(names)) == names


def test_a_history_is_read_to_its_end() -> None:
    pages = [[parameter(value="pause", version=1)], [parameter(value="resume", version=2)]]
    with stubbed("ssm") as (client, stub):
        first = {"Parameters": pages[0], "NextToken": "more"}
        stub.add_response("get_parameter_history", first, {"Name": NAME})
        rest = {"Name": NAME, "NextToken": "more"}
        stub.add_response("get_parameter_history", {"Parameters": pages[1]}, rest)
        found = Orders(client).history(NAME)
    assert [(one.text, one.version, one.parameter) for one in found] == [
        ("pause", 1, NAME),
        ("resume", 2, NAME),
    ]


def test_a_parameter_that_was_deleted_meanwhile_has_no_history() -> None:
    with stubbed("ssm") as (client, stub):
        stub.add_client_error("get_parameter_history", "ParameterNotFound")
        assert Orders(client).history(NAME) == []


def test_a_throttled_read_is_unavailable() -> None:
    with stubbed("ssm") as (client, stub):
        stub.add_client_error("get_parameters", "ThrottlingException")
        with pytest.raises(AwsUnavailable, match=f"reading orders from {NAME}"):
            Orders(client).newest([NAME])
        stub.add_client_error("get_parameter_history", "ThrottlingException")
        with pytest.raises(AwsUnavailable, match=f"reading the history of {NAME}"):
            Orders(client).history(NAME)
