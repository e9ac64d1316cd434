"""Systems Manager: parameters, by moto alone."""

from __future__ import annotations

from sandbox.kernel.imports import load
from sandbox.services.account import Account

# EC2, of whose instances moto's Systems Manager can tell, takes longer to import than most else.
load("moto.ssm.models", without="moto.ec2", name="ec2_backends", value={})


def install(_account: Account) -> None:
    """Change nothing: moto does as AWS does."""
