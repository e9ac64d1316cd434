from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox import iam
from sandbox.awslambda import configuration
from sandbox.cloudformation import CloudFormation, Engine
from sandbox.environment import ACCOUNT, REGION, isolated_environment
from sandbox.patches import Patches


@functools.cache
def _client(service: str) -> Any:
    return boto3.client(service)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine in an empty account."""
    config = {"stepfunctions": {"execute_state_machine": True}}
    patches = Patches()
    with isolated_environment(), mock_aws(config=config):
        iam.install(patches)
        configuration.install(patches)
        yield Engine(_client, REGION, ACCOUNT)
        patches.undo()


@pytest.fixture
def cloudformation(engine: Engine) -> CloudFormation:
    return CloudFormation(engine)
