"""Over HTTP, the endpoints of stacks are asked by pages that act."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from tests.raw_http import Answer, Served, served

APP = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: shop
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"statusCode": 201, "headers": {"A": "b"}, "body": event.get("body", "")}
      FunctionUrlConfig: {AuthType: NONE}
Outputs: {Url: {Value: !GetAtt FunctionUrl.FunctionUrl}}
"""
ACTS = {"Content-Type": "application/json"}


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Served]:
    with served(sandbox) as server:
        yield server


@pytest.fixture
def url(sandbox: Sandbox, tmp_path: Path) -> str:
    path = tmp_path / "template.yaml"
    path.write_text(APP)
    return sandbox.deploy(path, "app").outputs["Url"]


def post(server: Served, page: str, given: Any) -> Answer:
    return server.ask("POST", page, ACTS, json.dumps(given).encode())


@pytest.mark.proves("S82")
def test_a_request_is_sent_and_its_reply_told(server: Served, url: str) -> None:
    answer = post(server, "/sandbox/ask", {"url": url, "method": "PUT", "body": "text"})
    assert answer.json == {"status": 201, "headers": {"A": "b"}, "body": "text"}


def test_somebody_goes_on_asking(sandbox: Sandbox, server: Served, url: str) -> None:
    called: list[str] = []
    sandbox.signals.invoked.append(lambda one: called.append(one.function))
    assert post(server, "/sandbox/keep-asking", {"url": url, "every": 5}).json["status"] == 201
    sandbox.run_for(21)
    assert called == ["shop"] * 5


@pytest.mark.parametrize("page", ["/sandbox/ask", "/sandbox/keep-asking"])
def test_what_the_pages_do_not_take(server: Served, page: str) -> None:
    nobodys = "https://a.b/"
    bodies: list[Any] = [
        [],
        {},
        "text",
        {"url": 1},
        {"url": nobodys, "colour": "red"},
        {"url": nobodys, "method": True},
        {"url": nobodys},
    ]
    for given in bodies:
        answer = post(server, page, given)
        assert answer.status == 400
        assert "url" in answer.text or "no stack has an endpoint" in answer.text


def test_a_pace_is_a_number_of_seconds(server: Served, url: str) -> None:
    for every in (0, -1, "often", True):
        assert post(server, "/sandbox/keep-asking", {"url": url, "every": every}).status == 400
