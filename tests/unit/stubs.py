"""Clients that answer with what was recorded, and fail on any call that was not expected."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.stub import Stubber


@contextmanager
def stubbed(service: str) -> Iterator[tuple[Any, Stubber]]:
    """Provide a client and its recorder; at the end every recorded call must have been made."""
    make: Any = boto3.client  # its type wants to know the service
    client = make(service)
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()
