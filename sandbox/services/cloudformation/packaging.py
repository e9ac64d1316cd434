"""What `sam package` does: local paths in a template become objects in a bucket."""

from __future__ import annotations

import copy
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from sandbox.services.cloudformation.errors import TemplateError
from sandbox.services.cloudformation.template import Template

_CACHES = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


class Artifacts(Protocol):
    """Where packages are put before they are deployed."""

    def put(self, body: bytes) -> tuple[str, str]:
        """Store `body`, answer its bucket and key; equal bytes get the same key."""


class MemoryArtifacts:
    """Artifacts for whoever reads the packaged template without deploying it."""

    bucket = "artifacts"

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def put(self, body: bytes) -> tuple[str, str]:
        key = content_key(body)
        self.bodies[key] = body
        return self.bucket, key


class BucketArtifacts:
    """Artifacts in an S3 bucket, which is made when the first one comes."""

    def __init__(self, client: Callable[[str], Any], bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._stored: set[str] = set()

    def put(self, body: bytes) -> tuple[str, str]:
        key = content_key(body)
        if not self._stored:
            self._client("s3").create_bucket(Bucket=self._bucket)
        if key not in self._stored:
            self._client("s3").put_object(Bucket=self._bucket, Key=key, Body=body)
            self._stored.add(key)
        return self._bucket, key


def content_key(body: bytes) -> str:
    """Name a body by its hash."""
    return hashlib.sha256(body).hexdigest()[:32]


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Make a zip whose bytes, and so its hash, depend on nothing but names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name], compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zip_folder(folder: Path) -> bytes:
    """Zip all files of a folder."""
    return zip_bytes({name.as_posix(): (folder / name).read_bytes() for name in _files(folder)})


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and path.suffix != ".pyc" and not _CACHES.intersection(name.parts):
            yield name


# type -> (the property that may hold a path, the names of bucket and key in what replaces it)
_LOCAL_PATHS = {
    "AWS::Serverless::Function": ("CodeUri", "Bucket", "Key"),
    "AWS::Lambda::Function": ("Code", "S3Bucket", "S3Key"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "Bucket", "Key"),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Bucket", "Key"),
}


def package(template: Template, base: Path, artifacts: Artifacts) -> Template:
    """Return a copy of `template` without local paths, which are relative to `base`."""
    packaged = copy.deepcopy(template)
    places = [
        (logical_id, resource.get("Properties"), *_LOCAL_PATHS[resource["Type"]])
        for logical_id, resource in packaged["Resources"].items()
        if resource.get("Type") in _LOCAL_PATHS
    ]
    shared = packaged.get("Globals", {}).get("Function")
    places.append(("Globals", shared, *_LOCAL_PATHS["AWS::Serverless::Function"]))
    stored: dict[Path, tuple[str, str]] = {}
    for owner, properties, name, bucket_name, key_name in places:
        local = (properties or {}).get(name)
        if not isinstance(local, str) or local.startswith("s3://"):
            continue
        path = (base / local).resolve()
        if not path.exists():
            raise TemplateError([f"{owner}: {name} {local!r} does not exist ({path})"])
        if path not in stored:
            # Functions that share a folder share its zip.
            stored[path] = artifacts.put(zip_folder(path) if path.is_dir() else path.read_bytes())
        bucket, key = stored[path]
        properties[name] = {bucket_name: bucket, key_name: key}
    return packaged
