"""What a template does that whoever deploys it must have agreed to.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html
"""

from __future__ import annotations

from collections.abc import Collection

from sandbox.services.cloudformation.template import Template

IAM, NAMED_IAM, AUTO_EXPAND = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"
ALL = (IAM, NAMED_IAM, AUTO_EXPAND)

# The types that need agreement, each with the property that names such a resource.
_NAMES = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}


def required(template: Template) -> str | None:
    """Return the capability that the template's resources require, if they do."""
    needed = None
    for resource in template["Resources"].values():
        if resource.get("Type") in _NAMES:
            named = _NAMES[resource["Type"]] in resource.get("Properties", {})
            needed = NAMED_IAM if named else needed or IAM
    return needed


def responsible(template: Template) -> list[str]:
    """Return the types of those resources."""
    return sorted({resource.get("Type") for resource in template["Resources"].values()} & {*_NAMES})


def agreed(needed: str | None, given: Collection[str]) -> bool:
    """Whoever agrees to names agrees to the rest."""
    return needed is None or needed in given or NAMED_IAM in given
