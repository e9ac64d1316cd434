"""A function that answers for custom resources as their properties say, and what it was asked."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sandbox.sandbox import Sandbox
from tests.sandbox import given

ARN = "arn:aws:lambda:us-east-1:123456789012:function:provider"

# A property that is named like the request says what to answer: JSON that is put into an answer
# which says SUCCESS, or "silence". `Seconds` is how long it takes.
PROVIDER = """
import json
import time
from urllib.request import Request, urlopen


def handler(event, context):
    print(json.dumps(event))
    properties = event["ResourceProperties"]
    time.sleep(float(properties.get("Seconds", 0)))
    wanted = properties.get(event["RequestType"], "{}")
    if wanted == "silence":
        return
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": event.get("PhysicalResourceId", "made"),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        **json.loads(wanted),
    }
    body = json.dumps(answer).encode()
    request = Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    print(urlopen(request).status)
"""


def provider(sandbox: Sandbox) -> None:
    given.function(sandbox, "provider", PROVIDER, Timeout=900)


def asked(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return what the provider was asked, in the order in which it was."""
    lines = [line for line in sandbox.logs("provider") if line.startswith("{")]
    return [json.loads(line) for line in lines]


def kinds(sandbox: Sandbox) -> list[str]:
    """Return the logical id, kind and physical id of all that the provider was asked."""
    return [
        f"{one['LogicalResourceId']} {one['RequestType']} {one.get('PhysicalResourceId', '-')}"
        for one in asked(sandbox)
    ]


def custom(**properties: Any) -> dict[str, Any]:
    """Return a custom resource of the provider's. An answer may be given as an object."""
    written = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in properties.items()
    }
    return {"Type": "Custom::Thing", "Properties": {"ServiceToken": ARN, **written}}


def failed(reason: str = "no luck", **more: Any) -> dict[str, Any]:
    return {"Status": "FAILED", "Reason": reason, **more}


def template(**resources: Any) -> str:
    return json.dumps({"Resources": resources})


def put(request: dict[str, Any], content_type: str = "", **answer: Any) -> int:
    """Answer a request by hand, and return the HTTP status."""
    ids = {name: request[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    body = {"Status": "SUCCESS", "PhysicalResourceId": "made", **ids, **answer}
    return put_raw(request["ResponseURL"], json.dumps(body).encode(), content_type)


def put_raw(url: str, body: bytes, content_type: str = "") -> int:
    sent = Request(url, body, {"Content-Type": content_type}, method="PUT")
    try:
        with urlopen(sent) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
