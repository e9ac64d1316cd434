"""pip, run to install what a lock names, and told in a sentence where it fails."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress

from tools.install.environment import ROOT, Environment
from tools.install.progress import Progress
from tools.install.trouble import InstallError, reason

INSTALL = ["install", "--no-deps", "--require-hashes", "--no-compile", "--no-input"]
QUIETLY = ["--progress-bar", "off", "--no-warn-script-location"]
# The user's settings say where packages come from; what is installed, and where to, is said here.
OURS = {"PIP_USER": "0", "PIP_CONSTRAINT": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
NOT_THEIRS = {"PIP_PREFIX", "PIP_QUIET", "PIP_ROOT", "PIP_TARGET", "PIP_VERBOSE"}


def install(environment: Environment, lock: str) -> None:
    """Install what the lock names, as it stands: nothing is resolved, and all has its hash."""
    progress = Progress(named((ROOT / lock).read_text(encoding="utf-8")))
    said = []
    theirs = {name: value for name, value in os.environ.items() if name not in NOT_THEIRS}
    with subprocess.Popen(
        [environment.python, "-Im", "pip", *INSTALL, *QUIETLY, "-r", lock],
        cwd=ROOT,
        env=theirs | OURS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        assert pip.stdout
        for line in pip.stdout:
            said.append(line)
            progress.note(line)
    progress.end()
    if pip.returncode:
        log, details = environment.folder / "pip.log", ""
        with suppress(OSError):  # such as a full disk
            (ROOT / log).write_text("".join(said), encoding="utf-8")
            details = f" Details: {log}"
        raise InstallError(f"{lock} is not installed: {reason(''.join(said))}.{details}")


def check(environment: Environment) -> None:
    """Hold that each package has those that it needs, in versions that it can work with."""
    checked = subprocess.run(
        [environment.python, "-Im", "pip", "check"], capture_output=True, check=False, text=True
    )
    if checked.returncode:
        problems = "; ".join((checked.stdout or checked.stderr).strip().splitlines())
        raise InstallError(f"The packages in {environment.folder} do not fit together: {problems}")


def named(lock: str) -> int:
    """Count the packages that the text of a lock names."""
    return len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE))
