"""How a request comes to moto's code that answers it, without what only a real server needs."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlparse

from moto import backend_index
from moto.backends import get_backend
from moto.core import responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import HTTPException
from moto.core.request import Request, normalize_request
from moto.core.responses import BaseResponse
from moto.utilities.utils import get_partition
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.http import http_date

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.patches import Patches

_EMPTY: ImmutableMultiDict[str, Any] = ImmutableMultiDict()


Respond = Callable[..., Any]


def install(patches: Patches, ours: Mapping[str, Respond]) -> None:
    """For every call's sake. S3, whose requests are like no others, stays as it is.

    `ours` answer in the place of moto's services of these names.
    """
    _make_requests_by_hand(patches)
    _route_once(patches)
    _find_services_once(patches, ours)
    _set_up_by_hand(patches)
    patches.replace(responses, "parse_qsl", _query_in_body)


def _make_requests_by_hand(patches: Patches) -> None:
    """Make requests by hand, which moto leaves to werkzeug's test client.

    That takes each URL apart anew, though there are few.
    """

    def from_primitives(
        cls: type[Request], method: str, url: str, headers: Any, body: Any = None
    ) -> Request:
        if isinstance(body, str):
            body = body.encode()
        if not isinstance(body, bytes) or "//s3." in url or ".s3." in url:
            return original(method, url, headers, body)
        environ = {**at(method, url), "wsgi.input": BytesIO(body)}
        named = defaultdict(list)
        for name, value in headers.items():
            named[name.upper().replace("-", "_")].append(
                value.decode() if isinstance(value, bytes) else value
            )
        named.pop("TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
        named.pop("CONTENT_LENGTH", None)
        if "CONTENT_TYPE" in named:
            environ["CONTENT_TYPE"] = named.pop("CONTENT_TYPE")[0]
        environ.update({f"HTTP_{name}": ", ".join(values) for name, values in named.items()})
        request = cls(environ)
        vars(request)["sandbox_url"] = url
        if "json" in environ.get("CONTENT_TYPE", ""):
            # What werkzeug would look for in it, and not find.
            vars(request).update(data=body, form=_EMPTY, files=_EMPTY)
        return request

    @lru_cache(4096)
    def at(method: str, url: str) -> dict[str, Any]:
        environ = dict(original(method, url, {}).environ)
        del environ["werkzeug.request"]
        return environ

    original = patches.replace(Request, "from_primitives", classmethod(from_primitives))


def _route_once(patches: Patches) -> None:
    """Find out once which operation a request is, which moto does three times."""

    def routed(response: Any, request: Request) -> str | None:
        known: dict[str, Any] = vars(request)
        if "sandbox_route" not in known:
            response.uri_match = {}
            known["sandbox_route"] = original(response, request), response.uri_match
        operation: str | None
        operation, response.uri_match = known["sandbox_route"]
        return operation

    original = patches.replace(BaseResponse, "_get_action_from_method_and_request_uri", routed)


def _find_services_once(patches: Patches, ours: Mapping[str, Respond]) -> None:
    """Look a service up once; moto tries the addresses of all for every call."""

    def process(stubber: BotocoreStubber, request: Any) -> Any:
        answer = answering(request.url.partition("?")[0])
        if answer is None:
            return original(stubber, request)
        normalized = normalize_request(request)
        try:
            return answer(normalized, normalized.raw_url, normalized.headers)
        except HTTPException as error:
            return error.code, error.get_headers(), error.get_body()

    @lru_cache(4096)
    def answering(address: str) -> Respond | None:
        for service, pattern in backend_index.backend_url_patterns:
            if pattern.match(address):
                if service in ours:
                    return ours[service]
                regions = get_backend(service)[ACCOUNT]
                backend = regions[REGION if REGION in regions else "aws"]
                paths = backend.urls.items()
                return next((answer for path, answer in paths if re.match(path, address)), None)
        return None

    original = patches.replace(BotocoreStubber, "process_request", process)
    computed = Request.raw_url.fget

    def raw_url(request: Request) -> str:
        url: str = vars(request).get("sandbox_url") or computed(request)
        return url

    patches.replace(Request, "raw_url", property(raw_url))


def _set_up_by_hand(patches: Patches) -> None:
    """Skip what moto looks for in each request, which only forms, queries and other accounts have.

    Here it takes one of this process's clients in a JSON protocol for what it is.
    """

    def set_up(
        response: Any, request: Request, full_url: Any = None, headers: Any = None, *more: Any
    ) -> None:
        url = vars(request).get("sandbox_url")
        target = request.environ.get("HTTP_X_AMZ_TARGET")
        if target is None or url is None or url != full_url or response.use_raw_body:
            original(response, request, full_url, headers, *more)
            return
        response.normalized_request, response.is_werkzeug_request = request, False
        response.raw_body = request.data
        response.body = request.data.decode("utf-8")
        response.form_data = request.form
        response.uri, response.parsed_url = url, parsed(url)
        response.path, response.raw_path = response.parsed_url.path, request.raw_path
        response.querystring = response.data = {response.body: [""]}
        response.method, response.headers = request.method, request.headers
        response.region = region(url) or response.get_region_from_url(request, url)
        response.partition = get_partition(response.region)
        response.uri_match = {}
        response.response_headers = {"server": "amazon.com", "date": date(int(time.time()))}
        response.access_key, response.current_account = response.get_access_key(), ACCOUNT
        if response.automated_parameter_parsing:
            response.parse_parameters(request)

    @lru_cache(4096)
    def region(url: str) -> str | None:
        found = re.search(BaseResponse.region_regex, url)
        return None if found is None else str(found["region"])

    parsed = lru_cache(4096)(urlparse)
    date = lru_cache(16)(http_date)
    original = patches.replace(BaseResponse, "setup_class", set_up)


def _query_in_body(body: str, **how: Any) -> list[tuple[str, str]]:
    """Take no JSON for a query, as moto does with every body; nobody reads what it finds."""
    return [(body, "")] if body.startswith("{") else parse_qsl(body, **how)
