"""What moto and botocore work out anew for every call although it is always the same."""

from __future__ import annotations

import re
from functools import cache, lru_cache, partial
from typing import Any

from botocore import useragent, utils
from moto import backend_index
from moto.core import errors, responses
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import BaseResponse
from moto.core.serialize import TimestampSerializer
from moto.moto_api._internal import mock_random

from sandbox.patches import Patches

_OFTEN_CALLED = frozenset({"awslambda", "cloudwatch", "sns", "ssm", "stepfunctions"})


def install(patches: Patches) -> None:
    """A third of what a call costs."""
    for module, name in (
        (responses, "method_names_from_class"),
        (responses, "camelcase_to_underscores"),
        (utils, "_parse_timestamp_with_tzinfo"),
    ):
        patches.replace(module, name, lru_cache(4096)(getattr(module, name)))
    lookups = errors.ErrorLookupFactory()  # moto makes one for each error, with nothing in it
    patches.replace(errors, "ErrorLookupFactory", lambda: lookups)
    urls = cache(BaseBackend.urls.fget)
    patches.replace(BaseBackend, "urls", property(urls))
    patches.replace(BaseResponse, "_enrich_response", staticmethod(_enriched))
    patches.replace(useragent.UserAgentString, "to_string", lambda _: "Boto3")
    _write_times_once(patches)
    _make_accounts_once(patches)
    _look_where_calls_go_first(patches)


def _make_accounts_once(patches: Patches) -> None:
    """moto goes through the services in use whenever somebody asks for one's account."""

    def create(backends: Any, account: str) -> None:
        if not dict.__contains__(backends, account):
            original(backends, account)

    original = patches.replace(BackendDict, "_create_account_specific_backend", create)


def _look_where_calls_go_first(patches: Patches) -> None:
    """moto tries the addresses of 300 services in the order of the alphabet, for every call.

    No two of them share an address of these services, so the order does not matter.
    """
    often_first = sorted(
        backend_index.backend_url_patterns, key=lambda known: known[0] not in _OFTEN_CALLED
    )
    patches.replace(backend_index, "backend_url_patterns", often_first)


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
