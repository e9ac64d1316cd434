from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.kernel.environment import ACCOUNT, REGION, isolated_environment
from sandbox.kernel.patches import Patches
from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import CloudFormation, Engine
from sandbox.services.iam import aws_policies


@functools.cache
def _client(service: str) -> Any:
    make: Any = boto3.client  # its type knows the services by name
    return make(service)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Make an engine in an empty account: hardly more than moto, which starts faster."""
    patches = Patches()
    with isolated_environment(), mock_aws():
        aws_policies.install(patches)
        yield Engine(_client, REGION, ACCOUNT)
        patches.undo()


@pytest.fixture
def cloudformation(sandbox: Sandbox) -> CloudFormation:
    return sandbox.cloudformation
