"""For which service and region a request was signed. Whether rightly, nobody looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.kernel.environment import REGION
from sandbox.kernel.wire.errors import RefusedError

_SCOPE = re.compile(
    r"(?P<key>[^/\s,]{1,128})/(?P<date>\d{8})/(?P<region>[a-z0-9-]{1,64})"
    r"/(?P<service>[A-Za-z0-9_.-]{1,64})/aws4_request"
)
_HEADER = re.compile(rf"AWS4-HMAC-SHA256 +Credential={_SCOPE.pattern}(?:, *\w+=[^\s,]*)*")
# As clients of long ago signed for S3, and some still do.
_OLD_HEADER = re.compile(r"AWS (?P<key>[^\s:]{1,128}):\S+")
UNSIGNED = (
    "Request is missing Authentication Token: sign it, as AWS's clients do, with any credentials."
)


@dataclass(frozen=True)
class Scope:
    """What a request is signed for."""

    key: str
    region: str
    service: str

    @property
    def header(self) -> str:
        """What moto reads who called from, and no signature."""
        return (
            f"AWS4-HMAC-SHA256 Credential={self.key}/20260105/{self.region}/{self.service}"
            "/aws4_request, SignedHeaders=host, Signature=unread"
        )


def scope_of(authorization: str | None, query: Mapping[str, str], method: str) -> Scope:
    """Of the header, or of a URL that was signed to be given away, which S3 alone takes.

    Such a URL needs no header, so that a page in a browser could ask for it: it changes nothing
    but by PUT, which a page may not send elsewhere without being asked for it.
    """
    if authorization is not None:
        if match := _HEADER.fullmatch(authorization):
            return Scope(match["key"], match["region"], match["service"])
        if match := _OLD_HEADER.fullmatch(authorization):
            return Scope(match["key"], REGION, "s3")
        raise RefusedError(
            "IncompleteSignature", "The Authorization header is none of AWS's signatures.", 403
        )
    if method in ("GET", "HEAD", "PUT"):
        if (match := _SCOPE.fullmatch(query.get("X-Amz-Credential", ""))) and match[
            "service"
        ] == "s3":
            return Scope(match["key"], match["region"], "s3")
        if "AWSAccessKeyId" in query and "Signature" in query:
            return Scope(query["AWSAccessKeyId"], REGION, "s3")
    raise RefusedError("MissingAuthenticationToken", UNSIGNED, 403)
