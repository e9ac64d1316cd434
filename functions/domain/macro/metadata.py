"""What a template's metadata says of rollouts, read and taken out of it."""

from typing import Any

from domain.macro.problems import Problems
from domain.macro.resources import ALIAS, FUNCTION, Resources, type_of
from domain.model.text import cut, kind

KEY = "LambdaCanary"
DEFAULTS = "defaults"

Keys = dict[str, Any]


def taken(template: dict[str, Any], problems: Problems) -> tuple[Keys, dict[str, Keys]]:
    """Take the metadata out of the template: the defaults, and what is said of each logical id."""
    resources: Resources = template["Resources"]
    said: dict[str, Keys] = {}
    top = _popped(template, "the template's Metadata", problems)
    for name, keys in (top or {}).items():
        if isinstance(keys, dict):
            said[name] = keys
        else:
            problems.of_template(
                f"Metadata.{KEY}.{cut(str(name))}: {kind(keys)} was given; allowed: an object with "
                "keys of the input, {} for the defaults"
            )
    defaults = said.pop(DEFAULTS, {})
    for name, resource in resources.items():
        keys = _popped(resource, f"the Metadata of {name}", problems)
        if keys is None:
            continue
        if (found := type_of(resource)) not in (FUNCTION, ALIAS):
            problems.of_template(
                f"{name}: is {found or 'no resource'}; {KEY} stands in the metadata of a function, "
                "of an alias or of the template"
            )
        elif name in said:
            problems.of_template(
                f"{name}: is in the template's Metadata.{KEY} and in its own; keep one"
            )
        else:
            said[name] = keys
    return defaults, said


def _popped(holder: object, where: str, problems: Problems) -> Keys | None:
    metadata = holder.get("Metadata") if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or not isinstance(metadata, dict) or KEY not in metadata:
        return None
    keys = metadata.pop(KEY)
    if not metadata:
        del holder["Metadata"]
    if isinstance(keys, dict):
        return keys
    problems.of_template(f"{where}: {KEY} is {kind(keys)}; allowed: an object")
    return None
