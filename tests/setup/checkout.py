"""A checkout in a folder of its own, in which somebody types the first commands."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.served import ROOT

SECONDS = 600  # of patience, real ones, with one command
# What this run of the tests has set for itself, which nobody has who types a command.
OURS = ("MAKE", "MFLAGS", "PYTEST_", "PYTHON", "AWS_")


@dataclass(frozen=True)
class Checkout:
    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Checkout:
        """With all that git has or would take."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        return cls(folder)

    def make(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env=environment() | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=SECONDS,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """In a process group of its own, as a terminal starts it."""
        return subprocess.Popen(
            ["make", *arguments],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A shell has its background jobs ignore Ctrl-C, and these their children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def works(self) -> bool:
        """Its packages are there, fit together, and are found by the code."""
        python = self.folder / ".venv" / "bin" / "python"
        commands = [
            ["-m", "pip", "check"],
            ["-c", "import sandbox.programs.demo, aws_lambda_powertools"],
        ]
        return all(
            subprocess.run([python, *command], cwd=self.folder, check=False).returncode == 0
            for command in commands
        )


def environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith(OURS)}


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command that failed says, without make's own line about its exit code."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    *lines, last = done.stderr.splitlines()
    assert last.startswith("make: *** ")
    return "\n".join(lines)
