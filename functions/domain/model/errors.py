"""How a rollout can end badly: the error names that users see.

`make docs` writes the first sentence of each into README's table.
"""

from typing import TypedDict


class Failure(TypedDict):
    """An error with its cause, under the keys that Step Functions' Catch writes."""

    Error: str
    Cause: str


class RolloutError(Exception):
    """A defined bad end. The class name is the execution's Error, the message its Cause."""


class InvalidInput(RolloutError):  # noqa: N818 (users see these names)
    """The input breaks its own rules; nothing has changed."""


class PreflightFailed(RolloutError):  # noqa: N818
    """The account does not allow this rollout; nothing has changed."""


class HealthCheckFailed(RolloutError):  # noqa: N818
    """A check failed, or could not be made three times in a row; rolled back."""


class HookFailed(RolloutError):  # noqa: N818
    """A hook said so, failed or kept silent; rolled back."""


class RolledBackByOperator(RolloutError):  # noqa: N818
    """An operator ordered it; rolled back."""


class ApprovalTimedOut(RolloutError):  # noqa: N818
    """Nobody approved or resumed in time; rolled back."""


class InsufficientData(RolloutError):  # noqa: N818
    """Too few calls, and `on-insufficient-data` is `roll-back`; rolled back."""


class AliasChanged(RolloutError):  # noqa: N818
    """Somebody else changed an alias; it stays as they left it, the others are rolled back."""


class RollbackFailed(RolloutError):  # noqa: N818
    """An alias could not be given back: look at it now."""


class InternalError(RolloutError):
    """Anything else, such as a crash, a time-out or a denied call; rolled back."""


class VersionDeleted(Exception):  # noqa: N818
    """A version that an alias was to route to is gone; an InternalError to users."""


class AwsUnavailable(Exception):  # noqa: N818 (named like the state machine's retrier)
    """AWS throttled or failed on its side after every retry; the state machine tries again."""


class StackUpdated(Exception):  # noqa: N818
    """The rollout began under another release of this stack, whose state tasks do not read."""


DEFINED = frozenset(kind.__name__ for kind in RolloutError.__subclasses__())
