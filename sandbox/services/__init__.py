"""AWS's services, each in a folder of its own and installed in the same way: `install(account)`.

moto keeps what they keep and speaks their protocols. Here is what it does not do, or not as AWS.
"""

from __future__ import annotations

from sandbox.services import (
    awslambda,
    cloudformation,
    cloudwatch,
    endpoints,
    event_sources,
    eventbridge,
    iam,
    kms,
    observability,
    s3,
    sns,
    sqs,
    ssm,
    stepfunctions,
)
from sandbox.services.account import Account

_SERVICES = (
    iam,  # first, since every other service asks it who may do what
    awslambda,  # before all that calls functions
    s3,  # depends on nothing, and nothing on it
    ssm,  # the same
    stepfunctions,
    cloudwatch,  # before those that report to it
    eventbridge,
    observability,  # after cloudwatch and eventbridge, which it tells what the others do
    event_sources,  # before sqs, whose long polls come second to what is sent
    sqs,
    sns,
    kms,  # after sns and sqs, whose topics and queues it encrypts
    cloudformation,  # after all of which it makes resources
    endpoints,  # last: by what cloudformation made
)


def install(account: Account) -> None:
    """Install every service, each after those that it needs."""
    for service in _SERVICES:
        service.install(account)
