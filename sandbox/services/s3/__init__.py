"""S3: what `sam deploy` keeps its artefacts in."""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from sandbox.kernel.patches import Patches
from sandbox.services.account import Account


def install(account: Account) -> None:
    """Store without asking bucket policies."""
    _leave_bucket_policies_unjudged(account.patches)


def _leave_bucket_policies_unjudged(patches: Patches) -> None:
    """Judge no bucket policies.

    For moto, a statement whose condition is not met denies: SAM's bucket denies calls without TLS,
    and would deny all.
    """

    def get_permission(_bucket: Any, _action: str, _resource: str) -> PermissionResult:
        return PermissionResult.NEUTRAL

    patches.replace(FakeBucket, "get_permission", get_permission)
