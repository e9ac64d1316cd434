"""Using a key: which one is named, and why whoever calls cannot use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from moto.kms.models import kms_backends

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.gateway import Caller, caller
from sandbox.services.iam import Gate
from sandbox.services.iam.requests import Context, Request

#: What sending to an encrypted topic or queue takes.
TO_SEND = ("kms:GenerateDataKey", "kms:Decrypt")
#: What CloudWatch Logs needs: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
TO_LOG = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
)
LOGS = f"logs.{REGION}.amazonaws.com"

Reason = Literal["AccessDenied", "Disabled", "InvalidState", "NotFound"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a key cannot be used."""

    reason: Reason
    message: str


class Keys:
    """Who may use which key for what."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def refuse_sending(self, key: str, via: str) -> Refusal | None:
        """Why whoever calls in this thread cannot send what service `via` encrypts; None: he can.

        The keys that AWS manages let the account's own principals send, but no service that acts by
        itself, and nobody can change their policies:
        https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        """
        who = caller()
        if key.rpartition(":")[2].startswith("alias/aws/"):
            if who.service is None or who.role is not None:
                return None
            words = f"User: {who.service} is not authorized to perform: {TO_SEND[0]} on {key}"
            return Refusal("AccessDenied", words)
        return self._refuse(
            key, who, TO_SEND, (("kms:viaservice", (f"{via}.{REGION}.amazonaws.com",)),)
        )

    def refuse_logging(self, key: str, log_group_arn: str) -> Refusal | None:
        who = Caller(LOGS, service=LOGS, source=log_group_arn)
        context = (("kms:encryptioncontext:aws:logs:arn", (log_group_arn,)),)
        return self._refuse(key, who, TO_LOG, context)

    def _refuse(
        self, named: str, who: Caller, actions: tuple[str, ...], context: Context
    ) -> Refusal | None:
        key = _find(named)
        if key is None:
            return Refusal("NotFound", f"{named} does not exist")
        if key.key_state == "Disabled":
            return Refusal("Disabled", f"{key.arn} is disabled.")
        if key.key_state != "Enabled":
            return Refusal("InvalidState", f"{key.arn} is pending deletion.")
        for action in actions:
            request = Request(action, key.arn, context)
            words = self._gate.refused_by_key(who, request, key.policy)
            if words is not None:
                return Refusal("AccessDenied", words)
        return None


def _find(named: str) -> Any | None:
    """Find the moto key by its id, its ARN, its alias or that one's ARN."""
    backend = kms_backends[ACCOUNT][REGION]
    alias = backend.get_alias_name(named)
    if not alias.startswith("alias/"):
        return backend.keys.get(backend.get_key_id(named))
    return next((key for key in backend.keys.values() if alias in key.aliases), None)
