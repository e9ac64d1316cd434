"""What a rollout with every check there is costs, against one with a single check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.checks.registry import CHECKS
from sandbox.sandbox import Sandbox
from tests.bench.figure import Figure
from tests.bench.health import ALARM, put_alarm
from tests.bench.stage import FUNCTION
from tests.http_servers import answering, serving
from tests.sandbox import given

LOOPBACK: dict[str, Any] = {"AllowPlainHttp": "true", "AllowPrivateAddresses": "true"}
ASKED = "def handler(event, context):\n    return {'status': 'pass', 'reason': 'as ever'}\n"
SETTINGS: Mapping[str, Any] = {"steps": 5, "interval": 300, "check-interval": 300}


def figures() -> Iterator[Figure]:
    with serving(answering()) as server:
        every = _checks(f"http://127.0.0.1:{server.port}/health")
        most = _transitions(every)
    least = _transitions([{"type": "errors", "max-percent": 5}])
    what = f"state transitions of a rollout with all {len(every)} checks, beyond those with one"
    yield Figure(what, most - least, 0)


def _checks(url: str) -> list[dict[str, Any]]:
    options: dict[str, dict[str, Any]] = {
        "alarm": {"names": [ALARM]},
        "errors": {"max-percent": 5},
        "function": {"function": "asked"},
        "http": {"url": url},
        "invoke": {"payload": {}},
        "judge": {},
        "latency": {"percentile": 99, "max-ms": 2_000, "warm-up": 0},
        "metric": {
            "namespace": "AWS/Lambda",
            "metric": "Errors",
            "dimensions": {"FunctionName": "${function}"},
            "stat": "Sum",
            "max": 1_000,
        },
        "probe": {"rate": 1, "payload": {}},
    }
    return [{"type": name, **options[name]} for name in sorted(CHECKS)]


def _transitions(checks: list[dict[str, Any]]) -> int:
    request = {
        "function-name": FUNCTION.name,
        "alias-name": FUNCTION.alias,
        "new-version": "2",
        "checks": checks,
        **SETTINGS,
    }
    with Sandbox() as sandbox:
        stack = sandbox.deploy(**LOOPBACK)
        sandbox.add_traffic(FUNCTION)
        given.function(sandbox, "asked", ASKED)
        put_alarm(sandbox)
        result = sandbox.finish(sandbox.start(request, machine=stack.outputs["StateMachineArn"]))
    if result.status != "SUCCEEDED" or "unproven" in result.output:
        raise RuntimeError(f"not every check passed: {result.cause or result.output}")
    return sum(event["type"].endswith("StateEntered") for event in result.history)
