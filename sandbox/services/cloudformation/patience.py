"""The wait for an answer from outside, which may be given up before the answer comes."""

from __future__ import annotations

from sandbox.kernel.clock import Clock
from sandbox.kernel.threads import Event
from sandbox.services.cloudformation.errors import CloudFormationError


class GivenUpError(CloudFormationError):
    """Nobody waits any more: the operation was cancelled, or something else of it failed."""


class Patience:
    """Lets one step wait. `answered` and `give_up` may be called by anybody, at any time."""

    def __init__(self, clock: Clock | None) -> None:
        self._over = None if clock is None else Event(clock)
        self._is_given_up = False

    def answered(self) -> None:
        """End the wait that is under way, if there is one."""
        if self._over is not None:
            self._over.set()

    def give_up(self) -> None:
        self._is_given_up = True
        self.answered()

    def begin(self) -> None:
        """Let what is answered from now on end the next wait. Raises GivenUpError."""
        if self._over is None:
            raise NotImplementedError("waiting for an answer needs a clock")
        self._over.clear()
        self._refuse_if_given_up()

    def wait(self, seconds: float) -> bool:
        """Wait for an answer; whether one came in time. Raises GivenUpError."""
        assert self._over is not None
        in_time = self._over.wait(seconds)
        self._refuse_if_given_up()
        return in_time

    def _refuse_if_given_up(self) -> None:
        if self._is_given_up:
            raise GivenUpError
