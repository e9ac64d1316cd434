"""A promised figure, as measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`what`, in its unit, and the most it may be."""

    what: str
    measured: float
    limit: float
    unit: str = ""

    @property
    def kept(self) -> bool:
        return self.measured <= self.limit

    def __str__(self) -> str:
        word = "ok  " if self.kept else "MISS"
        measured, limit = (f"{value:.2f}".rstrip("0").rstrip(".") for value in self._values)
        return f"{word}  {self.what:<58} {measured:>8}   at most {limit} {self.unit}".rstrip()

    @property
    def _values(self) -> tuple[float, float]:
        return self.measured, self.limit
