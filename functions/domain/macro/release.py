"""A release: the aliases that one gate moves, with all that is said of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.input.model import MAX_FUNCTIONS
from domain.macro.aliases import Alias
from domain.macro.metadata import Keys
from domain.macro.problems import Problems
from domain.macro.settings import Settings
from domain.model.text import show


@dataclass(frozen=True)
class Release:
    """One alias, or those of a group. `name` is the logical id that its gate will have."""

    name: str
    aliases: tuple[Alias, ...]
    settings: Settings

    @property
    def called(self) -> list[str]:
        """What the metadata calls its aliases."""
        return [alias.called for alias in self.aliases]

    @property
    def group(self) -> bool:
        """Tell whether it is a group, also one of a single function."""
        return "group" in self.settings.own


def releases_of(wanted: Iterable[tuple[Alias, Settings]], problems: Problems) -> list[Release]:
    """Put the aliases together that name the same group; every other is a release of its own."""
    groups: dict[str, list[tuple[Alias, Settings]]] = {}
    releases = []
    for alias, settings in wanted:
        group = settings.own.get("group")
        if isinstance(group, str):
            groups.setdefault(group, []).append((alias, settings))
        else:
            releases.append(Release(f"{alias.name}Rollout", (alias,), settings))
    return releases + [_together(name, members, problems) for name, members in groups.items()]


def _together(name: str, members: list[tuple[Alias, Settings]], problems: Problems) -> Release:
    aliases = tuple(alias for alias, _ in members)
    called = [alias.called for alias in aliases]
    if len(members) > MAX_FUNCTIONS:
        problems.about(
            called, f"group {name}: has {len(members)} functions; allowed: up to {MAX_FUNCTIONS}"
        )
    conditions = {alias.name: alias.body.get("Condition") for alias in aliases}
    if len(set(map(show, conditions.values()))) > 1:
        told = ", ".join(f"{one} {condition or 'none'}" for one, condition in conditions.items())
        problems.about(
            called,
            f"group {name}: its aliases have different Conditions ({told}); all of a group are "
            "there, or none",
        )
    rollout = _united(name, called, [settings.rollout for _, settings in members], problems)
    own = _united(name, called, [settings.own for _, settings in members], problems)
    direct = any(settings.direct for _, settings in members)
    return Release(f"{name}Rollout", aliases, Settings(True, direct, own, rollout))


def _united(group: str, called: list[str], said: list[Keys], problems: Problems) -> Keys:
    """Unite what the members say: alarms are added up, and nothing else may differ."""
    united: dict[str, Any] = {}
    for keys in said:
        for name, value in keys.items():
            before = united.setdefault(name, value)
            if name == "alarms" and isinstance(before, list) and isinstance(value, list):
                united[name] = before + [one for one in value if one not in before]
            elif before != value:
                problems.about(
                    called,
                    f"group {group}: its members say different {name}: {show(before)} and "
                    f"{show(value)}; say it in one of them, or the same in all",
                )
    return united
