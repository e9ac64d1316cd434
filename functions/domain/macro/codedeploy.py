"""What an alias's deployment preference becomes: CodeDeploy's configuration, alarms and hooks.

SAM's `DeploymentPreference` and the CDK's LambdaDeploymentGroup both are an UpdatePolicy on the
alias, which names a deployment group: https://docs.aws.amazon.com/AWSCloudFormation/latest/
TemplateReference/aws-attribute-updatepolicy.html
"""

from collections.abc import Mapping
from typing import Any

from domain.limits.stack_time import SCHEDULE
from domain.macro.aliases import Alias
from domain.macro.intrinsics import intrinsic, parameter_value
from domain.macro.metadata import Keys
from domain.macro.resources import DEPLOYMENT_GROUP, Resources, properties, type_of
from domain.model.schedule import codedeploy
from domain.model.text import show

POLICY = "CodeDeployLambdaAliasUpdate"
NO_VALUE = {"Ref": "AWS::NoValue"}
_PREFIX = "CodeDeployDefault.Lambda"
_HOOKS = {"BeforeAllowTrafficHook": "pre-traffic", "AfterAllowTrafficHook": "post-traffic"}


class Unclear(ValueError):  # noqa: N818
    """It cannot be told from the template what this becomes."""


def has_preference(alias: Alias) -> bool:
    """Tell whether CodeDeploy moves the alias."""
    policy = alias.body.get("UpdatePolicy")
    return isinstance(policy, dict) and POLICY in policy


def group_of(alias: Alias, resources: Resources) -> str:
    """Return the logical id of the alias's deployment group, where the template has it."""
    name = _policy(alias).get("DeploymentGroupName")
    group = name.get("Ref") if isinstance(name, dict) else None
    known = isinstance(group, str) and type_of(resources.get(group)) == DEPLOYMENT_GROUP
    return str(group) if known else ""


def taken_over(
    alias: Alias, resources: Resources, own: Keys, said: Keys, parameters: Mapping[str, Any]
) -> tuple[Keys, list[str]]:
    """Return the keys of the input that the preference becomes, and what it cannot become.

    What its `own` metadata says takes the preference's place; what is `said` anywhere, also by the
    defaults, goes where the preference cannot be read.
    """
    keys: Keys = {}
    problems = [] if "hooks" in said else _of_hooks(alias)
    group = properties(resources.get(group_of(alias, resources)))
    configuration = group.get("DeploymentConfigName")
    if not own.keys() & SCHEDULE:
        try:
            keys["type"] = _configuration(configuration, parameters)
        except Unclear:
            if not said.keys() & SCHEDULE:
                problems.append(
                    f"what its CodeDeploy configuration {show(configuration)} does is not in the "
                    "template; say `type` or `weights` in its metadata"
                )
    if "alarms" not in own:
        try:
            if not group:
                raise Unclear
            if (alarms := _alarms(group.get("AlarmConfiguration"), parameters)) != NO_VALUE:
                keys["alarms"] = alarms
        except Unclear:
            if "alarms" not in said:
                problems.append(
                    "which alarms its deployment group has cannot be told from the template; say "
                    "`alarms` in its metadata ([] for none)"
                )
    told = group.get("TriggerConfigurations", NO_VALUE) not in (NO_VALUE, [])
    if told and "triggers" not in said:
        problems.append(
            "its deployment group tells topics (TriggerConfigurations), and rollouts tell that of "
            "lambda-canary's stack; say `triggers: ignore` in its metadata"
        )
    return keys, problems


def _policy(alias: Alias) -> dict[str, Any]:
    policy = alias.body.get("UpdatePolicy")
    found = policy.get(POLICY) if isinstance(policy, dict) else None
    return found if isinstance(found, dict) else {}


def _of_hooks(alias: Alias) -> list[str]:
    policy = _policy(alias)
    hooks = {
        ours: policy[theirs]
        for theirs, ours in _HOOKS.items()
        if policy.get(theirs, NO_VALUE) not in (NO_VALUE, "")
    }
    if not hooks:
        return []
    written = ", ".join(f"{name}: {_as_yaml(function)}" for name, function in hooks.items())
    return [
        "its CodeDeploy hooks are asked in another way by rollouts; once they answer as "
        f"docs/hooks.md says, write `hooks: {{{written}}}` in its metadata, or `hooks: {{}}` to "
        "release without them"
    ]


def _as_yaml(value: object) -> str:
    return f"!Ref {value['Ref']}" if isinstance(value, dict) and "Ref" in value else show(value)


def _configuration(value: object, parameters: Mapping[str, Any]) -> Any:
    """Return the `type` that is this configuration's name. Raises Unclear."""
    if isinstance(value, str):
        if codedeploy(value) is None:
            raise Unclear
        return value.removeprefix(_PREFIX)
    function = intrinsic(value)
    inner = value[function] if function and isinstance(value, dict) else None
    if function == "Ref" and isinstance(inner, str):
        now = parameter_value(value, parameters)
        if isinstance(now, str) and codedeploy(now) is not None:
            return value
    if function == "Fn::Sub":
        if isinstance(inner, str) and "$" not in inner:
            return _configuration(inner, parameters)
        match inner:  # what SAM makes of a configuration's short name
            case ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": name, **rest}] if (
                not rest
            ):
                return _configuration(name, parameters)
    if function == "Fn::If" and isinstance(inner, list) and len(inner) == 3:
        return {"Fn::If": [inner[0], *(_configuration(one, parameters) for one in inner[1:])]}
    raise Unclear


def _alarms(value: object, parameters: Mapping[str, Any]) -> Any:
    """Return the `alarms` of an AlarmConfiguration; NO_VALUE for none. Raises Unclear."""
    if value is None or value == NO_VALUE or value == {}:
        return NO_VALUE
    if branches := _branches(value):
        return _either(branches, [_alarms(one, parameters) for one in branches[1:]])
    if not isinstance(value, dict) or intrinsic(value):
        raise Unclear
    enabled = parameter_value(value.get("Enabled", True), parameters)
    if str(enabled).lower() not in ("true", "false"):
        raise Unclear
    return _names(value.get("Alarms")) if str(enabled).lower() == "true" else NO_VALUE


def _names(value: object) -> Any:
    if value is None or value == NO_VALUE or value == []:
        return NO_VALUE
    if branches := _branches(value):
        return _either(branches, [_names(one) for one in branches[1:]])
    if not isinstance(value, list):
        raise Unclear
    return [_name(one) for one in value]


def _name(value: object) -> Any:
    if value == NO_VALUE:
        return NO_VALUE
    if branches := _branches(value):
        return _either(branches, [_name(one) for one in branches[1:]])
    if not isinstance(value, dict) or value.keys() != {"Name"}:
        raise Unclear
    return value["Name"]


def _branches(value: object) -> list[Any] | None:
    inner = value.get("Fn::If") if isinstance(value, dict) and len(value) == 1 else None
    return inner if isinstance(inner, list) and len(inner) == 3 else None


def _either(branches: list[Any], made: list[Any]) -> Any:
    return NO_VALUE if made == [NO_VALUE, NO_VALUE] else {"Fn::If": [branches[0], *made]}
