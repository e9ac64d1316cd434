"""Against a server on loopback that speaks as much of Lambda's API as an invocation needs."""

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config

from adapters.aws import ONCE
from adapters.invocations import Invocations
from domain.model.questions import CouldNotAsk, Invoke, Invoked

CALL = Invoke("checkout", "2", '{"cart": 7}')


class Lambda(ThreadingHTTPServer):
    """Answers each call as `says`, and remembers what was called."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.called: list[tuple[str, str]] = []
        self.status = 200
        self.body = b'{"total": 5}'
        self.headers: dict[str, str] = {"X-Amz-Executed-Version": "2"}
        self.hangs = False
        self.closing = Event()


class _Handler(BaseHTTPRequestHandler):
    server: Lambda

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.called.append((self.path, body.decode()))
        if self.server.hangs:
            self.server.closing.wait()
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Not a word: tests read what happened."""


@pytest.fixture
def aws() -> Iterator[Lambda]:
    with Lambda() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.closing.set()
        server.shutdown()


def asked(
    aws: Lambda, *questions: Invoke, left: Callable[[], float] = lambda: 60.0, **config: Any
) -> list[Invoked | CouldNotAsk]:
    """Ask through a client as CheckHealth has it, and return the answers."""
    endpoint = f"http://127.0.0.1:{aws.server_port}"
    client = boto3.client("lambda", endpoint_url=endpoint, config=ONCE.merge(Config(**config)))
    answers = Invocations(client, left).answers(questions)
    assert list(answers) == list(questions)
    return list(answers.values())


def test_a_version_is_called_with_the_payload(aws: Lambda) -> None:
    [answer] = asked(aws, CALL)
    assert aws.called == [("/2015-03-31/functions/checkout/invocations?Qualifier=2", '{"cart": 7}')]
    assert isinstance(answer, Invoked)
    assert (answer.status, answer.error, answer.version) == (200, None, "2")
    assert (answer.body, answer.size) == ('{"total": 5}', 12)
    assert 0 < answer.milliseconds < 5_000


def test_a_function_without_qualifier_is_called_by_its_name(aws: Lambda) -> None:
    asked(aws, Invoke("judge", "", "{}"))
    assert aws.called == [("/2015-03-31/functions/judge/invocations", "{}")]


def test_a_function_error_is_an_answer(aws: Lambda) -> None:
    aws.headers = {"X-Amz-Function-Error": "Unhandled"}
    aws.body = b'{"errorMessage": "broken"}'
    [answer] = asked(aws, CALL)
    assert isinstance(answer, Invoked)
    assert (answer.error, answer.body) == ("Unhandled", '{"errorMessage": "broken"}')


def test_bytes_that_are_no_text_are_an_answer(aws: Lambda) -> None:
    aws.body = b"\xff\xfe"
    [answer] = asked(aws, CALL)
    assert isinstance(answer, Invoked)
    assert (answer.body, answer.size) == ("\ufffd\ufffd", 2)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (409, "ResourceConflictException"),
        (409, "SnapStartNotReadyException"),
        (429, "TooManyRequestsException"),
        (500, "ServiceException"),
        (502, "KMSAccessDeniedException"),
    ],
)
def test_a_refused_call_is_no_answer_and_is_not_repeated(
    aws: Lambda, status: int, name: str
) -> None:
    aws.status, aws.headers = status, {"X-Amzn-ErrorType": name}
    aws.body = json.dumps({"Message": "no"}).encode()
    [answer] = asked(aws, CALL)
    assert isinstance(answer, CouldNotAsk)
    assert str(answer).startswith(f"invoking checkout:2: An error occurred ({name})")
    assert len(aws.called) == 1


@pytest.mark.proves("A60")
def test_a_call_without_answer_is_not_repeated(aws: Lambda) -> None:
    aws.hangs = True
    began = time.monotonic()
    [answer] = asked(aws, CALL, read_timeout=0.2)
    assert isinstance(answer, CouldNotAsk)
    assert "Read timeout" in str(answer)
    assert time.monotonic() - began < 5
    assert len(aws.called) == 1


def test_a_server_that_cannot_be_reached_is_no_answer(aws: Lambda) -> None:
    aws.shutdown()
    aws.server_close()
    [answer] = asked(aws, CALL)
    assert "Could not connect" in str(answer)


@pytest.mark.proves("A60")
def test_no_call_begins_that_could_outlast_the_health_check(aws: Lambda) -> None:
    left = iter([60.0, 30.0, 29.9])
    calls = [Invoke("checkout", "2", "{}", number) for number in (1, 2, 3)]
    *made, last = asked(aws, *calls, left=lambda: next(left))
    assert [type(answer) for answer in made] == [Invoked, Invoked]
    assert str(last) == "no time left for it in this health check"
    assert len(aws.called) == 2


@pytest.mark.proves("A58")
def test_answers_do_not_outgrow_the_memory(aws: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.invocations._KEPT", 20)
    calls = [Invoke("checkout", "2", "{}", number) for number in (1, 2, 3)]
    *made, last = asked(aws, *calls)
    assert [type(answer) for answer in made] == [Invoked, Invoked]
    assert str(last) == "other answers took 24 bytes before it"
