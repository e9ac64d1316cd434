"""The deployed application in a sandbox, with one healthy function to release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sandbox import Result, Sandbox
from sandbox.traffic import Synthetic, Version

HEALTHY = Version(errors=0.001)
FUNCTION = Synthetic("Released", {"1": HEALTHY, "2": HEALTHY}, alias="live", calls_per_second=20)


def release(settings: Mapping[str, Any]) -> Result:
    """Boot, deploy, and roll version 2 out as the settings say, to its promotion."""
    given = {"function-name": "Released", "alias-name": "live", "new-version": "2", **settings}
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        sandbox.add_traffic(FUNCTION)
        result = sandbox.finish(sandbox.start(given, machine=stack.outputs["StateMachineArn"]))
    if result.status != "SUCCEEDED":
        raise RuntimeError(f"the rollout ended {result.status}: {result.error}: {result.cause}")
    return result
