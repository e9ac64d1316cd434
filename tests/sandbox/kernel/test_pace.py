"""Time that runs by the wall clock. Bounds are wide, because the machine may be busy."""

from collections.abc import Iterator
from threading import Thread
from time import monotonic

import pytest

from sandbox.kernel.clock import Clock
from sandbox.kernel.pace import keep_pace
from tests.long import parametrize


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock(1_000_000.0)
    yield clock
    clock.close()


@pytest.mark.proves("S2")
@parametrize("speed", [1, 60, 3_600], short=1)
def test_time_runs_as_much_faster_as_asked(clock: Clock, speed: float) -> None:
    began = monotonic()
    keep_pace(clock, speed, until=lambda: monotonic() - began > 0.3)
    took = monotonic() - began
    assert 0.1 * speed < clock.now - 1_000_000 <= took * speed


@pytest.mark.proves("S2")
def test_what_is_due_happens_at_its_exact_time(clock: Clock) -> None:
    times: list[float] = []
    clock.every(10, lambda: times.append(clock.now), "tick")
    keep_pace(clock, 1_000, until=lambda: len(times) >= 20)
    assert times == [1_000_000.0 + 10 * number for number in range(1, len(times) + 1)]


def test_a_thread_from_outside_is_served_while_time_runs(clock: Clock) -> None:
    waited: list[float] = []

    def request() -> None:
        with clock.entered():
            before = clock.now
            clock.sleep(90)
            waited.append(clock.now - before)

    outside = Thread(target=request)
    outside.start()
    keep_pace(clock, 600, until=lambda: bool(waited))
    outside.join()
    assert waited == [90]


def test_under_too_much_work_time_runs_slower_and_can_still_be_stopped(clock: Clock) -> None:
    def work() -> None:
        until = monotonic() + 0.01
        while monotonic() < until:
            pass

    clock.every(1, work, "a hundred times as much as fits")
    began = monotonic()
    keep_pace(clock, 3_600, until=lambda: monotonic() - began > 0.3)
    assert clock.now - 1_000_000 < 300
    assert monotonic() - began < 5


def test_a_failure_in_any_thread_is_told(clock: Clock) -> None:
    def fail() -> None:
        raise ValueError("the sandbox does not do this")

    clock.spawn(fail, "failing")
    with pytest.raises(ValueError, match="does not do this"):
        keep_pace(clock, 60, until=lambda: False)
