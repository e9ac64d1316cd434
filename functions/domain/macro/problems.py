"""What hinders the macro, gathered so that one message names all of it and the ways past."""

from dataclasses import dataclass, field

from domain.model.text import joined, some


class TemplateRefused(Exception):  # noqa: N818 (what happened, as users read it)
    """The template cannot be given its gates; names every problem at once."""


@dataclass
class Problems:
    """The problems found so far, and the functions or aliases whose metadata goes past them."""

    found: list[str] = field(default_factory=list)
    past_by_gate: list[str] = field(default_factory=list)
    past_by_mode: list[str] = field(default_factory=list)

    def of_template(self, text: str) -> None:
        """Add one that no function's metadata goes past."""
        self.found.append(text)

    def about(self, names: list[str], text: str) -> None:
        """Add one that is gone where none of these aliases has a gate."""
        self.found.append(text)
        self.past_by_gate += names

    def of_alias(self, name: str, text: str) -> None:
        """Add one that is gone where that alias has no gate."""
        self.about([name], f"{name}: {text}")

    def of_rollout(self, name: str, text: str) -> None:
        """Add one that is gone where that alias is moved at once, or has no gate."""
        self.found.append(f"{name}: {text}")
        self.past_by_mode.append(name)

    def raise_any(self) -> None:
        """Raise TemplateRefused with all of them, unless there is none."""
        if self.found:
            raise TemplateRefused(joined(self.found, "the template") + self._ways_past())

    def _ways_past(self) -> str:
        by_gate = list(dict.fromkeys([*self.past_by_gate, *self.past_by_mode]))
        by_mode = [name for name in by_gate if name not in self.past_by_gate]
        ways = []
        if by_mode:
            ways.append(
                f"`mode: direct` in the metadata of {some(by_mode)} has the alias moved at once"
            )
        if by_gate:
            ways.append(
                f"`gate: false` in the metadata of {some(by_gate)} leaves the alias as it is"
            )
        return f". To deploy without a rollout: {'; '.join(ways)}" if ways else ""
