"""How, and with whose rights, an operation on a stack is carried out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.kernel.gateway import Caller


@dataclass(frozen=True)
class Order:
    """What whoever started an operation asked for besides the template."""

    caller: Caller | None = None
    """Who ordered it, if that was not the operator."""
    role: str | None = None
    """The stack's service role; without one CloudFormation has the caller's session."""
    session_ends: float = math.inf
    """When that session does, in seconds since the epoch."""
    token: str | None = None
    """The client's, which all events of the operation carry."""
    rolls_back: bool = True
    deletes_on_failure: bool = False
    """A creation that failed and was rolled back takes the stack along."""
    clears_weights: bool = False
    """An alias whose template has no weights is written with none, not without a word of them."""
    retains: bool = True
    """A rollback leaves what was made with DeletionPolicy Retain."""


PLAIN = Order()
