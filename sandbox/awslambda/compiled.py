"""Compiled modules in a deployment package: made for Lambda's machine, which this one is not.

What Lambda could load, the same version's module for this machine stands in for. What it could
not, such as a module for another Python or architecture, is missing here as it would be there.
"""

from __future__ import annotations

import re
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePath

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
    for information in directory.glob("*.dist-info"):
        package = Distribution.at(information)
        for file in package.files or []:
            compiled = _TAGGED.fullmatch(file.name)
            if compiled is None:
                continue
            path = directory / file
            if compiled["tag"] != loadable:
                path.unlink()
            elif loadable != _HERE:
                name = f"{compiled['module']}{_HERE}"
                path.with_name(name).symlink_to(_installed(package, file.parent / name))


def _installed(package: Distribution, file: PurePath) -> Path:
    try:
        found = distribution(package.name)
    except PackageNotFoundError:
        raise NoStandInError(package) from None
    path = Path(str(found.locate_file(str(file))))
    if found.version != package.version or not path.exists():
        raise NoStandInError(package)
    return path
