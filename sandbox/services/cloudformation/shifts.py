"""Aliases that CodeDeploy would shift: known, but not done here.

On an alias's creation CodeDeploy has no part, nor on an update that leaves its version alone:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.services.cloudformation.intrinsics import intrinsic
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.cloudformation.template import Template

ALIAS = "AWS::Lambda::Alias"
_SHIFT = "CodeDeployLambdaAliasUpdate"


def problems(
    template: Template, created: Iterable[str], stack: Stack, condition: Callable[[str], bool]
) -> Iterator[str]:
    """Say which update policies are not known, and which aliases would be shifted."""
    before = stack.template.get("Resources", {})
    for logical_id in created:
        resource = template["Resources"][logical_id]
        policy = _chosen(resource.get("UpdatePolicy"), condition)
        if policy is None:
            continue
        at = f"{logical_id} ({resource.get('Type')})"
        if resource.get("Type") != ALIAS or not isinstance(policy, dict) or {*policy} != {_SHIFT}:
            yield f"{at}: an UpdatePolicy other than an alias's {_SHIFT} is not supported"
        elif logical_id in before and _version(before[logical_id]) != _version(resource):
            yield (
                f"{at}: its UpdatePolicy has CodeDeploy shift it to the new version, which the "
                "sandbox does not do"
            )


def _chosen(policy: Any, condition: Callable[[str], bool]) -> Any:
    """Return the policy that an Fn::If leaves; None where there is none."""
    function = intrinsic(policy)
    if function is not None and function[0] == "Fn::If":
        test, then, otherwise = function[1]
        return _chosen(then if condition(test) else otherwise, condition)
    return None if function == ("Ref", "AWS::NoValue") else policy


def _version(alias: dict[str, Any]) -> Any:
    return alias.get("Properties", {}).get("FunctionVersion")
