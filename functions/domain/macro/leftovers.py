"""CodeDeploy's resources that SAM made for a deployment preference, once nothing needs them."""

from typing import Any

from domain.macro.intrinsics import referred
from domain.macro.resources import Resources, depends_on, properties

_APPLICATION = "ServerlessDeploymentApplication"
_ROLE = "CodeDeployServiceRole"
_OF_GROUP = {
    "AlarmConfiguration",
    "ApplicationName",
    "AutoRollbackConfiguration",
    "DeploymentConfigName",
    "DeploymentStyle",
    "ServiceRoleArn",
    "TriggerConfigurations",
}
_OF_RESOURCE = {"Type", "Properties", "Condition"}
_TRUST = {
    "Action": ["sts:AssumeRole"],
    "Effect": "Allow",
    "Principal": {"Service": ["codedeploy.amazonaws.com"]},
}


def without(template: dict[str, Any], groups: dict[str, str]) -> None:
    """Take out those of the groups, by their function's logical id, that are just as SAM made them.

    Then SAM's application and role, where nothing refers to them any more.
    """
    resources: Resources = template["Resources"]
    taken = False
    for function, group in groups.items():
        if group == f"{function}DeploymentGroup" and _is_sams_group(resources[group]):
            taken |= _removed(template, group)
    if taken:
        if _is(resources.get(_APPLICATION), {"ComputePlatform"}):
            _removed(template, _APPLICATION)
        if _is_sams_role(resources.get(_ROLE)):
            _removed(template, _ROLE)


def _is(resource: object, allowed: set[str]) -> bool:
    return (
        isinstance(resource, dict)
        and resource.keys() <= _OF_RESOURCE
        and properties(resource).keys() <= allowed
    )


def _is_sams_group(group: object) -> bool:
    return _is(group, _OF_GROUP) and properties(group).get("ApplicationName") == {
        "Ref": _APPLICATION
    }


def _is_sams_role(role: object) -> bool:
    trust = properties(role).get("AssumeRolePolicyDocument")
    return (
        _is(role, {"AssumeRolePolicyDocument", "ManagedPolicyArns"})
        and isinstance(trust, dict)
        and trust.get("Statement") == [_TRUST]
    )


def _removed(template: dict[str, Any], name: str) -> bool:
    """Take a resource out, unless anything in the template refers to it."""
    resources: Resources = template["Resources"]
    others = [resource for other, resource in resources.items() if other != name]
    elsewhere = [template.get("Outputs"), template.get("Metadata")]
    if name in {
        *referred([*others, *elsewhere]),
        *(one for it in others for one in depends_on(it)),
    }:
        return False
    del resources[name]
    return True
