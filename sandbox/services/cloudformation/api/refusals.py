"""What the API refuses, by the names that its clients know."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):  # type: ignore[misc]  # moto has no types
    code = "ValidationError"


class AlreadyExists(ServiceException):  # type: ignore[misc]
    code = "AlreadyExistsException"


class ChangeSetNotFound(ServiceException):  # type: ignore[misc]
    code = "ChangeSetNotFoundException"

    def __init__(self, name: str) -> None:
        super().__init__(f"ChangeSet [{name}] does not exist")


class InvalidChangeSetStatus(ServiceException):  # type: ignore[misc]
    code = "InvalidChangeSetStatusException"


class InsufficientCapabilities(ServiceException):  # type: ignore[misc]
    code = "InsufficientCapabilitiesException"

    def __init__(self, needed: str) -> None:
        super().__init__(f"Requires capabilities : [{needed}]")
