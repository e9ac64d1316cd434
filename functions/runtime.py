"""What all handlers share: clients, logs, metrics, and the shape of a task."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from adapters.aws import CONFIG
from domain.state import State

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient

logger = Logger()
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "LambdaCanary")


@cache
def lambda_client() -> "LambdaClient":
    return boto3.client("lambda", config=CONFIG)


@cache
def cloudwatch_client() -> "CloudWatchClient":
    return boto3.client("cloudwatch", config=CONFIG)


@cache
def sns_client() -> "SNSClient":
    return boto3.client("sns", config=CONFIG)


def metric(name: str, value: float, unit: str = "Count", **dimensions: str) -> None:
    """One data point in the embedded metric format, which needs no call to CloudWatch.

    It is a line of the log too, so it carries the execution's id like all the others.
    """
    with single_metric(name=name, unit=MetricUnit(unit), value=value, namespace=NAMESPACE) as point:
        point.add_metadata("execution", logger.get_current_keys().get("execution"))
        for key, text in dimensions.items():
            point.add_dimension(name=key, value=text)


def task(run: Callable[[State], State]) -> Callable[[State, "LambdaContext"], State]:
    """A handler that runs one task of the workflow, with the execution's id on every log line."""

    @logger.inject_lambda_context(clear_state=True)
    def handler(state: State, context: "LambdaContext") -> State:  # noqa: ARG001 (Lambda's)
        logger.append_keys(execution=state["execution"]["id"])
        logger.info("begins", extra=_where(state))
        try:
            after = run(state)
        except Exception:
            logger.exception("failed")
            raise
        logger.info("ends", extra=_where(after))
        return after

    return handler


def _where(state: State) -> dict[str, Any]:
    progress = state.get("progress")
    where: dict[str, Any] = {"next": state.get("next")}
    if progress is not None:
        where |= {"step": progress["step"], "verdicts": progress["verdicts"]}
    if "failure" in state:
        where["failure"] = state["failure"]
    return where
