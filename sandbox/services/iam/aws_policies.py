"""AWS's own policies, which any role may have attached, or as its boundary."""

from __future__ import annotations

import functools
import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from sandbox.kernel.patches import Patches


def install(patches: Patches) -> None:
    """Make AWS's policies known, of which moto loads all 1,400 or none: 0.4 s for every sandbox.

    So each comes to be known when it is first attached.
    """

    def attach_role_policy(backend: Any, policy_arn: str, role_name: str) -> None:
        know(backend, policy_arn)
        original(backend, policy_arn, role_name)

    original = patches.replace(IAMBackend, "attach_role_policy", attach_role_policy)


def know(backend: Any, policy_arn: str) -> None:
    """Let the account have this policy, if it is one of AWS's."""
    if policy_arn not in backend.managed_policies and ":iam::aws:" in policy_arn:
        name = policy_arn.rpartition("/")[2]
        data = _aws_policies().get(name)
        if data is not None:
            policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
            backend.managed_policies[policy.arn] = policy


@functools.cache
def _aws_policies() -> dict[str, dict[str, Any]]:
    policies: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return policies
