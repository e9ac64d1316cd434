"""The locks: each complete, each with hashes, and the parts with the versions of the whole."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.long import long
from tests.served import ROOT

LOCKS = [
    "functions/requirements.txt",
    "requirements-demo.txt",
    "requirements-dev.txt",
    "tools/audit/requirements.txt",
    "tools/install/requirements.txt",
]
BOOTED_WITHOUT = """
import sys
sys.modules |= dict.fromkeys(sys.argv[1:])  # importing these fails, as if they were not there
import sandbox.programs.demo
from sandbox.sandbox import Sandbox
with Sandbox() as sandbox:
    sandbox.deploy()
"""


def entries(lock: str) -> set[str]:
    """Each package's version, marker and hashes, in one line."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return {line for line in lines if line and not line.startswith("#")}


def versions(lock: str) -> dict[str, str]:
    """Of the packages that this Python on this machine gets."""
    pinned = [Requirement(entry.partition(" --hash")[0]) for entry in entries(lock)]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in pinned
        if one.marker is None or one.marker.evaluate()
    }


def asked(file: str) -> list[Requirement]:
    """Return what a person asks for, with the files that this one includes."""
    found = []
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found += asked(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            found.append(Requirement(line))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_one_version_and_the_hashes_of_each_package(lock: str) -> None:
    for entry in entries(lock):
        assert re.fullmatch(r"[a-z0-9-]+==\S+( ; .*?)?( --hash=sha256:[0-9a-f]{64})+", entry)


def test_what_the_demo_runs_is_a_part_of_the_whole() -> None:
    assert entries("requirements-demo.txt") <= entries("requirements-dev.txt")


@pytest.mark.parametrize("which", ["demo", "dev"])
def test_a_lock_has_all_that_its_packages_need_also_for_their_extras(which: str) -> None:
    """With a package left out, an installer that resolves would take its newest version."""
    locked = versions(f"requirements-{which}.txt")
    wanted, walked = asked(f"requirements-{which}.in"), set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        assert name in locked, one
        assert one.specifier.contains(locked[name], prereleases=True), one
        assert distribution(name).version == locked[name], "make installs what is locked"
        for extra in {"", *one.extras}:
            if (name, extra) not in walked:
                walked.add((name, extra))
                needed = map(Requirement, distribution(name).requires or [])
                wanted += [
                    each
                    for each in needed
                    if each.marker is None or each.marker.evaluate({"extra": extra})
                ]
    assert {name for name, _ in walked} == locked.keys(), "nobody needs the others"


@long
def test_the_sandbox_needs_no_package_but_those_of_the_demo() -> None:
    there = {*versions("requirements-demo.txt"), "setuptools"}  # which Python may bring
    absent = [
        module
        for module, owners in packages_distributions().items()
        if not there.intersection(map(canonicalize_name, owners))
    ]
    assert "cfnlint" in absent
    command = [sys.executable, "-c", BOOTED_WITHOUT, *absent]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
