"""What importing a handler costs, against importing boto3 and creating the same clients."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
RUNS = 15
LIMIT = 1.25
LIMIT_READING_INPUT = 1.8
LIMIT_OF_COMMAND = 1.8

# The clients that each handler uses.
CLIENTS: dict[str, Sequence[str]] = {
    "publish": ["lambda"],
    "shift_weight": ["lambda"],
    "check_health": ["cloudwatch", "ssm", "lambda"],
    "run_hook": ["lambda"],
    "probe": ["lambda"],
    "finalize": ["lambda"],
    "roll_back": ["lambda"],
    "notify": ["sns"],
    "plan": ["lambda", "cloudwatch"],
    "guard": ["lambda", "sns", "stepfunctions"],
    "guard_call": ["lambda", "sns"],
    "macro": [],
    "gate": ["lambda", "sns", "stepfunctions", "cloudformation"],
    "gate_answer": ["lambda", "sns", "stepfunctions", "cloudformation"],
    "end_rollouts": ["lambda", "sns", "stepfunctions", "sqs"],
    "simple_deploy": ["lambda", "cloudwatch", "ssm", "sns", "sqs"],
}
# Pydantic reads their input, which is a rollout's first step; SimpleDeploy holds Plan.
READ_INPUT = {"macro", "plan"}

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": f"{FUNCTIONS}:{ROOT}",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:topic",
    "ORDERS_PREFIX": "lambda-canary",
    "GATE_EXPORT": "lambda-canary-GateServiceToken",
    "CALL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/calls",
    "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    "POWERTOOLS_SERVICE_NAME": "lambda-canary",
    "POWERTOOLS_METRICS_NAMESPACE": "LambdaCanary",
}


def figures() -> Iterator[Figure]:
    for handler, clients in CLIENTS.items():
        bare = "\n".join(["import boto3", *(f"boto3.client({name!r})" for name in clients)])
        # One after the other, so that a busy machine slows both alike; the first runs warm up.
        pairs = [(_seconds(bare), _seconds(f"import {handler}")) for _ in range(RUNS + 1)][1:]
        boto3, whole = (statistics.median(times) for times in zip(*pairs, strict=True))
        limit = LIMIT_READING_INPUT if handler in READ_INPUT else LIMIT
        yield Figure(f"import {handler}", whole / boto3, limit, "times boto3 and its clients")
    # All that `lambda-canary status` loads before its first call, but for boto3 itself.
    command = "import boto3, lambda_canary.commands, lambda_canary.session, rich.live"
    pairs = [(_seconds("import boto3"), _seconds(command)) for _ in range(RUNS + 1)][1:]
    boto3, whole = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield Figure("lambda-canary starts", whole / boto3, LIMIT_OF_COMMAND, "times import boto3")


def _seconds(statements: str) -> float:
    """How long the statements take in a fresh process, not counting Python's own start."""
    script = f"import time\nbegan = time.perf_counter()\n{statements}\n"
    script += "print(time.perf_counter() - began)"
    command = [sys.executable, "-c", script]
    return float(subprocess.run(command, env=_ENVIRONMENT, capture_output=True, check=True).stdout)
