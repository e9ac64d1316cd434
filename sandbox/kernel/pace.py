"""Virtual time at a multiple of the wall clock's, for people and programs outside the sandbox."""

from collections.abc import Callable
from time import monotonic

from sandbox.kernel.clock import Clock

# Real seconds between two steps: the longest that an API call waits for time to move on.
TICK_SECONDS = 0.02
# Real seconds that one step makes up for at most. What is later than that is not made up for:
# under too much work, time runs slower than asked for.
LATEST_SECONDS = 0.25
# Virtual seconds after which a step asks whether it is enough.
SLICE_SECONDS = 60.0


def keep_pace(clock: Clock, speed: float, until: Callable[[], bool]) -> None:
    """Let `speed` virtual seconds pass in each real one, until `until` says that it is enough.

    The clock's first thread calls this. An exception that leaves another thread ends it.
    """
    before = monotonic()
    clock.keeps_pace = True
    while not until():
        clock.pause(TICK_SECONDS)
        now = monotonic()
        behind = speed * min(now - before, LATEST_SECONDS)
        before = now
        while behind > 0 and not until():
            clock.run_for(min(behind, SLICE_SECONDS))
            behind -= SLICE_SECONDS
