"""Attributes of moto replaced for as long as one sandbox lives."""

from __future__ import annotations

from typing import Any

_ABSENT = object()


class Patches:
    """Replaces, remembers, and puts everything back in the opposite order."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> Any:
        """Set `owner.name`, which must exist, and return what was there as `owner` yields it."""
        original = getattr(owner, name)
        # vars() keeps staticmethod and classmethod wrapped, which getattr() would unwrap.
        self._undo.append((owner, name, vars(owner).get(name, original)))
        setattr(owner, name, value)
        return original

    def add(self, owner: Any, name: str, value: Any) -> None:
        """Set `owner.name`, which moto does not have."""
        if hasattr(owner, name):
            raise AttributeError(f"{owner} has {name} already: replace it")
        self._undo.append((owner, name, _ABSENT))
        setattr(owner, name, value)

    def undo(self) -> None:
        while self._undo:
            owner, name, value = self._undo.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
