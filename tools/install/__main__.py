"""Make an environment hold what its lock files name, and nothing half done.

`python -m tools.install FOLDER LOCK...`: each lock holds all of the one before it, so that only the
last is installed. What is whole stays as it is, or gets what it lacks. All else (one that was
interrupted or moved, another Python's, one whose locks changed) is made anew. The folder and the
locks are relative to the project's.
"""

from __future__ import annotations

import fcntl
import os
import platform
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from tools.install import pip
from tools.install.environment import ROOT, Environment
from tools.install.trouble import InstallError

PIP = "tools/install/requirements.txt"
# The lock whose packages the project's own command needs.
COMMAND = "requirements-dev.txt"


def main(folder: str, *locks: str) -> None:
    """Provide what the locks name, unless it is there or another process provides it."""
    environment = Environment(Path(folder))
    if not holds(environment, locks):
        wait_for_others()
        if not holds(environment, locks):
            provide(environment, locks)


def holds(environment: Environment, locks: tuple[str, ...]) -> bool:
    """Tell whether the environment holds what all these locks name."""
    return set(environment.locks()) >= {PIP, *locks}


def wait_for_others() -> None:
    """Keep the right to change environments until this process and all that it starts have ended.

    The lock is on its standard input, which they inherit: so an installation that lost its parent
    is waited for, too.
    """
    os.dup2(os.open(ROOT / PIP, os.O_RDONLY), 0)
    with suppress(OSError):  # a file system without locks
        try:
            fcntl.flock(0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another installation in this folder to end ...", flush=True)
            fcntl.flock(0, fcntl.LOCK_EX)


def provide(environment: Environment, locks: tuple[str, ...]) -> None:
    """Install what the locks name, and mark the environment only when all of it is there."""
    began = time.monotonic()
    held = environment.locks()
    lock = locks[-1]
    step(f"{'Adding' if held else 'Installing'} {lock} into {environment.folder}, once:")
    environment.unmark()
    if not held:
        step(f"- an environment of Python {platform.python_version()}")
        environment.make()
        step("- the pip that installs the rest")
        pip.install(environment, PIP)
    step("- the packages, as locked")
    pip.install(environment, lock)
    step("- a check that they fit together")
    pip.check(environment)
    if lock == COMMAND:
        step("- the command lambda-canary")
        environment.add_command("lambda-canary", "lambda_canary.commands")
    step("- their bytecode")
    environment.compile()
    environment.mark([PIP, *locks])
    step(f"Installed in {time.monotonic() - began:.0f} seconds.")


def step(words: str) -> None:
    """Tell the user what is done now."""
    print(words, flush=True)


if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends at once, without a traceback
    try:
        main(*sys.argv[1:])
    except InstallError as trouble:
        raise SystemExit(str(trouble)) from None
    except OSError as error:
        raise SystemExit(f"{error.filename or sys.argv[1]}: {error.strerror}") from None
