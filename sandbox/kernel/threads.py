"""`threading`'s classes in virtual time, for moto's state machine interpreter and whoever waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from types import SimpleNamespace
from typing import Any

from sandbox.kernel.clock import Clock, Wait


class Event:
    """A flag to wait for. `set` wakes all who wait, also if `clear` follows before they run."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set = False
        self._waiting: list[Wait] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        self._clock.wake(self._waiting)

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        return self._set or self._clock.wait(self._waiting, timeout)


class Thread:
    """A virtual thread behind the part of `threading.Thread` that the interpreter uses."""

    native_id = 0

    def __init__(
        self,
        clock: Clock,
        *,
        target: Callable[..., object],
        args: Iterable[Any] = (),
        name: str = "interpreter",
        daemon: bool = True,  # noqa: ARG002  (every virtual thread is one)
    ) -> None:
        self._clock = clock
        self._target = partial(target, *args)
        self._name = name
        self._ended = Event(clock)

    def start(self) -> None:
        self._clock.spawn(self._run, self._name)

    def join(self, timeout: float | None = None) -> None:
        self._ended.wait(timeout)

    def is_alive(self) -> bool:
        return not self._ended.is_set()

    def _run(self) -> None:
        try:
            self._target()
        finally:
            self._ended.set()


def virtual_threading(clock: Clock) -> SimpleNamespace:
    """Return what takes the place of `threading`; locks stay real, as no holder ever waits."""
    return SimpleNamespace(
        Thread=partial(Thread, clock),
        Event=partial(Event, clock),
        Lock=threading.Lock,
        RLock=threading.RLock,
    )
