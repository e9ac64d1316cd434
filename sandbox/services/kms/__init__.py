"""KMS: keys of moto's, which others than the account's administrators use as policies let them."""

from __future__ import annotations

from sandbox.services.account import Account
from sandbox.services.kms import encrypted
from sandbox.services.kms.keys import Keys


def install(account: Account) -> None:
    """Have keys checked by whatever is encrypted."""
    encrypted.install(account.patches, Keys(account.iam))
