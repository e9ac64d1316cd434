"""The clients of AWS's APIs, each made when it is first asked for."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from adapters.aws import CONFIG, ONCE, READING, waiting

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient


@cache
def lambda_client() -> "LambdaClient":
    return boto3.client("lambda", config=CONFIG)


@cache
def cloudwatch_client() -> "CloudWatchClient":
    return boto3.client("cloudwatch", config=READING)


@cache
def ssm_client() -> "SSMClient":
    return boto3.client("ssm", config=READING)


@cache
def sns_client() -> "SNSClient":
    return boto3.client("sns", config=CONFIG)


@cache
def sqs_client() -> "SQSClient":
    return boto3.client("sqs", config=CONFIG)


@cache
def stepfunctions_client() -> "SFNClient":
    return boto3.client("stepfunctions", config=CONFIG)


def waiting_client(seconds: int) -> "LambdaClient":
    """Waits so many seconds for an answer, and repeats no call by itself."""
    return boto3.client("lambda", config=waiting(seconds))


@cache
def once_client() -> "LambdaClient":
    """Repeats no call by itself."""
    return boto3.client("lambda", config=ONCE)
