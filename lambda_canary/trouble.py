"""What went wrong, as a cause and what to do next, and the codes with which the command exits."""

PROMOTED, NOT_PROMOTED, REFUSED, LOST = 0, 1, 2, 3


class Trouble(Exception):  # noqa: N818 (it is told, not only raised)
    """What went wrong, and what to do; `code` is what the command exits with."""

    code = LOST

    def __init__(self, cause: str, then: str) -> None:
        super().__init__(cause)
        self.cause, self.then = cause, then


class Mistaken(Trouble):
    """What was asked for cannot be, and nothing was done."""

    code = REFUSED
