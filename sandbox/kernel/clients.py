"""boto3 clients, made once a process: making one takes longer than most scenarios do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from sandbox.kernel.environment import REGION, VARIABLES


@cache
def client(service: str, *, attempts: int | None = None) -> Any:
    """Make the client of a service; it tries each call `attempts` times (None: as boto3 does)."""
    make: Callable[..., Any] = _session().client
    if attempts is None:
        return make(service)
    return make(service, config=Config(retries={"total_max_attempts": attempts}))


@cache
def _session() -> boto3.Session:
    """Keep a session of our own; moto throws boto3's away whenever it starts."""
    return boto3.Session(
        aws_access_key_id=VARIABLES["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=VARIABLES["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=VARIABLES["AWS_SESSION_TOKEN"],
        region_name=REGION,
    )
