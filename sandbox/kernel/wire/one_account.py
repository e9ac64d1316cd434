"""What HTTP clients could otherwise turn against moto, whoever calls."""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

from sandbox.kernel.environment import ACCOUNT
from sandbox.kernel.patches import Patches
from sandbox.kernel.wire import query_input


def install(patches: Patches) -> None:
    """Keep to the one account; moto has as many as anybody names."""
    query_input.install(patches)

    def account(_: Any) -> str:
        return ACCOUNT

    patches.replace(BaseResponse, "get_current_account", account)
