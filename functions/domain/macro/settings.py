"""How one alias is released: what its metadata, its deployment preference and the defaults say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.input.model import RolloutInput, TargetInput
from domain.input.problems import unknown
from domain.input.validation import allowed_by
from domain.limits.stack_time import SCHEDULE
from domain.macro.intrinsics import parameter_value
from domain.macro.metadata import Keys
from domain.model.text import show

# The macro's own keys, with what is allowed for each.
OWN = {
    "gate": "true or false",
    "mode": "direct or gradual, or a Ref to a parameter that is one of them",
    "group": "letters and digits: the name of functions that are released as one",
    "caller-session": "accepted",
    "triggers": "ignore",
}
_TRUTH = {"true": True, "false": False}
# Keys of the input that the resource itself says, or that make no sense in a template.
_SAID_BY_TEMPLATE = {*allowed_by(TargetInput), "functions", "create-alias", "dry-run"}
ROLLOUT = sorted(allowed_by(RolloutInput).keys() - _SAID_BY_TEMPLATE)


@dataclass(frozen=True)
class Settings:
    """`rollout` has keys of the input, and `own` those of the macro, both as they are written."""

    gate: bool
    direct: bool
    own: Keys
    rollout: Keys


def layered(*layers: Keys) -> Keys:
    """Put each layer over those before it; what one says of the schedule is all of it."""
    result: Keys = {}
    for layer in layers:
        if layer.keys() & SCHEDULE:
            result = {name: value for name, value in result.items() if name not in SCHEDULE}
        result = {**result, **layer}
    return result


def settings_of(keys: Keys, parameters: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    """Tell the macro's keys from those of the input, and name what is wrong with them."""
    own = {name: value for name, value in keys.items() if name in OWN}
    rollout = {name: value for name, value in keys.items() if name in ROLLOUT}
    problems = []
    for name in keys:
        if name in _SAID_BY_TEMPLATE:
            problems.append(f"{name}: the template itself says it; leave it out")
        elif name not in OWN and name not in ROLLOUT:
            problems.append(unknown((name,), [*ROLLOUT, *OWN]))
    now = {name: parameter_value(value, parameters) for name, value in own.items()}
    gate = _TRUTH.get(str(now.get("gate", True)).lower())
    known: dict[str, bool] = {
        "gate": gate is not None,
        "mode": isinstance(now.get("mode"), dict)
        or now.get("mode", "") in ("direct", "gradual", ""),
        "group": "group" not in own or (isinstance(own["group"], str) and _plain(own["group"])),
        "caller-session": isinstance(now.get("caller-session"), dict)
        or now.get("caller-session", "") in ("accepted", ""),
        "triggers": now.get("triggers", "ignore") == "ignore",
    }
    problems += [
        f"{name}: {show(now[name])} was given; allowed: {OWN[name]}"
        for name, sound in known.items()
        if not sound
    ]
    return Settings(gate is not False, now.get("mode") == "direct", own, rollout), problems


def _plain(text: str) -> bool:
    return text.isascii() and text.isalnum()
