"""Steps of an operation in the order of what they need, those that wait beside each other.

A step that waits for somebody outside, as for a custom resource's answer, has a virtual thread of
its own, in which it holds up only those that need it. All others are done one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from sandbox.kernel.clock import Clock
from sandbox.kernel.threads import Event
from sandbox.services.cloudformation.errors import DeploymentFailedError
from sandbox.services.cloudformation.patience import Patience


@dataclass(frozen=True)
class Step:
    """Something to do once all of `needs`, which are names of steps, is done."""

    name: str
    run: Callable[[Patience], None]
    """Raises DeploymentFailedError; gives up its waiting when the patience ends."""
    needs: frozenset[str] = frozenset()
    waits: bool = False


@dataclass
class Schedule:
    """What runs the steps of one operation, until all are done or somebody cancels it."""

    clock: Clock | None
    cancelled: bool = False
    _changed: Event | None = field(init=False)

    def __post_init__(self) -> None:
        self._changed = None if self.clock is None else Event(self.clock)

    def cancel(self) -> None:
        """Let nothing more begin, and give up what waits."""
        self.cancelled = True
        if self._changed is not None:
            self._changed.set()

    def run(self, steps: Iterable[Step], *, halts: bool) -> list[DeploymentFailedError]:
        """Do what can be done; those that failed.

        What needs a step that failed is left undone. If it `halts`, nothing begins after a failure,
        and what waits is given up: such steps count among those that failed.
        """
        left = {step.name: step for step in steps}
        undone = set(left)
        busy: dict[str, Patience] = {}
        failed: list[DeploymentFailedError] = []
        broken: list[Exception] = []

        def live(step: Step, patience: Patience) -> None:
            try:
                step.run(patience)
            except DeploymentFailedError as error:
                failed.append(error)
            except Exception as error:
                broken.append(error)
            else:
                undone.discard(step.name)

        def live_apart(step: Step, patience: Patience) -> None:
            live(step, patience)
            del busy[step.name]
            self._note_change()

        while not (broken or self.cancelled or (halts and failed)):
            ready = next((one for one in left.values() if not one.needs & undone), None)
            if ready is None:
                if not busy:
                    break
                self._await_change()
                continue
            del left[ready.name]
            patience = Patience(self.clock)
            if ready.waits and self.clock is not None:
                busy[ready.name] = patience
                self.clock.spawn(partial(live_apart, ready, patience), f"step {ready.name}")
            else:
                live(ready, patience)
        for patience in busy.values():
            patience.give_up()
        while busy:
            self._await_change()
        if broken:
            raise broken[0]
        return failed

    def _note_change(self) -> None:
        assert self._changed is not None
        self._changed.set()

    def _await_change(self) -> None:
        assert self._changed is not None
        self._changed.clear()
        self._changed.wait()
