"""What HTTP clients could otherwise turn against moto, whoever calls."""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

from sandbox.environment import ACCOUNT
from sandbox.patches import Patches
from sandbox.wire import query_input


def install(patches: Patches) -> None:
    """Keep to the one account; moto has as many as anybody names."""
    query_input.install(patches)

    def account(_: Any) -> str:
        return ACCOUNT

    patches.replace(BaseResponse, "get_current_account", account)
