"""An environment: the folder that has Python with exactly the packages that lock files name."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tools.install.trouble import InstallError, reason

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """A folder with Python, relative to the project's own.

    A file in it, the mark, says which locks it holds. Whoever changes the environment takes the
    mark away first: without it, nothing is known of what is there.
    """

    folder: Path

    @property
    def python(self) -> Path:
        """Its own Python."""
        return ROOT / self.folder / "bin" / "python"

    @property
    def _mark(self) -> Path:
        return ROOT / self.folder / "whole"

    def locks(self) -> list[str]:
        """Return the locks that it holds as they are now.

        None if it was interrupted or moved, is another Python's, or if one of its locks changed.
        """
        try:
            mark = self._mark.read_text(encoding="utf-8")
        except OSError:
            return []
        locks = [line.partition(" ")[2] for line in mark.splitlines()[1:]]
        return locks if mark == self._mark_of(locks) else []

    def unmark(self) -> None:
        """Say that it holds nothing whole, from now on."""
        self._mark.unlink(missing_ok=True)

    def mark(self, locks: Sequence[str]) -> None:
        """Say that it holds these locks whole, in one step that cannot be half done."""
        new = self._mark.with_name("whole.new")
        new.write_text(self._mark_of(locks), encoding="utf-8")
        new.replace(self._mark)

    def _mark_of(self, locks: Sequence[str]) -> str:
        whose = f"{sysconfig.get_config_var('SOABI')} {ROOT / self.folder}"
        return "\n".join([whose, *(f"{_digest(lock)} {lock}" for lock in locks)])

    def make(self) -> None:
        """Make it anew, with no package but the pip that this Python brings."""
        if not find_spec("ensurepip"):
            raise InstallError(
                f"{sys.executable} cannot make environments: install its venv package "
                "(on Debian and Ubuntu: apt install python3-venv)."
            )
        self._run(sys.executable, "-Im", "venv", "--clear", "--without-pip", self.folder)
        self._run(self.python, "-Im", "ensurepip", "--default-pip")

    def _run(self, *command: Path | str) -> None:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
        if done.returncode:
            raise InstallError(f"{self.folder} is not made: {reason(done.stdout + done.stderr)}.")

    def add_command(self, name: str, module: str) -> None:
        """Add a command that runs `main` of this module, as it is in this folder.

        The shell starts Python, whose path may be too long for a first line, or have a space.
        """
        command = self.python.with_name(name)
        python, root = shlex.quote(str(self.python)), repr(str(ROOT))
        lines = [
            "#!/bin/sh",
            f"'''exec' {python} \"$0\" \"$@\"",
            "' '''",
            "import sys",
            f"sys.path.insert(0, {root})",
            f"from {module} import main",
            "main()",
        ]
        command.write_text("\n".join([*lines, ""]), encoding="utf-8")
        command.chmod(0o755)

    def compile(self) -> None:
        """Compile the packages on all cores, which pip would do on one.

        Some hold templates, which are not Python and stay as they are.
        """
        subprocess.run(
            [self.python, "-Im", "compileall", "-qq", "-j", "0", self.python.parent.parent / "lib"],
            capture_output=True,
            check=False,
        )


def _digest(lock: str) -> str:
    path = ROOT / lock
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone"
