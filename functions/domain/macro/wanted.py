"""Which aliases of a template are to have a gate, and what is said of each."""

from collections.abc import Mapping
from typing import Any

from domain.input.problems import unknown
from domain.macro.aliases import Alias, aliases_of
from domain.macro.codedeploy import NO_VALUE, POLICY, has_preference, taken_over
from domain.macro.metadata import KEY, Keys
from domain.macro.problems import Problems
from domain.macro.resources import ALIAS, FUNCTION, Resources, type_of
from domain.macro.settings import Settings, layered, settings_of
from domain.model.text import show


def wanted_of(
    resources: Resources,
    defaults: Keys,
    said: Mapping[str, Keys],
    parameters: Mapping[str, Any],
    problems: Problems,
) -> list[tuple[Alias, Settings]]:
    """Find those that metadata names, and those that CodeDeploy moves, but for `gate: false`."""
    aliases = aliases_of(resources)
    names: dict[str, list[str]] = {alias.name: [] for alias in aliases}
    for name in said:
        whose = [alias for alias in aliases if name in (alias.name, alias.function)]
        if len(whose) == 1:
            names[whose[0].name].append(name)
        else:
            problems.of_template(_whose(name, whose, resources))
    for alias in aliases:
        if len(names[alias.name]) > 1:
            both = " and ".join(names[alias.name])
            problems.of_template(f"{both}: metadata of both is about one alias; keep one")
    if defaults and not said and not any(has_preference(alias) for alias in aliases):
        problems.of_template(
            f"Metadata.{KEY} has defaults and names no function; name those to release "
            "gradually, with {} where the defaults say it all"
        )
    found = []
    for alias in aliases:
        own = {name: value for each in names[alias.name] for name, value in said[each].items()}
        if names[alias.name] or has_preference(alias):
            settings = _settings(alias, resources, defaults, own, parameters, problems)
            if settings.gate:
                found.append((alias, settings))
    return found


def _settings(
    alias: Alias,
    resources: Resources,
    defaults: Keys,
    own: Keys,
    parameters: Mapping[str, Any],
    problems: Problems,
) -> Settings:
    keys, unclear = layered(defaults, own), list[str]()
    if has_preference(alias):
        preference, unclear = taken_over(alias, resources, own, keys, parameters)
        keys = layered(defaults, preference, own)
    settings, wrong = settings_of(keys, parameters)
    if settings.gate:
        for text in [*wrong, *_of_alias(alias)]:
            problems.of_alias(alias.called, text)
        if not settings.direct:
            for text in [*unclear, *_of_traffic(alias)]:
                problems.of_rollout(alias.called, text)
    return settings


def _whose(name: str, whose: list[Alias], resources: Resources) -> str:
    if whose:
        return f"{name}: has the aliases {', '.join(one.name for one in whose)}; name one of them"
    if type_of(resources.get(name)) == FUNCTION:
        return f"{name}: has no alias in this template; with SAM, give it AutoPublishAlias"
    known = [one for one, it in resources.items() if type_of(it) in (FUNCTION, ALIAS)]
    return unknown((f"Metadata.{KEY}", name), known)


def _of_alias(alias: Alias) -> list[str]:
    problems = []
    if alias.gate:
        problems.append(f"has a gate already, {alias.gate}")
    elif not alias.version:
        problems.append(
            f"FunctionVersion is {show(alias.properties.get('FunctionVersion'))}; allowed: !GetAtt "
            "of the Version of an AWS::Lambda::Version in this template"
        )
    if set(alias.body.get("UpdatePolicy") or {}) - {POLICY}:
        problems.append("has an UpdatePolicy that is no plain CodeDeployLambdaAliasUpdate")
    return problems


def _of_traffic(alias: Alias) -> list[str]:
    there = {
        "ProvisionedConcurrencyConfig": "Lambda weights no alias that has it; put it elsewhere",
        "RoutingConfig": "its weights are the rollout's; leave it out",
    }
    return [
        f"its alias has {name}: {why}"
        for name, why in there.items()
        if alias.properties.get(name, NO_VALUE) != NO_VALUE
    ]
