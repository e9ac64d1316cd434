"""IAM: who may do what, by the policies that roles and resources have.

Everybody is held to them but the operator, who is an administrator.
"""

from __future__ import annotations

from sandbox.services.account import Account
from sandbox.services.iam import aws_policies
from sandbox.services.iam.gate import Gate

__all__ = ["Gate", "install"]


def install(account: Account) -> None:
    """Make policies known, and judge calls by them."""
    aws_policies.install(account.patches)
    account.iam = Gate()
