"""Requests that are made by hand are those that moto makes, and what is left out nobody reads."""

from typing import Any

import pytest
from botocore.awsrequest import HTTPHeaders
from moto.core.request import Request

from sandbox.sandbox import Sandbox
from tests.sandbox import given

OWN = Request.from_primitives  # moto's, before any sandbox replaces it
LAMBDA = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions"


def environment(request: Request) -> dict[str, Any]:
    """All that a response can see of a request."""
    unlike = ("werkzeug.request", "wsgi.input", "wsgi.errors")
    environ = {key: value for key, value in request.environ.items() if key not in unlike}
    return {**environ, "body": request.get_data(), "url": request.raw_url}


@pytest.mark.proves("S8")
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    ("method", "url", "headers", "body"),
    [
        ("GET", f"{LAMBDA}/shop/aliases/live?Marker=a%20b", {"X-Amz-Date": b"20260105"}, b""),
        ("POST", f"{LAMBDA}/arn%3Aaws%3Alambda%3A1%3Af/invocations", {"X": "1"}, b'{"a": "\xc3"}'),
        ("PUT", f"{LAMBDA}/shop", {"Content-Type": "text/x", "Content-Length": "9"}, "é=1"),
        (
            "POST",
            "https://sns.us-east-1.amazonaws.com/",
            {"Content-Type": "a/b"},
            b"Action=Publish",
        ),
        ("POST", "http://127.0.0.1:4600/", {"Transfer-Encoding": "chunked"}, b"{}"),
        ("PUT", "https://s3.us-east-1.amazonaws.com/b/k", {"x-amz-meta-my_key": "v"}, b"body"),
        ("DELETE", f"{LAMBDA}/shop", {}, None),
    ],
)
def test_a_request_made_by_hand_is_the_one_that_moto_makes(
    method: str, url: str, headers: dict[str, Any], body: Any
) -> None:
    twice = HTTPHeaders()
    for name, value in (*headers.items(), ("X-Twice", "1"), ("X-Twice", "2")):
        twice[name] = value
    own = environment(OWN(method, url, twice, body))
    for _ in range(2):  # the second time its address is known
        assert environment(Request.from_primitives(method, url, twice, body)) == own


@pytest.mark.proves("S8")
def test_a_url_that_is_given_away_is_signed(sandbox: Sandbox) -> None:
    how = {"Params": {"FunctionName": "shop"}, "ExpiresIn": 60}
    url = sandbox.client("lambda").generate_presigned_url("get_function", **how)
    assert "X-Amz-Signature=" in url


@pytest.mark.proves("S8")
def test_a_body_that_looks_like_a_query_is_still_the_functions_event(sandbox: Sandbox) -> None:
    name = given.function(sandbox, "echo", "def handler(event, context): return event")
    event = {"Action": "x&Action=DeleteFunction", "a=b": "&c=d"}
    assert given.invoke(sandbox, name, event) == event
