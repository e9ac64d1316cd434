"""Where moto's way with requests meets the engine's stacks."""

from __future__ import annotations

from moto.core.responses import BaseResponse


class CloudFormationResponse(BaseResponse):  # type: ignore[misc]  # moto has no types
    """Reads requests and writes answers as moto does; `install` gives it its actions.

    moto's own, which has stacks of its own, imports all services of which it can make resources:
    almost half of what the sandbox takes to start.
    """

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True  # by the service's model
