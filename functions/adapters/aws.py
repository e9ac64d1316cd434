"""How long clients of AWS wait and how often they try, and what their failures mean to us."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, WaiterError
from botocore.exceptions import ConnectionError as ConnectionFailed

from domain.model.errors import AwsUnavailable

# Retries inside a task are few and short; the state machine's own, with jitter, go on for minutes.
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=10
)

# For what a health check reads in turn (aliases, an order, alarms, metric data). All together must
# fail within its function's 120 s: what got no answer then is asked again by the next check.
READING = Config(
    retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=5
)

# For calls of functions: what they do when called twice, only their owners know.
ONCE_SECONDS = 30
ONCE = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=ONCE_SECONDS,
)


def waiting(seconds: int) -> Config:
    """Configure one call that may take so long.

    The connection is kept alive, since networks drop silent ones.
    """
    return ONCE.merge(Config(read_timeout=seconds, tcp_keepalive=True))


_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
     "RequestLimitExceeded", "LimitExceededException", "RequestThrottled"}
)  # fmt: skip


# What Lambda says while another operation on the same function or alias is under way, also while a
# version that had gone Inactive wakes.
_BUSY = frozenset({"ResourceConflictException", "SnapStartNotReadyException"})


def code(error: ClientError) -> str:
    """Return the error's name, such as ResourceNotFoundException."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def asking(what: str, *answers: str) -> Iterator[None]:
    """Raise AwsUnavailable where AWS throttled, was busy, failed or could not be reached.

    Other errors pass as they are: asking again would not change them. So do those whose codes are
    `answers` to this call.
    """
    try:
        yield
    except ClientError as error:
        if code(error) not in answers and _may_pass(error.response):
            raise AwsUnavailable(f"{what}: {error}") from error
        raise
    except WaiterError as error:  # a waiter wraps whatever its calls are answered
        if _may_pass(error.last_response):
            raise AwsUnavailable(f"{what}: {error}") from error
        raise
    except (HTTPClientError, ConnectionFailed) as error:
        raise AwsUnavailable(f"{what}: {error}") from error


def _may_pass(answer: Mapping[str, Any]) -> bool:
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    name = answer.get("Error", {}).get("Code", "")
    return name in _THROTTLED or name in _BUSY or status == 429 or status >= 500
