"""Ctrl-C, remembered until it is heeded: Python drops an exception that comes in a clean-up."""

import signal
import time
from dataclasses import dataclass
from types import FrameType


@dataclass
class Interrupt:
    """Whether somebody has pressed Ctrl-C."""

    asked: bool = False

    def listen(self) -> "Interrupt":
        """Hear of Ctrl-C from now on. For the main thread alone, as Python wants it."""
        signal.signal(signal.SIGINT, self._pressed)
        return self

    def sleep(self, seconds: float) -> None:
        """Wait so long. Raises KeyboardInterrupt, also for a Ctrl-C that was dropped before."""
        if self.asked:
            raise KeyboardInterrupt
        time.sleep(seconds)

    def _pressed(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        raise KeyboardInterrupt
