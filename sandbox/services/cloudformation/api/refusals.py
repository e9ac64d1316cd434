"""What the API refuses, by the names that its clients know."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):  # type: ignore[misc]  # moto has no types
    """The request is wrong, as CloudFormation says it of most that is."""

    code = "ValidationError"


class AlreadyExists(ServiceException):  # type: ignore[misc]  # moto has no types
    """There is a stack or a change set of this name."""

    code = "AlreadyExistsException"


class ChangeSetNotFound(ServiceException):  # type: ignore[misc]  # moto has no types
    """There is no change set of this name."""

    code = "ChangeSetNotFoundException"

    def __init__(self, name: str) -> None:
        super().__init__(f"ChangeSet [{name}] does not exist")


class InvalidChangeSetStatus(ServiceException):  # type: ignore[misc]  # moto has no types
    """The change set is in no state in which this can be done."""

    code = "InvalidChangeSetStatusException"


class InsufficientCapabilities(ServiceException):  # type: ignore[misc]  # moto has no types
    """The template makes what its user has not agreed to."""

    code = "InsufficientCapabilitiesException"

    def __init__(self, needed: str) -> None:
        super().__init__(f"Requires capabilities : [{needed}]")
