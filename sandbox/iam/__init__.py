"""IAM: who may do what, by the policies that roles and resources have.

Everybody is held to them but the operator, who is an administrator.
"""

from __future__ import annotations

from sandbox.iam import aws_policies
from sandbox.iam.gate import Gate
from sandbox.patches import Patches

__all__ = ["Gate", "install"]


def install(patches: Patches) -> Gate:
    """Make policies known, and return the gate that judges by them."""
    aws_policies.install(patches)
    return Gate()
