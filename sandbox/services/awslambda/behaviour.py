"""Functions that lines of the sandbox answer for, instead of a process that runs their code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What a version answered, and the virtual milliseconds that it took."""

    payload: bytes
    error: bool
    milliseconds: float


class Behaviour(Protocol):
    """How a function behaves, version by version; `now` is in seconds since the epoch."""

    def answer(self, version: str, event: bytes, now: float) -> Answer: ...


_behaviours: dict[str, Behaviour] = {}


def behave(function_name: str, behaviour: Behaviour) -> None:
    """Let `behaviour` answer every invocation of the function from now on."""
    _behaviours[function_name] = behaviour


def behaviour_of(function_name: str) -> Behaviour | None:
    """Return what stands in for this function's code, if anything does."""
    return _behaviours.get(function_name)


def forget_behaviours() -> None:
    """Let all functions run their own code again."""
    _behaviours.clear()
