"""KMS: keys of moto's, which others than the account's administrators use as policies let them."""

from __future__ import annotations

from sandbox.iam import Gate
from sandbox.kms import encrypted
from sandbox.kms.keys import Keys
from sandbox.patches import Patches


def install(patches: Patches, gate: Gate) -> None:
    """Have keys checked by whatever is encrypted."""
    encrypted.install(patches, Keys(gate))
