"""Deployment packages, unzipped once for all functions and versions that share their code."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from pathlib import Path


class Packages:
    def __init__(self) -> None:
        self._root = tempfile.TemporaryDirectory(prefix="lambda-canary-sandbox-")

    def directory(self, package: bytes) -> Path:
        """Where the contents of this zip file are."""
        directory = Path(self._root.name) / hashlib.sha256(package).hexdigest()[:16]
        if not directory.exists():
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                archive.extractall(directory)
        return directory

    def close(self) -> None:
        self._root.cleanup()
