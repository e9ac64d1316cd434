"""Functions that compute for long, or for ever, under a clock that keeps pace with real time."""

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import pytest

from sandbox.kernel.pace import keep_pace
from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import runtime
from tests.long import long
from tests.raw_http import Answer, exchange, request, served, signed
from tests.sandbox import given

INVOKE = "/2015-03-31/functions/{}/invocations"


@pytest.fixture(autouse=True)
def _short_standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "STANDSTILL", 0.5)


@pytest.mark.proves("S14")
def test_others_are_answered_while_a_function_never_stops() -> None:
    with Sandbox() as sandbox, served(sandbox) as server, ThreadPoolExecutor() as pool:
        code = "def handler(event, context):\n    while event:\n        pass\n    return 1\n"
        given.function(sandbox, "f", code, Timeout=30)

        def invoke(event: bytes) -> Answer:
            headers = {"Host": server.host, **signed("lambda")}
            return exchange(server.port, request("POST", INVOKE.format("f"), headers, event))

        endless: Future[Answer] = pool.submit(invoke, b"1")
        answered: list[float] = []

        def others() -> None:
            while not endless.done():
                began = monotonic()
                assert invoke(b"0").body == b"1"
                answered.append(monotonic() - began)

        asking = pool.submit(others)
        keep_pace(sandbox.clock, 60, until=lambda: endless.done() and asking.done())
        asking.result()
        assert "Task timed out after 30.00 seconds" in endless.result().text
        assert len(answered) > 3
        assert max(answered) < 2


@long
def test_what_a_queue_calls_holds_up_nobody_either() -> None:
    """Nobody from outside waits for this call."""
    with Sandbox() as sandbox, served(sandbox) as server, ThreadPoolExecutor() as pool:
        given.function(
            sandbox, "f", "def handler(event, context):\n    while True: pass", Timeout=9
        )
        invoked = sandbox.client("lambda").invoke
        invoked(FunctionName="f", InvocationType="Event", Payload=json.dumps(1))
        clock = {"Host": server.host}
        asked = [
            pool.submit(exchange, server.port, request("GET", "/sandbox/clock", clock))
            for _ in range(3)
        ]
        ends = monotonic() + 1.5
        keep_pace(sandbox.clock, 60, until=lambda: monotonic() > ends)
        times = [one.result(timeout=0) for one in asked]
        assert {one.status for one in times} == {200}


def test_a_function_that_computes_for_a_moment_takes_no_virtual_time() -> None:
    with Sandbox() as sandbox, served(sandbox) as server, ThreadPoolExecutor() as pool:
        code = "def handler(event, context):\n    return sum(range(9_000_000)) and None\n"
        given.function(sandbox, "f", code, Timeout=3)
        raw = request("POST", INVOKE.format("f"), {"Host": server.host, **signed("lambda")}, b"1")
        answer = pool.submit(exchange, server.port, raw)
        keep_pace(sandbox.clock, 3_600, until=answer.done)
        assert answer.result().text == "null"


def test_a_function_may_ask_the_server_that_runs_it() -> None:
    with Sandbox() as sandbox, served(sandbox) as server, ThreadPoolExecutor() as pool:
        code = (
            "from urllib.request import urlopen\n"
            "def handler(event, context):\n"
            "    return urlopen(event, timeout=5).status\n"
        )
        given.function(sandbox, "f", code, Timeout=30)
        page = json.dumps(f"http://{server.host}/sandbox/clock").encode()
        raw = request("POST", INVOKE.format("f"), {"Host": server.host, **signed("lambda")}, page)
        answer = pool.submit(exchange, server.port, raw)
        keep_pace(sandbox.clock, 60, until=answer.done)
        assert answer.result().text == "200"


def test_nothing_is_left_of_what_was_outside() -> None:
    with Sandbox() as sandbox, served(sandbox):
        given.function(
            sandbox, "f", "def handler(event, context):\n    while True: pass", Timeout=9
        )
        invoked = sandbox.client("lambda").invoke
        invoked(FunctionName="f", InvocationType="Event", Payload=json.dumps(1))
        seen: list[threading.Thread] = []
        looking = threading.Thread(target=look_for_one, args=(seen,))
        looking.start()
        keep_pace(sandbox.clock, 60, until=lambda: bool(seen))
        looking.join()
        (waiting,) = seen
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def look_for_one(seen: list[threading.Thread]) -> None:
    """From a real thread: the first one of the clock waits meanwhile."""
    while not seen:
        seen.extend(outside()[:1])


def outside() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "outside"]
