"""Deployment packages, unzipped once for all functions and versions that share their code."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from pathlib import Path

from sandbox.services.awslambda.compiled import stand_in


class Packages:
    """The functions' packages, unzipped once for all that have the same."""

    def __init__(self) -> None:
        self._root = tempfile.TemporaryDirectory(prefix="lambda-canary-sandbox-")

    def directory(self, package: bytes, runtime: str, architecture: str) -> Path:
        """Where the contents of this zip file are, ready to be run here."""
        content = hashlib.sha256(package).hexdigest()[:16]
        directory = Path(self._root.name) / f"{content}-{runtime}-{architecture}"
        if not directory.exists():
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                archive.extractall(directory)
            stand_in(directory, runtime, architecture)
        return directory

    def close(self) -> None:
        self._root.cleanup()
