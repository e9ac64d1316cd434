import socket
from pathlib import Path
from typing import Any

import pytest

from adapters.responses import Responses
from domain.model.errors import AwsUnavailable
from tests.http_servers import Authority, Connection, answering, saying, serving


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("adapters.responses.time.sleep", pauses.append)
    return pauses


def put(talk: Any, path: str = "/answer?Signature=secret%2F1") -> tuple[bool, list[bytes]]:
    with serving(talk) as server:
        taken = Responses().put(f"http://127.0.0.1:{server.port}{path}", b'{"Status": "SUCCESS"}')
        return taken, server.requests


def test_an_answer_is_put_as_the_url_was_signed() -> None:
    taken, [request] = put(answering(b""))
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert taken
    assert head.startswith(b"PUT /answer?Signature=secret%2F1 HTTP/1.1")
    assert b"content-type:" in [line.strip() for line in lines]
    assert body == b'{"Status": "SUCCESS"}'


def test_a_busy_place_is_asked_again_with_longer_and_longer_pauses(slept: list[float]) -> None:
    answers = iter(["503 Slow Down", "500 Internal Server Error", "429 Too Many", "200 OK"])
    taken, requests = put(lambda connection: answering(b"", next(answers))(connection))
    assert taken
    assert len(requests) == 4
    assert slept == [2, 4, 8]


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "400 Bad Request"])
def test_a_url_that_has_ended_is_asked_once(status: str) -> None:
    taken, requests = put(answering(b"", status))
    assert not taken
    assert len(requests) == 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "nowhere", "http://127.0.0.1:port/x"])
def test_what_is_no_url_is_never_taken(url: str) -> None:
    assert not Responses().put(url, b"{}")


@pytest.mark.parametrize(
    "talk", [saying(b"nonsense\r\n\r\n"), answering(b"", "503 Slow Down")], ids=["noise", "busy"]
)
def test_where_nobody_takes_it_the_error_does_not_name_the_url(talk: Any) -> None:
    with pytest.raises(AwsUnavailable) as error:
        put(talk)
    assert "secret" not in str(error.value)


def test_where_nobody_listens_it_may_be_taken_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(AwsUnavailable, match="ConnectionRefusedError"):
        Responses().put(f"http://127.0.0.1:{port}/secret", b"{}")


def test_a_certificate_that_nobody_signed_is_not_trusted(tmp_path: Path) -> None:
    tls = Authority(tmp_path).context("127.0.0.1")

    def never(_: Connection) -> None:
        raise AssertionError("nobody got so far")

    with serving(never, tls=tls) as server, pytest.raises(AwsUnavailable, match="SSL"):
        Responses().put(f"https://127.0.0.1:{server.port}/secret", b"{}")
