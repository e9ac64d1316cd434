"""What CloudWatch refuses, as plain exceptions; `api` turns them into the wire's errors."""


class RefusedError(Exception):
    """A request that AWS refuses too: the error code and message a client sees."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnsupportedError(RefusedError):
    """A request that AWS would answer and the sandbox does not model: never answered wrongly."""

    def __init__(self, what: str) -> None:
        super().__init__("SandboxNotImplemented", f"the sandbox does not model {what}")


def validation_error(message: str) -> RefusedError:
    """Make the error that CloudWatch calls ValidationError."""
    return RefusedError("ValidationError", message)


def invalid_value(message: str) -> RefusedError:
    """Make the error that CloudWatch calls InvalidParameterValue."""
    return RefusedError("InvalidParameterValue", message)
