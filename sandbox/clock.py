"""Virtual time: real threads, of which one runs; when none can, time jumps to the next timer.

Everything that waits in the sandbox waits here, so a year of waiting costs nothing and two runs of
the same program interleave alike. The thread that makes the clock is its first virtual thread:
while it computes, time stands still; while it sleeps or waits, the others run.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import SupportsIndex

import time_machine

_real_sleep = time.sleep


class ClosedError(SystemExit):
    """Ends a thread whose clock was closed: silently, and past every `except Exception`."""


class StalledError(RuntimeError):
    """The first thread waits, and nothing that is left could ever wake it."""


class _Thread:
    """A real thread that runs only while it holds its baton."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.baton = threading.Lock()
        self.baton.acquire()
        self.gone = threading.Event()
        self.real: threading.Thread | None = None


class Wait:
    """One wait of one thread, ended by whichever comes first: its timer, or somebody's signal."""

    def __init__(self, thread: _Thread) -> None:
        self.thread = thread
        self.over = False
        self.signalled = False


def _instant(at: float) -> datetime:
    """Exact to the microsecond, which a float is not for time_machine; naive, so it means UTC."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)


class Clock:
    """`now` is in seconds since the epoch; `time.time()` and `datetime.now()` agree with it.

    At equal times things happen in the order in which they were asked for.
    """

    def __init__(self, start: float) -> None:
        self.now = start
        self._mutex = threading.Lock()
        self._local = threading.local()
        self._ready: deque[_Thread] = deque()
        self._timers: list[tuple[float, int, Wait]] = []
        self._sequence = itertools.count()
        self._threads: set[_Thread] = set()
        self._frozen = False
        self._closed = False
        self._failure: BaseException | None = None
        self._first = _Thread("first")
        self._running: _Thread | None = self._first
        self._first_wait: Wait | None = None
        self._local.thread = self._first
        self._traveller = time_machine.travel(_instant(start), tick=False)
        self._coordinates = self._traveller.start()
        time.sleep = self._sleep_anywhere

    def sleep(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass for the calling virtual thread."""
        self.wait([], seconds)

    def run_for(self, seconds: float) -> None:
        """Let everybody else run for `seconds` of virtual time, and do what is due at its end."""
        self.sleep(seconds)
        self.sleep(0)

    def spend(self, seconds: float) -> None:
        """Sleep; or, while time stands still, move on at once without anybody else running."""
        if self._frozen:
            self._move(round(self.now + seconds, 6))
        else:
            self.sleep(seconds)

    def spawn(self, target: Callable[[], object], name: str) -> None:
        """Start a virtual thread. An exception that leaves it is raised in the first thread."""
        thread = _Thread(name)
        thread.real = threading.Thread(
            target=self._live, args=(thread, target), name=name, daemon=True
        )
        self._threads.add(thread)
        thread.real.start()
        with self._mutex:
            self._make_ready(thread)

    def every(self, seconds: float, call: Callable[[], object], name: str) -> None:
        """Call at every multiple of `seconds` since the epoch, until the clock is closed.

        A call that fails is raised in the first thread, like a thread that fails; the next is made
        all the same.
        """

        def repeat() -> None:
            while True:
                self.sleep(seconds - self.now % seconds)
                try:
                    call()
                except Exception as failure:
                    self._fail(failure)

        self.spawn(repeat, name)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Join a thread that is not of this clock, such as an HTTP request's, for a block."""
        if self._current() is not None:
            yield
            return
        thread = _Thread(threading.current_thread().name)
        self._threads.add(thread)
        with self._mutex:
            self._make_ready(thread)
        thread.baton.acquire()
        self._local.thread = thread
        try:
            self._raise_what_happened(thread)
            yield
        finally:
            self._local.thread = None
            self._leave(thread)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time stands still while the first thread does something real; other threads may enter."""
        with self._mutex:
            self._frozen = True
            self._pass_baton()
        try:
            yield
        finally:
            with self._mutex:
                self._make_ready(self._first)
            self._first.baton.acquire()
            self._frozen = False

    def wait(self, waiting: list[Wait], seconds: float | None = None) -> bool:
        """Wait to be woken through `waiting`, at most `seconds`; whether it was that."""
        thread = self._current()
        if thread is None:
            raise RuntimeError("only a thread of this clock can wait for its time to pass")
        if self._closed:
            raise ClosedError
        wait = Wait(thread)
        # Before the wait can be found, since this fails for what is no number (a stopped task of
        # moto's gives its input): a thread that is woken while it runs dies with the baton.
        at = None if seconds is None else round(self.now + max(0.0, seconds), 6)
        waiting.append(wait)
        with self._mutex:
            if at is not None:
                heapq.heappush(self._timers, (at, next(self._sequence), wait))
            if thread is self._first:
                self._first_wait = wait
            self._pass_baton()
        thread.baton.acquire()
        self._raise_what_happened(thread)
        if not wait.signalled:
            waiting.remove(wait)
        return wait.signalled

    def wake(self, waiting: list[Wait]) -> None:
        """Wake whoever waits, in the order in which they came; they run when the caller waits."""
        with self._mutex:
            for wait in waiting:
                if not wait.over:
                    wait.over = wait.signalled = True
                    self._ready.append(wait.thread)
            waiting.clear()

    def close(self) -> None:
        """End every virtual thread, one after the other, and give real time back."""
        self._closed = True
        for thread in list(self._threads):
            if thread.baton.locked():
                thread.baton.release()
            thread.gone.wait(timeout=5)
            if thread.real is not None:
                thread.real.join(timeout=5)
        time.sleep = _real_sleep
        self._traveller.stop()

    def _current(self) -> _Thread | None:
        thread: _Thread | None = getattr(self._local, "thread", None)
        return thread

    def _live(self, thread: _Thread, target: Callable[[], object]) -> None:
        self._local.thread = thread
        thread.baton.acquire()
        try:
            if not self._closed:
                target()
        except ClosedError:
            pass
        except BaseException as failure:
            self._fail(failure)
        finally:
            self._leave(thread)

    def _leave(self, thread: _Thread) -> None:
        self._threads.discard(thread)
        with self._mutex:
            self._pass_baton()
        thread.gone.set()

    def _fail(self, failure: BaseException) -> None:
        """Tell the first thread, wherever it waits."""
        self._failure = self._failure or failure
        wait = self._first_wait
        if wait is not None and not wait.over:
            wait.over = True
            self._ready.append(self._first)

    def _raise_what_happened(self, thread: _Thread) -> None:
        if thread is self._first and self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._closed:
            raise ClosedError

    def _make_ready(self, thread: _Thread) -> None:
        self._ready.append(thread)
        if self._running is None:
            self._pass_baton()

    def _pass_baton(self) -> None:
        """Let the next ready thread run; when there is none, jump to whoever wakes first."""
        if self._closed:
            return
        while not self._ready and self._timers and not self._frozen:
            at, _, wait = heapq.heappop(self._timers)
            if not wait.over:
                wait.over = True
                self._ready.append(wait.thread)
                self._move(max(at, self.now))
        if not self._ready and not self._frozen:
            self._fail(StalledError("nothing is left that could happen"))
        self._running = self._ready.popleft() if self._ready else None
        if self._running is not None:
            self._running.baton.release()

    def _move(self, at: float) -> None:
        self.now = at
        self._coordinates.move_to(_instant(at))

    def _sleep_anywhere(self, seconds: float | SupportsIndex, /) -> None:
        if self._current() is None:
            _real_sleep(seconds)
        else:
            self.sleep(float(seconds))
