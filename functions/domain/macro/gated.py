"""The macro: a template with a gate before every alias that is to be released gradually."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.limits.stack_time import longest, scheduled
from domain.macro import leftovers, order
from domain.macro.codedeploy import group_of
from domain.macro.intrinsics import referred
from domain.macro.metadata import KEY, Keys, taken
from domain.macro.problems import Problems
from domain.macro.release import Release, releases_of
from domain.macro.resources import Resources, type_of
from domain.macro.rollout import checked, property_of
from domain.macro.wanted import wanted_of
from domain.macro.writing import write
from domain.model.naming import Home
from domain.model.text import cut

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_MOST_RESOURCES = 500
_SAM_FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True)
class Surroundings:
    """What the macro knows besides the template: the parameters' values, and where it runs.

    `export` is the name under which lambda-canary's stack exports its gate.
    """

    parameters: Mapping[str, Any]
    export: str
    home: Home


def gated(fragment: object, surroundings: Surroundings) -> dict[str, Any]:
    """Return the template with its gates. Raises TemplateRefused, and changes nothing itself."""
    problems = Problems()
    template = _whole(fragment, problems)
    problems.raise_any()
    resources: Resources = template["Resources"]
    defaults, said = taken(template, problems)
    parameters = _readable(template, surroundings.parameters)
    wanted = wanted_of(resources, defaults, said, parameters, problems)
    groups = {alias.function: group_of(alias, resources) for alias, _ in wanted}
    releases = releases_of(wanted, problems)
    lasting: dict[str, int] = {}
    written: list[Release] = []
    for release in releases:
        if release.name in resources:
            problems.about(
                release.called, f"{release.name}: would be the name of a gate; name it otherwise"
            )
        rollout, seconds = _rollout(release, parameters, surroundings.home, problems)
        if all(alias.version for alias in release.aliases):
            write(resources, release, rollout, surroundings.export)
            written.append(release)
            lasting[release.name] = seconds
    _unknown(template, written, problems)
    order.cycles(resources, written, problems)
    order.overlong(resources, written, lasting, problems)
    leftovers.without(template, groups)
    if releases and len(resources) > _MOST_RESOURCES:
        problems.of_template(
            f"it has {len(resources)} resources with its gates; allowed: up to {_MOST_RESOURCES}"
        )
    problems.raise_any()
    return template


def _whole(fragment: object, problems: Problems) -> dict[str, Any]:
    """Return a copy of the template, if it is one and SAM has been there."""
    if not isinstance(fragment, dict) or not isinstance(fragment.get("Resources"), dict):
        problems.of_template(f"it has no Resources; {KEY} belongs to the Transform of the whole")
        return {}
    if any(type_of(resource) == _SAM_FUNCTION for resource in fragment["Resources"].values()):
        problems.of_template(
            f"SAM comes first; write Transform: [AWS::Serverless-2016-10-31, {KEY}]"
        )
    return copy.deepcopy(fragment)


def _readable(template: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the parameters that no message may repeat, and those that are no single value."""
    declared = template.get("Parameters")
    return {
        name: given[name]
        for name, one in (declared.items() if isinstance(declared, dict) else ())
        if name in given
        and isinstance(one, dict)
        and one.get("Type") in ("String", "Number")
        and not one.get("NoEcho")
    }


def _rollout(
    release: Release, parameters: Mapping[str, Any], home: Home, problems: Problems
) -> tuple[Keys, int]:
    """Check a rollout, and return the gate's property and the seconds it may take, if known."""
    rollout = scheduled(release.settings.rollout)
    keys, wrong = property_of(rollout)
    request, refused = checked(keys, parameters, home)
    if release.settings.direct:
        return keys, 0
    for text in [*wrong, *refused]:
        problems.of_rollout(release.called[0], text)
    return keys, longest(request.settings) if request else 0


def _unknown(template: dict[str, Any], releases: list[Release], problems: Problems) -> None:
    """Name what metadata refers to and nobody declares, which no linter sees there."""
    declared = {*template["Resources"], *(template.get("Parameters") or {})}
    for release in releases:
        said = [release.settings.rollout, release.settings.own]
        for name in dict.fromkeys(referred(said)):
            if name not in declared and not name.startswith("AWS::"):
                problems.about(
                    release.called,
                    f"{release.called[0]}: refers to {cut(name)}, which is not in the template",
                )
