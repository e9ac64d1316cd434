from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    WaiterError,
)

from adapters.aws import CONFIG, READING, asking, code
from domain.model.errors import AwsUnavailable


def refusal(name: str, status: int) -> ClientError:
    answer: Any = {
        "Error": {"Code": name, "Message": "why"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "GetAlias")


def pending() -> WaiterError:
    """Return a version that was not active in time."""
    answer: Any = {"State": "Pending"}
    return WaiterError("published_version_active", "Max attempts exceeded", answer)


@pytest.mark.parametrize(
    "error",
    [
        refusal("TooManyRequestsException", 429),
        refusal("ThrottlingException", 400),
        refusal("Throttling", 400),
        refusal("ResourceConflictException", 409),
        refusal("SnapStartNotReadyException", 409),
        refusal("ServiceException", 500),
        refusal("SomethingNew", 503),
        refusal("SomethingNew", 429),
        EndpointConnectionError(endpoint_url="https://lambda"),
        ConnectTimeoutError(endpoint_url="https://lambda"),
        ReadTimeoutError(endpoint_url="https://lambda"),
        WaiterError("published_version_active", "throttled", refusal("Throttling", 400).response),
        WaiterError("function_updated_v2", "failed", refusal("ServiceException", 502).response),
    ],
    ids=repr,
)
def test_what_may_pass_by_itself_is_unavailable_and_says_what_was_asked(error: Exception) -> None:
    with pytest.raises(AwsUnavailable) as caught, asking("reading alias live of checkout"):
        raise error
    assert str(caught.value).startswith("reading alias live of checkout: ")
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        refusal("AccessDeniedException", 403),
        refusal("ResourceNotFoundException", 404),
        refusal("PreconditionFailedException", 412),
        pending(),
        KeyError("canary"),
    ],
    ids=repr,
)
def test_what_asking_again_would_not_change_passes_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, asking("anything"):
        raise error
    assert caught.value is error


def test_what_is_an_answer_to_this_call_passes_as_it_is() -> None:
    exists = refusal("ResourceConflictException", 409)
    with pytest.raises(ClientError), asking("creating it", "ResourceConflictException"):
        raise exists
    with pytest.raises(AwsUnavailable), asking("creating it", "ResourceConflictException"):
        raise refusal("SnapStartNotReadyException", 409)


def test_an_error_is_known_by_its_code() -> None:
    assert code(refusal("ResourceNotFoundException", 404)) == "ResourceNotFoundException"
    assert code(ClientError({}, "GetAlias")) == ""


@pytest.mark.parametrize(("config", "seconds"), [(CONFIG, 60), (READING, 25)])
def test_retries_inside_a_task_end_well_before_its_timeout(config: Any, seconds: float) -> None:
    """A health check reads three times, in 120 s. Between tries lie 1, 2 and 4 s at most."""
    attempts = config.retries["total_max_attempts"]
    waited = sum(2**tried for tried in range(attempts - 1))
    assert attempts * (config.connect_timeout + config.read_timeout) + waited <= seconds
