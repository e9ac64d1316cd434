"""Clients that are slow, many, half there or gone: others go on being served."""

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from sandbox.programs import listener
from sandbox.programs.pages import Pages
from sandbox.sandbox import Sandbox
from tests.long import parametrize
from tests.raw_http import Served, connect, exchange, receive, request, served, signed

MOST = 10
BEGAN = 1_767_603_600  # of the sandbox's time


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(listener, "MOST_CONNECTIONS", MOST)
    with Sandbox() as sandbox, served(sandbox, Pages({"/tells": lambda: 1})) as server:
        yield server


def tell(server: Served) -> bytes:
    return request("GET", "/tells", {"Host": server.host})


def is_closed(connection: socket.socket) -> bool:
    """Wait for it to be closed."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


HALVES = [
    b"",
    b"G",
    b"GET /tells HTTP/1.1\r\nHost: x\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcd",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer",
    b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
]


@pytest.mark.proves("S12")
@pytest.mark.parametrize("half", HALVES)
def test_any_number_of_half_requests_holds_up_nobody(server: Served, half: bytes) -> None:
    """Of too many, those go that have waited for the longest time."""

    def talk() -> None:
        with ExitStack() as stack:
            first = stack.enter_context(connect(server.port))
            first.sendall(half)
            for _ in range(2 * MOST):
                stack.enter_context(connect(server.port)).sendall(half)
                assert exchange(server.port, tell(server)).status == 200
            first.settimeout(20)
            while not is_closed(first):
                pass

    server.during(talk)


@parametrize("half", HALVES, short=1)
def test_who_takes_too_long_is_closed_however_often_something_comes(
    server: Served, half: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PATIENCE", 0.3)

    def talk() -> bool:
        with connect(server.port) as connection:
            connection.sendall(half)
            try:
                while connection.recv(100) != b"":  # 100 Continue is one
                    pass
            except ConnectionResetError:
                pass
            return True

    with ThreadPoolExecutor() as pool:
        talking = pool.submit(talk)
        while not talking.done():
            server.sandbox.clock.pause(0.01)
            server.sandbox.run_for(1)  # the server looks around once a second of the sandbox's
    assert talking.result()


def test_who_waits_for_an_answer_is_not_closed(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PATIENCE", 0.0)
    sqs = server.sandbox.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    poll = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    headers = signed("sqs", **{"X-Amz-Target": "AmazonSQS.ReceiveMessage"})
    raw = request("POST", "/", {"Host": server.host, **headers}, poll)
    with ThreadPoolExecutor() as pool:
        polling = pool.submit(exchange, server.port, raw)
        while not polling.done():
            server.sandbox.clock.pause(0.01)
            server.sandbox.run_for(1)
    assert (polling.result().status, polling.result().json) == (200, {})


@pytest.mark.proves("S12")
def test_clients_that_go_in_the_midst_leave_nothing_behind(server: Served) -> None:
    sqs = server.sandbox.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    poll = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    headers = signed("sqs", **{"X-Amz-Target": "AmazonSQS.ReceiveMessage"})
    whole = request("POST", "/", {"Host": server.host, **headers}, poll)

    def talk() -> None:
        for part in (b"", whole[:5], whole[:-3], whole, whole + whole[:9]):
            with connect(server.port) as connection:
                connection.sendall(part)

    server.during(talk)
    assert server.ask("GET", "/tells").status == 200
    while server.sandbox.clock.now < 40 + BEGAN or server.sandbox.clock._foreign:
        server.sandbox.clock.pause(0.01)
        server.sandbox.run_for(1)
    assert server.ask("GET", "/tells").status == 200


def test_requests_that_come_together_are_answered_in_turn(server: Served) -> None:
    def talk() -> list[int]:
        with connect(server.port) as connection, connection.makefile("rb") as stream:
            nothing = request("GET", "/sandbox/nothing", {"Host": server.host})
            connection.sendall(tell(server) + nothing + tell(server))
            connection.shutdown(socket.SHUT_WR)
            return [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", stream.read())]

    assert server.during(talk) == [200, 403, 200]


def test_a_connection_serves_one_request_after_another(server: Served) -> None:
    def talk() -> set[int]:
        with connect(server.port) as connection:
            statuses = set()
            for _ in range(50):
                connection.sendall(tell(server))
                statuses.add(receive(connection).status)
            return statuses

    assert server.during(talk) == {200}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /tells HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /tells HTTP/1.1\r\n" + b"a: b\r\n" * 20_000 + b"\r\n", 431),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET /tells HTTP/1.1\r\nHost x\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),  # TLS
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
    ],
)
def test_what_is_no_request_is_answered_as_such(server: Served, raw: bytes, status: int) -> None:
    assert server.exchange(raw).status == status
    assert server.ask("GET", "/tells").status == 200


def test_a_chunked_body_is_one(server: Served) -> None:
    headers = [
        ("Host", server.host),
        *signed("states", **{"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}).items(),
        ("Transfer-Encoding", "chunked"),
    ]
    answer = server.exchange(request("POST", "/", headers, b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"))
    assert (answer.status, answer.json) == (200, {"stateMachines": []})
