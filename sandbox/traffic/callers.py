"""Callers of what a stack deployed: real requests, one after the other, by the sandbox's clock.

Synthetic traffic is sampled and runs no code. These run the deployed code, however often, so keep
them few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.kernel.clock import Clock


@dataclass
class Callers:
    """Somebody who calls every so many seconds, until told to stop."""

    clock: Clock
    call: Callable[[], object]
    every: float
    calls: int = field(default=0, init=False)
    _stopped: bool = field(default=False, init=False)

    def start(self, name: str) -> None:
        """Begin after the first pause."""
        self.clock.spawn(self._go_on, f"callers of {name}")

    def stop(self) -> None:
        """No more calls."""
        self._stopped = True

    def _go_on(self) -> None:
        while True:
            self.clock.sleep(self.every)
            if self._stopped:
                return
            self.calls += 1
            self.call()
