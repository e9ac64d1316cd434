"""A request's body as the client meant it: unpacked, and of bounded size."""

from __future__ import annotations

import re
import zlib
from typing import Any

from sandbox.kernel.wire.errors import RefusedError

# "STREAMING-..." announces S3's own chunks, within the body.
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(;chunk-signature=[0-9a-f]*)?\r\n")
_TOO_LARGE = "RequestEntityTooLargeException"


def received(environ: dict[str, Any], most: int) -> bytes:
    """All of it. The server has it already, and has checked its Content-Length."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > most:
        raise _too_large(most)
    content: bytes = environ["wsgi.input"].read(length)
    return content


def unzipped(body: bytes, most: int) -> bytes:
    """Unzip a body, since botocore compresses some requests."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(body, most + 1)
    except zlib.error as error:
        raise RefusedError("SerializationException", f"The body is not gzip: {error}") from error
    if len(content) > most:
        raise _too_large(most)
    if not unpacking.eof:
        raise RefusedError("SerializationException", "The body is not gzip: it ends too early")
    return content


def unchunked(body: bytes) -> bytes:
    """Join the chunks of a body.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    """
    found: list[bytes] = []
    at = 0
    while True:
        match = _CHUNK.match(body, at)
        if match is None:
            raise RefusedError("IncompleteBody", "A chunk of the body has no size.")
        size, at = int(match[1], 16), match.end()
        if not size:
            return b"".join(found)
        if body[at + size : at + size + 2] != b"\r\n":
            raise RefusedError("IncompleteBody", "A chunk of the body has another size than said.")
        found.append(body[at : at + size])
        at += size + 2


def _too_large(most: int) -> RefusedError:
    return RefusedError(_TOO_LARGE, f"Request must be smaller than {most} bytes", 413)
