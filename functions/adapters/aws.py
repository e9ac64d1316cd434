"""Clients, and what their failures mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionFailed

from domain.errors import AwsUnavailable

# Retries inside a task are few and short; the state machine's own, with jitter, go on for minutes.
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=10
)

_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
     "RequestLimitExceeded", "LimitExceededException", "RequestThrottled"}
)  # fmt: skip


def code(error: ClientError) -> str:
    """The error's name, such as ResourceNotFoundException."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Raises AwsUnavailable where AWS throttled, failed on its side or could not be reached.

    Other errors pass as they are: asking again would not change them.
    """
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code(error) in _THROTTLED or status == 429 or status >= 500:
            raise AwsUnavailable(f"{what}: {error}") from error
        raise
    except (HTTPClientError, ConnectionFailed) as error:
        raise AwsUnavailable(f"{what}: {error}") from error
