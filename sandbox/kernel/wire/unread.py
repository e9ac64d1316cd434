"""The answer to a request of which no more is known than how it was signed."""

from __future__ import annotations

from sandbox.kernel.wire.errors import Answer, RefusedError, serialized
from sandbox.kernel.wire.services import SERVICES
from sandbox.kernel.wire.signature import scope_of


def refused(error: RefusedError, authorization: str | None) -> Answer:
    """Answer a request that could not be read, in the protocol of whatever it was signed for."""
    try:
        service = SERVICES.get(scope_of(authorization, {}, "POST").service)
    except RefusedError:
        service = None
    if service is None:
        return serialized(error)
    protocols = service.model.metadata.get("protocols", ["json"])
    return serialized(error, service.model, "json" if "json" in protocols else protocols[0])
