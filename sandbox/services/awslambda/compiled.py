"""Compiled modules in a deployment package: made for Lambda's machines, which this one is not.

What Lambda could load, the same version's module for this machine stands in for. What it could
not, such as a module for another Python or architecture, is missing here as it would be there.
"""

from __future__ import annotations

import re
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

_HERE = EXTENSION_SUFFIXES[0]
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# One for any Python (.abi3.so) is left: this machine loads it, or says why not.
_TAGGED = re.compile(r"(?P<module>[^.]+)(?P<tag>\.cpython-.+\.so)")


class NoStandInError(Exception):
    """A package has a compiled module of which this machine has not the same version."""

    def __init__(self, package: Distribution) -> None:
        super().__init__(
            f"the deployment package has {package.name} {package.version}, compiled for Lambda, "
            "and no such version is installed here to stand in for it"
        )


def stand_in(directory: Path, runtime: str, architecture: str) -> None:
    """Make what is in `directory` loadable here, if it is on Lambda."""
    version = runtime.removeprefix("python").replace(".", "")
    loadable = f".cpython-{version}-{_MACHINES[architecture]}-linux-gnu.so"
    if loadable == _HERE:
        return
    for path in sorted(directory.rglob("*.so")):
        compiled = _TAGGED.fullmatch(path.name)
        if compiled is not None and compiled["tag"] == loadable:
            package = _packages(directory)[path.relative_to(directory).parts[0]]
            name = path.with_name(f"{compiled['module']}{_HERE}")
            name.unlink(missing_ok=True)
            name.symlink_to(_installed(package, name.relative_to(directory)))
        elif compiled is not None and not path.is_symlink():
            path.unlink()


def _packages(directory: Path) -> dict[str, Distribution]:
    """List what was installed there, by the names of modules at the top."""
    found = [Distribution.at(information) for information in directory.glob("*.dist-info")]
    return {file.parts[0]: package for package in found for file in package.files or []}


def _installed(package: Distribution, file: Path) -> Path:
    try:
        ours = distribution(package.name)
    except PackageNotFoundError:
        raise NoStandInError(package) from None
    path = Path(str(ours.locate_file(str(file))))
    if ours.version != package.version or not path.exists():
        raise NoStandInError(package)
    return path
