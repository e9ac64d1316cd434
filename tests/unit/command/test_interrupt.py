import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from lambda_canary.interrupt import Interrupt


@pytest.fixture
def interrupt() -> Iterator[Interrupt]:
    before = signal.getsignal(signal.SIGINT)
    yield Interrupt().listen()
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_interrupts_at_once(interrupt: Interrupt) -> None:
    interrupt.sleep(0)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_that_was_dropped_interrupts_the_next_wait(interrupt: Interrupt) -> None:
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interrupt.sleep(3_600)
