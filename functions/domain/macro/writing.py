"""What the macro writes: a gate, and the aliases behind it."""

from typing import Any

from domain.macro.aliases import Alias
from domain.macro.codedeploy import POLICY
from domain.macro.metadata import Keys
from domain.macro.release import Release
from domain.macro.resources import GATE, Resources, depends_on

_TIMEOUT = 3_600  # seconds, the most that CloudFormation waits
_OWN = {"mode": "Mode", "caller-session": "CallerSession"}


def write(resources: Resources, release: Release, rollout: Keys, export: str) -> None:
    """Put the gate before the first of its aliases, and the aliases behind it."""
    before = dict(resources)
    resources.clear()
    for name, resource in before.items():
        if name == release.aliases[0].name:
            resources[release.name] = _gate(release, rollout, export)
        resources[name] = resource
    for number, alias in enumerate(release.aliases, start=1):
        version = f"Version{number}" if release.group else "Version"
        alias.properties["FunctionVersion"] = {"Fn::GetAtt": [release.name, version]}
        _without_policy(alias)
        # The same build after a bad canary would else meet the version that the failed update left.
        resources[alias.version]["DeletionPolicy"] = "RetainExceptOnCreate"


def _gate(release: Release, rollout: Keys, export: str) -> dict[str, Any]:
    members = [_member(alias) for alias in release.aliases]
    gate: dict[str, Any] = {"Type": GATE}
    if condition := release.aliases[0].body.get("Condition"):
        gate["Condition"] = condition
    waits_for = [one for alias in release.aliases for one in depends_on(alias.body)]
    if waits_for:
        gate["DependsOn"] = list(dict.fromkeys(waits_for))
    gate["Properties"] = {
        "ServiceToken": {"Fn::ImportValue": export},
        "ServiceTimeout": _TIMEOUT,
        **({"Members": members} if release.group else members[0]),
        **({"Rollout": rollout} if rollout else {}),
        **{
            there: release.settings.own[here]
            for here, there in _OWN.items()
            if here in release.settings.own
        },
    }
    return gate


def _member(alias: Alias) -> dict[str, Any]:
    return {
        "FunctionName": alias.properties.get("FunctionName"),
        "AliasName": alias.properties.get("Name"),
        "NewVersion": alias.properties["FunctionVersion"],
    }


def _without_policy(alias: Alias) -> None:
    if POLICY in alias.body.get("UpdatePolicy", {}):
        del alias.body["UpdatePolicy"][POLICY]
        if not alias.body["UpdatePolicy"]:
            del alias.body["UpdatePolicy"]
