"""The process environment under which no AWS account, profile or endpoint can be reached."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

ACCOUNT = "123456789012"
REGION = "us-east-1"

VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIASANDBOXSANDBOX00",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_SESSION_TOKEN": "sandbox",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # moto's Wait state compares a UTC timestamp with local time.
    "TZ": "UTC",
}


@contextmanager
def isolated_environment() -> Iterator[None]:
    """Put dummy credentials in place of the user's AWS settings, and UTC, for a block."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("AWS_", "MOTO_")):
            del os.environ[name]
    os.environ.update(VARIABLES)
    time.tzset()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        time.tzset()
