"""A sandbox server in a process of its own, for the real `aws` and `sam` commands.

Nothing here waits by the wall clock: commands are asked again, each of which takes its time.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import Any
from urllib.request import urlopen

import boto3
from botocore.config import Config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
OPERATING = (ROOT / "docs/operating.md").read_text()
# Fast enough for rollouts of minutes to end between two commands.
SPEED = 600
SECONDS = 60  # of patience, real ones, with anything


class Server:
    """A server process on a free port, and a shell in which what it printed was pasted."""

    def __init__(self, directory: Path, *options: str, ready: str) -> None:
        """`directory` is the shell's; `ready` ends what it prints when it is."""
        self._directory = directory
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox.programs.server"),
                *("--port", "0", "--speed", str(SPEED), *options),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        impatience = Timer(SECONDS, self.process.kill)
        impatience.daemon = True
        impatience.start()
        assert self.process.stdout is not None
        self.welcome = ""
        while not self.welcome.endswith(ready):
            line = self.process.stdout.readline()
            assert line, f"it ended: {self.welcome}"
            self.welcome += line
        impatience.cancel()
        exports = "".join(re.findall(r"^export [^$]+?[^\\]\n", self.welcome, re.MULTILINE))
        self.variables = dict(
            word.split("=", 1) for word in shlex.split(exports) if word not in ("export", "\n")
        )
        self.url = self.variables["AWS_ENDPOINT_URL"]

    def shell(self, commands: str) -> str:
        """Run the commands, which must succeed, and return what they print."""
        done = self.run(commands)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, commands: str, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        """Run the commands in a shell, well or not."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self._directory,
            env={**clean, **self.variables, "PATH": path},
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def aws(self, command: str) -> Any:
        """Return what `aws ...` answers, parsed."""
        return json.loads(self.shell(f"aws {command}"))

    def page(self, name: str) -> Any:
        with urlopen(f"{self.url}/sandbox/{name}", timeout=SECONDS) as answer:
            return json.load(answer)

    def client(self, service: str) -> Any:
        make: Any = boto3.client  # its type wants to know the service
        return make(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def stop(self, number: signal.Signals) -> str:
        """Stop it, which must exit with 0, and return what it still printed."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == 0, rest
        return rest.strip()


def documents(text: str) -> list[Any]:
    """Return the JSON documents that several commands printed, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def eventually(ask: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Ask until an answer is not empty, and return that."""
    began = monotonic()
    while monotonic() - began < seconds:
        if answer := ask():
            return answer
    raise AssertionError(f"still nothing after {seconds} s")


def section(title: str, document: str = README) -> str:
    """Return the commands of a section of the README, or of another document."""
    parts = re.split("^#+ ", document, flags=re.MULTILINE)
    (text,) = (part for part in parts if part.startswith(f"{title}\n"))
    return textwrap.dedent("".join(re.findall(r"^    .*\n", text, re.MULTILINE)))
