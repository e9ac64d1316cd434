"""What moto and botocore work out anew for every call although it is always the same."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any

from moto.core import errors, responses
from moto.core.base_backend import BackendDict
from moto.core.responses import BaseResponse
from moto.core.serialize import TimestampSerializer
from moto.moto_api._internal import mock_random

from sandbox.kernel.patches import Patches


def install(patches: Patches) -> None:
    """For every call's sake, here as in the functions' processes."""
    for module, name in (
        (responses, "method_names_from_class"),
        (responses, "camelcase_to_underscores"),
    ):
        patches.replace(module, name, lru_cache(4096)(getattr(module, name)))
    lookups = errors.ErrorLookupFactory()  # moto makes one for each error, with nothing in it
    patches.replace(errors, "ErrorLookupFactory", lambda: lookups)
    patches.replace(BaseResponse, "_enrich_response", staticmethod(_enriched))
    _write_times_once(patches)
    _make_accounts_once(patches)


def _make_accounts_once(patches: Patches) -> None:
    """Make each account once; moto goes through the services in use whenever one is asked for."""

    def create(backends: Any, account: str) -> None:
        if not dict.__contains__(backends, account):
            original(backends, account)

    original = patches.replace(BackendDict, "_create_account_specific_backend", create)


def _enriched(headers: dict[str, Any], body: Any) -> tuple[dict[str, Any], Any]:
    """With a request's id: a UUID, as AWS writes it. moto draws 52 letters one by one.

    And it looks for the place to write it in all that is answered.
    """
    if "status" in headers:
        headers["status"] = str(headers["status"])
    request_id = headers["x-amzn-requestid"] = str(mock_random.uuid4())
    if isinstance(body, str) and "<RequestId>" in body:
        body = re.sub(r"(?<=<RequestId>).*(?=<\/RequestId>)", request_id, body)
    return headers, body


def _write_times_once(patches: Patches) -> None:
    """Who asks for an hour's data every minute gets each time written 60 times."""

    def convert(_: Any, value: Any, timestamp_format: str) -> Any:
        return written(value, timestamp_format)

    original = patches.replace(TimestampSerializer, "_convert_timestamp_to_str", convert)
    written = lru_cache(65_536, typed=True)(partial(original, TimestampSerializer("")))
