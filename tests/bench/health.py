"""What one health check of the largest release group costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.signals import ApiCall
from sandbox.sandbox import Sandbox
from sandbox.traffic import Synthetic, Version
from tests.bench.figure import Figure

FUNCTIONS = 25
INTERVAL = 600
ALARM = "any error of all"
LIMIT_CALLS = 4
LIMIT_SECONDS = 2

HEALTHY = Version(errors=0.001)
_CANARY = {
    "FunctionName": "${function}",
    "Resource": "${function}:${alias}",
    "ExecutedVersion": "${canary}",
}
_ERRORS = {"namespace": "AWS/Lambda", "metric": "Errors", "dimensions": _CANARY, "stat": "Sum"}
CHECKS: list[dict[str, Any]] = [
    {"type": "judge"},
    {"type": "latency", "percentile": 99, "max-ms": 800, "max-ratio": 2},
    {"type": "metric", **_ERRORS, "max": 20},
    {
        "type": "metric",
        "queries": [
            {**_ERRORS, "id": "errors"},
            {**_ERRORS, "id": "calls", "metric": "Invocations"},
        ],
        "expression": "100 * errors / calls",
        "max": 5,
    },
    {"type": "alarm", "names": [ALARM]},
]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one health check: its calls of CloudWatch's API, and seconds on the wall."""

    calls: int
    seconds: float


def figures() -> Iterator[Figure]:
    cost = checked_once()
    what = f"a health check of {FUNCTIONS} functions by {len(CHECKS)} checks"
    yield Figure(f"{what}: CloudWatch calls", cost.calls, LIMIT_CALLS)
    yield Figure(f"{what}: time", cost.seconds, LIMIT_SECONDS, "s")


def checked_once() -> Cost:
    """Make the second check of a rollout: by then there are data of several minutes to read."""
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        names = [f"Released{number}" for number in range(FUNCTIONS)]
        for name in names:
            sandbox.add_traffic(Synthetic(name, {"1": HEALTHY, "2": HEALTHY}))
        put_alarm(sandbox)
        checker = stack.physical_id("CheckHealthFunction")
        calls: list[ApiCall] = []
        checks: list[str] = []
        sandbox.signals.called.append(calls.append)
        sandbox.signals.invoked.append(lambda one: checks.append(one.function))
        rollout = sandbox.start(_request(names), machine=stack.outputs["StateMachineArn"])
        sandbox.run_for(2 * INTERVAL - 60)
        calls.clear()
        checks.clear()
        began = time.perf_counter()
        sandbox.run_for(120)
        seconds = time.perf_counter() - began
        made, asked_then = checks.count(checker), list(calls)
        result = sandbox.finish(rollout)
    if made != 1:
        raise RuntimeError(f"there were {made} health checks instead of one")
    if result.status != "SUCCEEDED" or "unproven" in result.output:
        raise RuntimeError(f"not every check passed: {result.cause or result.output}")
    asked = [call for call in asked_then if (call.service, call.caller) == ("cloudwatch", checker)]
    return Cost(len(asked), seconds)


def _request(names: list[str]) -> dict[str, Any]:
    group = [{"function-name": name, "alias-name": "live", "new-version": "2"} for name in names]
    return {
        "functions": group,
        "type": "canary",
        "interval": 3 * INTERVAL,
        "check-interval": INTERVAL,
        "checks": CHECKS,
    }


def put_alarm(sandbox: Sandbox) -> None:
    sandbox.client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1_000_000,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
