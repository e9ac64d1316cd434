"""Known vulnerabilities of what the lock files name, as far as anybody can be asked.

`python -m tools.audit.requirements DEPLOYED TOOLS...`: a vulnerability in the first file, whose
packages run in the user's account, is fatal; those in the others, which run on a developer's
machine, are told. pip-audit asks the package index, by its JSON API. A mirror without that API, and
a machine without a network, know nothing, which pip-audit reports as if there were nothing to know.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Audit:
    """Of one lock file: how many packages were asked for, and of how many something is known."""

    asked: int
    answered: int
    vulnerable: Sequence[str] = ()

    @property
    def words(self) -> str:
        """The result as a sentence that says what could not be asked."""
        if not self.answered:
            return "NOT AUDITED: the package index cannot be asked here, or knows no advisories"
        gap = self.asked - self.answered
        unknown = f"; NOT AUDITED: {gap}, which the index does not know" if gap else ""
        return f"vulnerabilities in {self.answered} packages: {len(self.vulnerable)}{unknown}"


def main(deployed: Path, *tools: Path) -> int:
    """Audit the locks; fatal are vulnerabilities of what is deployed."""
    audit = fatal = _told(deployed)
    for lock in tools:
        if audit.answered:  # else there is nobody to ask for the others either
            audit = _told(lock)
    return 1 if fatal.vulnerable else 0


def _told(lock: Path) -> Audit:
    audit = audited(lock)
    print(f"{lock}: {audit.words}", *audit.vulnerable, sep="\n  ")
    return audit


def audited(lock: Path) -> Audit:
    """Have pip-audit ask for everything that the lock names."""
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    pip_audit = Path(sys.executable).with_name("pip-audit")
    run = subprocess.run(
        [pip_audit, *options, "--timeout", "15", "--requirement", lock],
        capture_output=True,
        check=False,  # it ends with 1 where it finds something, and where it cannot ask
        text=True,
    )
    if not run.stdout:
        print(f"{lock}: pip-audit: {run.stderr.strip().splitlines()[-1][:300]}")
    return read(run.stdout)


def read(report: str) -> Audit:
    """Read pip-audit's report; there is none where it could not even ask."""
    packages: list[dict[str, Any]] = json.loads(report)["dependencies"] if report else []
    return Audit(
        asked=len(packages),
        answered=sum("vulns" in package for package in packages),
        vulnerable=[
            f"{package['name']} {package['version']}: {found['id']}, fixed in "
            f"{', '.join(found['fix_versions']) or 'no version yet'}"
            for package in packages
            for found in package.get("vulns", [])
        ],
    )


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:])))
