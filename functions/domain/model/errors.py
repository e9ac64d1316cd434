"""How a rollout can end badly: the error names that users see (README, "Result")."""

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
    """The account is not in a state from which this rollout could start; nothing has changed."""


class HealthCheckFailed(RolloutError):  # noqa: N818
    """A check failed, or could not be made three times in a row."""


class HookFailed(RolloutError):  # noqa: N818
    """A hook said so, failed, or kept silent for too long."""


class RolledBackByOperator(RolloutError):  # noqa: N818
    """An operator ordered it."""


class ApprovalTimedOut(RolloutError):  # noqa: N818
    """Nobody approved in time."""


class InsufficientData(RolloutError):  # noqa: N818
    """Too few calls reached the canary in the time allowed to judge it."""


class AliasChanged(RolloutError):  # noqa: N818
    """Somebody else changed an alias during the rollout; it stays as they left it."""


class RollbackFailed(RolloutError):  # noqa: N818
    """An alias could not be given back to its baseline."""


class InternalError(RolloutError):
    """Anything that has no name of its own: a crash, a time-out, a refused AWS call."""


class AwsUnavailable(Exception):  # noqa: N818 (named like the state machine's retrier)
    """AWS throttled or failed on its side after every retry; the state machine tries again."""


class StackUpdated(Exception):  # noqa: N818
    """The rollout began under another release of this stack, whose state tasks do not read."""


DEFINED = frozenset(kind.__name__ for kind in RolloutError.__subclasses__())
