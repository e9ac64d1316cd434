import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from sandbox.kernel.clock import Clock, StalledError
from sandbox.kernel.threads import Event, Thread

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock(NINE)
    yield clock
    clock.close()


@pytest.mark.proves("S1")
def test_a_year_of_sleep_takes_no_time(clock: Clock) -> None:
    real = time.perf_counter()
    time.sleep(365 * 86_400)
    assert datetime.now(UTC) == datetime(2027, 1, 5, 9, tzinfo=UTC)
    assert time.time() == clock.now
    assert time.perf_counter() - real < 1


def test_times_are_exact_to_the_millisecond(clock: Clock) -> None:
    for _ in range(1000):
        clock.sleep(0.005)
    assert clock.now == time.time() == NINE + 5
    assert datetime.now(UTC).microsecond == 0


def test_threads_wake_in_the_order_in_which_they_asked_for_the_same_time(clock: Clock) -> None:
    woke: list[str] = []

    def sleep_then_note(seconds: float, name: str) -> None:
        clock.sleep(seconds)
        woke.append(name)

    for name in "abc":
        Thread(clock, target=sleep_then_note, args=(10, name)).start()
    Thread(clock, target=sleep_then_note, args=(5, "early")).start()
    clock.run_for(10)
    assert woke == ["early", "a", "b", "c"]


@pytest.mark.proves("S1")
def test_only_one_thread_runs_at_a_time(clock: Clock) -> None:
    running, seen = [0], []

    def work() -> None:
        running[0] += 1
        sum(range(100_000))
        seen.append(running[0])
        running[0] -= 1

    for _ in range(8):
        clock.spawn(work, "work")
    clock.run_for(1)
    assert seen == [1] * 8


def test_every_calls_on_the_multiples_of_its_period(clock: Clock) -> None:
    clock.sleep(7)
    called: list[float] = []
    clock.every(60, lambda: called.append(clock.now - NINE), "minute")
    clock.run_for(200)
    assert called == [60, 120, 180]


def test_a_call_that_fails_is_told_of_and_does_not_keep_the_next_from_being_made(
    clock: Clock,
) -> None:
    called: list[float] = []

    def call() -> None:
        called.append(clock.now - NINE)
        if called == [60]:
            raise ZeroDivisionError

    clock.every(60, call, "minute")
    with pytest.raises(ZeroDivisionError):
        clock.run_for(200)
    assert clock.now == NINE + 60
    clock.run_for(100)
    assert called == [60, 120]


def test_an_event_wakes_all_that_wait_even_if_it_is_cleared_at_once(clock: Clock) -> None:
    event, woke = Event(clock), []
    for name in "ab":
        Thread(clock, target=lambda name=name: woke.append((name, event.wait(100)))).start()
    clock.run_for(1)
    event.set()
    event.clear()
    clock.run_for(1)
    assert woke == [("a", True), ("b", True)]


def test_waiting_for_an_event_ends_with_its_timeout(clock: Clock) -> None:
    assert not Event(clock).wait(30)
    assert clock.now == NINE + 30


@pytest.mark.proves("S1")
def test_a_wait_that_cannot_begin_leaves_nothing_to_be_woken(clock: Clock) -> None:
    event = Event(clock)
    with pytest.raises(TypeError):
        event.wait({})  # type: ignore[arg-type]  # what cannot be waited for
    event.set()
    clock.sleep(30)
    assert clock.now == NINE + 30


def test_what_fails_in_a_thread_fails_where_time_was_made_to_run(clock: Clock) -> None:
    def fail() -> None:
        clock.sleep(5)
        raise ZeroDivisionError

    clock.spawn(fail, "failing")
    with pytest.raises(ZeroDivisionError):
        clock.run_for(100)
    assert clock.now == NINE + 5


def test_waiting_for_what_cannot_come_is_an_error(clock: Clock) -> None:
    with pytest.raises(StalledError):
        Event(clock).wait()


def test_foreign_threads_enter_while_time_stands_still(clock: Clock) -> None:
    def enter() -> None:
        with clock.entered():
            clock.spend(0.005)
            entered.append(clock.now - NINE)

    entered: list[float] = []
    clock.every(1, lambda: entered.append(-1), "must not run")
    foreign = threading.Thread(target=enter)
    foreign.start()
    while not entered:
        clock.pause(0.01)
    foreign.join()
    assert entered == [pytest.approx(0.005, abs=1e-6)]


def test_a_foreign_thread_that_waits_to_enter_ends_with_the_clock() -> None:
    clock = Clock(NINE)
    entered: list[None] = []

    def enter() -> None:
        with suppress(SystemExit), clock.entered():
            entered.append(None)

    foreign = threading.Thread(target=enter)
    foreign.start()
    clock.close()
    foreign.join(timeout=5)
    assert not foreign.is_alive()
    assert entered == []


def test_a_foreign_thread_has_left_when_the_clock_is_closed() -> None:
    clock = Clock(NINE)
    seen: list[str] = []

    def enter() -> None:
        with suppress(SystemExit), clock.entered():
            seen.append("entered")
            try:
                Event(clock).wait()
            finally:
                before = time.monotonic()
                while time.monotonic() < before + 0.1:
                    pass
                seen.append("tidied up")

    foreign = threading.Thread(target=enter)
    foreign.start()
    while not seen:
        clock.run_for(1)
    clock.close()
    assert seen == ["entered", "tidied up"]
    foreign.join()


def test_closing_ends_all_threads_and_gives_real_time_back() -> None:
    before = threading.active_count()
    clock = Clock(NINE)
    clock.every(60, lambda: None, "minute")
    clock.spawn(lambda: Event(clock).wait(), "waits for ever")
    clock.run_for(100)
    clock.close()
    assert threading.active_count() == before
    assert time.time() > NINE + 86_400 or time.time() < NINE - 86_400
