"""Somebody has a foreign web page open while `make sandbox` runs: it changes and reads nothing.

A real browser opens the page. Behind an open door each of its attacks acts, so that the tests would
see it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from sandbox.programs.web import Application, Environment
from sandbox.sandbox import Sandbox
from tests.browser.attacker import PLACES, Place, chromium, reported
from tests.raw_http import Around, served, signed
from tests.sandbox.given import package, role

KEPT = "kept"
READS = "read-messages"
# Each makes something of its name, but for the last, which reads.
ATTACKS = [
    "fetch-signed",
    "fetch-simple",
    "fetch-no-cors",
    "deploy-signed",
    "deploy-no-cors",
    "form-urlencoded",
    "form-plain",
    "image",
    "script",
    "frame",
    "websocket",
    "window",
    "reset-fetch",
    "reset-window",
    READS,
]
REFUSED = "This server answers to 127.0.0.1:"
LEAVE = [(f"Access-Control-Allow-{what}", "*") for what in ("Origin", "Methods")] + [
    ("Access-Control-Allow-Headers", "authorization")
]
SECRET = "what only the topic's subscribers may read"


class Attacked:
    """A sandbox after the page was open: what is there, and what the page could read."""

    def __init__(self, browser: str, place: Place, profile: Path, around: Around = None) -> None:
        with Sandbox() as sandbox, served(sandbox, around=around) as server:
            given = {"role": role(sandbox), "zip": b64encode(package("")).decode()}
            topic = sandbox.client("sns").create_topic(Name=KEPT)["TopicArn"]
            sandbox.client("sns").publish(TopicArn=topic, Message=SECRET)
            self.read = server.during(
                lambda: reported(browser, place, server.port, profile, **given)
            )
            self.there = names(sandbox)


def names(sandbox: Sandbox) -> set[str]:
    """Of the topics, queues and functions that are there."""
    topics = sandbox.client("sns").list_topics()["Topics"]
    queues = sandbox.client("sqs").list_queues().get("QueueUrls", [])
    functions = sandbox.client("lambda").list_functions()["Functions"]
    return {
        *(topic["TopicArn"].rpartition(":")[2] for topic in topics),
        *(url.rpartition("/")[2] for url in queues),
        *(function["FunctionName"] for function in functions),
    }


def open_door(inner: Application) -> Application:
    """Take whatever comes, and let everybody read the sandbox's answers.

    A call stands for moto's page that resets, which the sandbox has not.
    """

    def application(environ: Environment, start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]]) -> Any:
            return start_response(status, [*headers, *LEAVE])

        if environ["REQUEST_METHOD"] == "OPTIONS":
            start("200 OK", [])
            return []
        target = environ["REQUEST_URI"].replace("/moto-api/reset?", "/?Action=CreateTopic&Name=")
        body = environ["wsgi.input"].read()
        form = b"Action=" in body
        foreign = {"HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", *(["CONTENT_TYPE"] if form else [])}
        own = {name: value for name, value in environ.items() if name not in foreign}
        return inner(
            {
                **own,
                **({"CONTENT_TYPE": "application/x-www-form-urlencoded"} if form else {}),
                "wsgi.input": BytesIO(body),
                "REQUEST_URI": target,
                "HTTP_HOST": f"127.0.0.1:{environ['SERVER_PORT']}",
                "HTTP_AUTHORIZATION": signed(_service(target, body))["Authorization"],
            },
            start,
        )

    return application


def _service(target: str, body: bytes) -> str:
    if "/functions" in target:
        return "lambda"
    return "sqs" if b"Queue" in body else "sns"


@pytest.fixture(scope="module")
def browser() -> str:
    return chromium()


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Place:
    return PLACES[request.param]


@pytest.fixture(scope="module")
def attacked(browser: str, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    return Attacked(browser, place, tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def let_in(browser: str, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    return Attacked(browser, place, tmp_path_factory.mktemp("profile"), open_door)


@pytest.mark.proves("A85", "A86", "A87", "A89")
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_makes_nothing_and_reads_nothing(attacked: Attacked, attack: str) -> None:
    assert attacked.there == {KEPT}
    assert attacked.read[attack] == "" or attacked.read[attack].startswith(REFUSED)


@pytest.mark.parametrize("attack", ATTACKS)
def test_behind_an_open_door_it_does(let_in: Attacked, attack: str) -> None:
    assert (SECRET in let_in.read[attack]) if attack == READS else (attack in let_in.there)


def test_the_page_tries_what_is_listed(attacked: Attacked) -> None:
    assert list(attacked.read) == ATTACKS
