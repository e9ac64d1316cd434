"""The composition root: how each adapter is made, once, when a task first asks for it.

Tasks know the ports alone (`ports`). An adapter is loaded when it is made, so that no function
loads what only others use.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

import boto3

from adapters.aws import CONFIG, ONCE, READING, waiting
from domain.model.questions import Fetch, Invoke
from runtime import ITSELF, WEB, seconds_left

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_lambda import LambdaClient

    import ports
    from adapters.answers import Ask


def ready(*adapters: Callable[[], object]) -> None:
    """Make these now: while a function begins, Lambda gives it a whole CPU, and never again."""
    for make in adapters:
        make()


@cache
def aliases() -> "ports.Aliases":
    """Reach aliases through Lambda's API."""
    from adapters.aliases import Aliases

    return Aliases(_lambda())


@cache
def watched_aliases() -> "ports.Aliases":
    """Reach aliases through Lambda's API, within the time of a health check."""
    from adapters.aliases import Aliases

    return Aliases(boto3.client("lambda", config=READING))


@cache
def versions() -> "ports.Versions":
    """Reach functions and versions through Lambda's API."""
    from adapters.versions import Versions

    return Versions(_lambda())


@cache
def cloudwatch() -> "ports.CloudWatch":
    """Reach alarms and metric data through CloudWatch's API."""
    from adapters.cloudwatch import CloudWatch

    return CloudWatch(boto3.client("cloudwatch", config=READING))


@cache
def orders() -> "ports.Orders":
    """Read operators' orders from SSM's parameters."""
    from adapters.orders import Orders

    return Orders(boto3.client("ssm", config=READING))


@cache
def hooks() -> "ports.Hooks":
    """Ask each hook through a client that waits as long as the hook may take."""
    from adapters.hooks import Hooks

    return Hooks(lambda seconds: boto3.client("lambda", config=waiting(seconds)))


@cache
def probe_calls() -> "ports.Invocations":
    """Make a probe's calls, without any deadline but its own."""
    from adapters.invocations import Invocations

    return Invocations(_once(), lambda: inf)


@cache
def executions() -> "ports.Executions":
    """Reach executions through Step Functions' API."""
    from adapters.executions import Executions

    return Executions(boto3.client("stepfunctions", config=CONFIG))


@cache
def histories() -> "ports.Histories":
    """Reach the histories of executions, within the time of a health check."""
    from adapters.executions import Executions

    return Executions(boto3.client("stepfunctions", config=READING))


@cache
def hook_runs() -> "ports.HookRuns":
    """Reach the executions in which hooks are asked, within the time of a health check."""
    from adapters.hook_runs import HookRuns

    client = boto3.client("stepfunctions", config=READING)
    return HookRuns(client, os.environ["HOOK_STATE_MACHINE_ARN"])


@cache
def stacks() -> "ports.Stacks":
    """Reach stacks through CloudFormation's API."""
    from adapters.stacks import Stacks

    return Stacks(boto3.client("cloudformation", config=CONFIG))


@cache
def responses() -> "ports.Responses":
    """Put answers where CloudFormation looks for them."""
    from adapters.responses import Responses

    return Responses()


@cache
def call_queue() -> "ports.Queue":
    """Reach the queue by which GuardCall is told of a rollout in one call."""
    from adapters.queue import Queue

    return Queue(boto3.client("sqs", config=CONFIG), os.environ["CALL_QUEUE_URL"])


@cache
def itself() -> "ports.Itself":
    """Reach the function that runs, to have it go on in another invocation."""
    from adapters.itself import Itself

    return Itself(_lambda(), ITSELF)


@cache
def notifiers() -> "Sequence[ports.Notifier]":
    """Reach every channel for which the stack has an address."""
    return _channels(CONFIG)


@cache
def brief_notifiers() -> "Sequence[ports.Notifier]":
    """Reach the same channels, giving up so soon that a health check has the time."""
    return _channels(READING)


def _channels(config: "Config") -> "Sequence[ports.Notifier]":
    addresses = {name: os.environ.get(name) for name in _CHANNELS}
    return [_CHANNELS[name](address, config) for name, address in addresses.items() if address]


def _sns(topic: str, config: "Config") -> "ports.Notifier":
    from adapters.notifiers.sns import Sns

    return Sns(boto3.client("sns", config=config), topic)


# How each channel is made of its address, by the environment variable that holds this.
_CHANNELS: "dict[str, Callable[[str, Config], ports.Notifier]]" = {"TOPIC_ARN": _sns}


def _invoke(questions: Sequence[Invoke]) -> Mapping[Any, Any]:
    from adapters.invocations import Invocations

    return Invocations(_once(), seconds_left).answers(questions)


def _fetch(questions: Sequence[Fetch]) -> Mapping[Any, Any]:
    from adapters.http import Http

    return Http(WEB, seconds_left).answers(questions)


CALLS: "dict[type, Ask]" = {Invoke: _invoke, Fetch: _fetch}
"""How checks call functions and URLs."""


@cache
def _lambda() -> "LambdaClient":
    return boto3.client("lambda", config=CONFIG)


@cache
def _once() -> "LambdaClient":
    """Make a client that repeats no call by itself."""
    return boto3.client("lambda", config=ONCE)
