"""`lambda-canary`, as users meet it: in a terminal, against `make sandbox`."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.programs.server import COMMANDS
from tests.long import long
from tests.served import ROOT, SECONDS, Server, section
from tools.install.environment import Environment


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve to a user whose folder has the samples, and an environment with the command."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "events").symlink_to(ROOT / "events")
    (folder / ".venv/bin").mkdir(parents=True)
    real = Path(sys.executable).parent.parent
    for name in ("pyvenv.cfg", "lib", "bin/python"):
        (folder / ".venv" / name).symlink_to(real / name)
    Environment(folder / ".venv").add_command("lambda-canary", "lambda_canary.commands")
    server = Server(folder, ready=COMMANDS)
    server.variables["PATH"] = f"{folder}/.venv/bin:{os.environ['PATH']}"
    yield server
    assert server.stop(signal.SIGTERM) == "Stopped."


def environment(server: Server, **more: str) -> dict[str, str]:
    others = ("AWS_", "COLUMNS", "LINES")  # the last two go above what the terminal says of itself
    mine = {name: text for name, text in os.environ.items() if not name.startswith(others)}
    return {**mine, **server.variables, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **more}


class Terminal:
    """A pseudo-terminal of so many columns in which the command runs."""

    def __init__(self, server: Server, columns: int, *words: str, **variables: str) -> None:
        self._screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            ["lambda-canary", *words], stdin=inside, stdout=inside, stderr=inside,
            env=environment(server, **variables), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(inside)
        self.text = ""

    def until(self, said: str) -> None:
        """Read until this has been on the screen."""
        while said not in self.text:
            read = self._read()
            assert read, self.text
            self.text += read

    def press_ctrl_c(self) -> None:
        os.write(self._screen, b"\x03")

    def ended(self) -> int:
        """Read to the end; return the exit code."""
        while read := self._read():
            self.text += read
        os.close(self._screen)
        return self.process.wait(SECONDS)

    def _read(self) -> str:
        try:
            return os.read(self._screen, 65_536).decode(errors="replace")
        except OSError:  # nobody has the other side open any more
            return ""


def readme(beginning: str) -> list[str]:
    """Return the README's commands that begin so, as in a checkout."""
    found = [line for line in section("The sandbox").splitlines() if line.startswith(beginning)]
    return [line.split("#")[0].strip() for line in found]


@long
@pytest.mark.proves("S9")
def test_the_readmes_first_commands_work(server: Server) -> None:
    plan, good, status, bad = readme("lambda-canary ")
    path = server.variables["PATH"]
    start = f"export PATH={path.split(':', 1)[0]!r}:$PATH\n"
    assert server.shell(start + plan).startswith("Planned, nothing has changed\n")
    assert "\nPromoted at " in server.shell(start + good)
    assert "[a-good-one]" in server.shell(start + status)
    done = server.run(start + bad)
    assert done.returncode == 1
    assert "\nRolled back at " in done.stdout
    assert "HealthCheckFailed: judge: " in done.stdout


def test_a_narrow_terminal_without_colours_and_ctrl_c(server: Server) -> None:
    release = ("release", "MyFunction", "MyAlias", "--new-version", "3", "--name", "narrow")
    weights = ("--weights", "1,100", "--interval", "86400", "--checks", "[]", "--wait")
    screen = Terminal(server, 40, *release, *weights, NO_COLOR="1")
    screen.until("At 1 % since ")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.text)
    screen.press_ctrl_c()  # the terminal drops what it has not shown yet
    assert screen.ended() == 3
    assert "The rollout narrow goes on." in screen.text
    assert "lambda-canary roll-back narrow" in screen.text
    assert not re.findall(r"\x1b\[[0-9;]*3[0-9]m", screen.text), "no colours"
    assert [line for line in re.split(r"[\r\n]+", drawn) if len(line) > 40] == []
    watching = Terminal(server, 100, "watch", "narrow")
    watching.until("At 1 % since ")
    watching.until("\u2588")
    back = Terminal(server, 80, "roll-back", "narrow")
    assert back.ended() == 0
    assert "RolledBackByOperator" in back.text
    watching.until("Rolled back at ")
    assert watching.ended() == 1
    assert re.search(r"\x1b\[1;31m", watching.text), "in colour"


def test_the_sandbox_that_is_gone_is_named(server: Server) -> None:
    screen = Terminal(
        server, 80, "status", AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1"
    )
    assert screen.ended() == 3
    assert "AWS cannot be reached: " in screen.text


def test_completion_for_a_shell(server: Server) -> None:
    asked = {"_LAMBDA_CANARY_COMPLETE": "bash_source"}
    done = subprocess.run(
        ["lambda-canary"], env=environment(server, **asked),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "complete -o nosort -F _lambda_canary_completion lambda-canary" in done.stdout
