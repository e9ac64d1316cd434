"""Virtual time: many threads, of which one runs; when none can, time jumps to the next timer.

Everything that waits in the sandbox waits here, so a year of waiting costs nothing and two runs of
the same program interleave alike. The real thread that makes the clock is its home, and its first
virtual thread: while that computes, time stands still; while it sleeps or waits, the others run.
They run at home too, as greenlets, between which it is cheap to switch. Only those that enter from
outside, such as HTTP requests, are real threads.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import SupportsIndex, TypeVar

import time_machine
from greenlet import getcurrent, greenlet

T = TypeVar("T")
_real_sleep, _monotonic = time.sleep, time.monotonic


class ClosedError(SystemExit):
    """Ends a thread whose clock was closed: silently, and past every `except Exception`."""


class StalledError(RuntimeError):
    """The first thread waits, and nothing that is left could ever wake it."""


class _Thread:
    """A virtual thread. It runs at home, as `fiber`, or is a real one that waits for `turn`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fiber: greenlet | None = None


class _Foreign(_Thread):
    """A real thread from outside, which runs only while it holds its turn."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.turn = threading.Lock()
        self.turn.acquire()
        self.gone = threading.Event()


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
        # Whoever runs at home waits for this while a thread from outside runs.
        self._turn = threading.Condition(self._mutex)
        self._local = threading.local()
        self._ready: deque[_Thread] = deque()
        self._timers: list[tuple[float, int, Wait]] = []
        self._sequence = itertools.count()
        self._fibers: set[greenlet] = set()
        self._foreign: set[_Foreign] = set()
        # Whether virtual time stands still: for the first thread, and for how many others.
        self._frozen, self._standing = False, 0
        # Set while somebody lets virtual time follow the real one.
        self.keeps_pace = False
        self._closed = False
        self._failure: BaseException | None = None
        self._home = threading.get_ident()
        self._first = _Thread("first")
        self._first.fiber = self._hub = getcurrent()
        self._threads: dict[greenlet, _Thread] = {self._hub: self._first}
        self._running: _Thread | None = self._first
        self._first_wait: Wait | None = None
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

        def live() -> None:
            self._threads[fiber] = thread
            self._fibers.add(fiber)
            try:
                if not self._closed:
                    target()
            except ClosedError:
                pass
            except BaseException as failure:
                self._fail(failure)
            finally:
                del self._threads[fiber]
                self._fibers.discard(fiber)
                if not self._closed:
                    with self._mutex:
                        self._choose()
            # A greenlet that ends switches to its parent, the hub, which lets the next one run.

        fiber = thread.fiber = greenlet(live, self._hub)
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
        thread = _Foreign(threading.current_thread().name)
        self._foreign.add(thread)
        with self._mutex:
            self._make_ready(thread)
        thread.turn.acquire()
        self._local.thread = thread
        try:
            self._raise_what_happened(thread)
            yield
        finally:
            self._local.thread = None
            self._foreign.discard(thread)
            with self._mutex:
                self._choose()
            thread.gone.set()

    def pause(self, seconds: float) -> None:
        """Let real time pass in the first thread, in which virtual time stands still.

        Threads from outside may enter meanwhile, and who is ready runs.
        """
        until = _monotonic() + seconds
        queued = False
        with self._mutex:
            self._frozen = True
            self._choose()
        while self._running is not self._first:
            with self._turn:
                if not queued and _monotonic() >= until:
                    self._make_ready(self._first)
                    queued = True
                left = None if queued else until - _monotonic()
                self._turn.wait_for(self._is_homes_turn, left)
            self._run_at_home()
        self._frozen = False
        self._raise_what_happened(self._first)

    def outside(self, call: Callable[[], T]) -> T:
        """Return what `call` returns after real time, in which virtual time stands still.

        Others run meanwhile, if the first thread keeps pace with real time. Else nobody does, so
        that two runs of the same program interleave alike.
        """
        thread = self._current()
        if not self.keeps_pace or thread is None or thread is self._first:
            return call()
        returned: Future[T] = Future()

        def work() -> None:
            try:
                returned.set_result(call())
            except BaseException as failure:
                returned.set_exception(failure)
            with self._mutex:
                self._standing -= 1
                self._make_ready(thread)

        with self._mutex:
            self._standing += 1
            threading.Thread(target=work, name="outside", daemon=True).start()
            self._choose()
        self._await_turn(thread)
        self._raise_what_happened(thread)
        return returned.result()

    def wait(self, waiting: list[Wait], seconds: float | None = None) -> bool:
        """Wait to be woken through `waiting`, at most `seconds`; whether it was that."""
        thread = self._current()
        if thread is None:
            raise RuntimeError("only a thread of this clock can wait for its time to pass")
        if self._closed:
            raise ClosedError
        wait = Wait(thread)
        # Before the wait can be found, since this fails for what is no number (a stopped task of
        # moto's gives its input): a thread that is woken while it runs dies with its turn.
        at = None if seconds is None else round(self.now + max(0.0, seconds), 6)
        waiting.append(wait)
        with self._mutex:
            if at is not None:
                heapq.heappush(self._timers, (at, next(self._sequence), wait))
            if thread is self._first:
                self._first_wait = wait
            self._choose()
        self._await_turn(thread)
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
        """End every virtual thread, one after the other, and give real time back.

        The first thread calls this.
        """
        self._closed = True
        for fiber in list(self._fibers):
            fiber.throw(ClosedError)
        for thread in list(self._foreign):
            if thread.turn.locked():
                thread.turn.release()
            thread.gone.wait(timeout=5)
        time.sleep = _real_sleep
        self._traveller.stop()

    def is_first(self) -> bool:
        """Tell whether the thread that asks is the one that made the clock."""
        return self._current() is self._first

    def report(self, failure: BaseException) -> None:
        """Raise it in the first thread, wherever that waits.

        Not if the caller has entered: then whoever sent it here is told, and nobody else.
        """
        if not isinstance(self._current(), _Foreign):
            self._fail(failure)

    def _current(self) -> _Thread | None:
        if threading.get_ident() == self._home:
            return self._threads.get(getcurrent())
        thread: _Thread | None = getattr(self._local, "thread", None)
        return thread

    def _await_turn(self, thread: _Thread) -> None:
        """Let others run until it is this thread's turn."""
        if isinstance(thread, _Foreign):
            thread.turn.acquire()
        elif thread is self._first:
            while self._running is not thread:
                if not self._is_homes_turn():
                    with self._turn:
                        self._turn.wait_for(self._is_homes_turn)
                self._run_at_home()
        elif self._running is not thread:
            # Straight to the next one, or to the hub, which waits for those from outside.
            fiber = None if self._running is None else self._running.fiber
            (fiber or self._hub).switch()

    def _run_at_home(self) -> None:
        """In the first thread: whoever of its fibers has the turn."""
        running = self._running
        if running is not None and running is not self._first and running.fiber is not None:
            running.fiber.switch()
            if running is self._running and running.fiber.dead:  # by Ctrl-C, wherever it was
                with self._mutex:
                    self._choose()

    def _is_homes_turn(self) -> bool:
        return self._running is not None and self._running.fiber is not None

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
            self._choose()

    def _choose(self) -> None:
        """Let the next ready thread run; when there is none, jump to whoever wakes first."""
        if self._closed:
            return
        stands = self._frozen or self._standing > 0
        while not self._ready and self._timers and not stands:
            at, _, wait = heapq.heappop(self._timers)
            if not wait.over:
                wait.over = True
                self._ready.append(wait.thread)
                self._move(max(at, self.now))
        if not self._ready and not stands:
            self._fail(StalledError("nothing is left that could happen"))
        self._running = self._ready.popleft() if self._ready else None
        if isinstance(self._running, _Foreign):
            self._running.turn.release()
        elif threading.get_ident() != self._home:
            self._turn.notify_all()

    def _move(self, at: float) -> None:
        self.now = at
        self._coordinates.move_to(_instant(at))

    def _sleep_anywhere(self, seconds: float | SupportsIndex, /) -> None:
        if self._current() is None:
            _real_sleep(seconds)
        else:
            self.sleep(float(seconds))
