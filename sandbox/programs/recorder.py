"""What a rollout did, as seen from outside: on the alias, in its history, in the calls it made."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sandbox.kernel.signals import ApiCall, Invocation
from sandbox.sandbox import Result, Sandbox
from sandbox.services.awslambda import routing
from sandbox.services.cloudformation import Stack


class Recorder:
    """Begins when it is made, just before the rollout starts."""

    def __init__(self, sandbox: Sandbox, stack: Stack, targets: Sequence[tuple[str, str]]) -> None:
        """`targets` are the function and alias of each member of the release group."""
        self._sandbox = sandbox
        self._topic = stack.outputs["NotificationTopicArn"]
        self._functions = {
            resource.physical_id
            for resource in stack.resources.values()
            if resource.type == "AWS::Lambda::Function"
        }
        self._targets = tuple(targets)
        self._baselines = {target: self._primary(*target) for target in self._targets}
        self._weights: dict[tuple[str, str], list[float]] = {target: [] for target in targets}
        self._calls: Counter[str] = Counter()
        self._invocations = 0
        self._told = len(sandbox.inbox(self._topic))
        self._began = (sandbox.clock.now, time.perf_counter())
        sandbox.signals.alias_changed.append(self._on_alias)
        sandbox.signals.called.append(self._on_call)
        sandbox.signals.invoked.append(self._on_invocation)

    def summary(self, given: Any, result: Result) -> dict[str, Any]:
        """All of it, as JSON; times in seconds. Ends the recording."""
        now, wall = self._sandbox.clock.now, time.perf_counter()
        signals = self._sandbox.signals
        signals.alias_changed.remove(self._on_alias)
        signals.called.remove(self._on_call)
        signals.invoked.remove(self._on_invocation)
        kinds = [event["type"] for event in result.history]
        return {
            "input": given,
            "status": result.status,
            "error": result.error,
            "cause": result.cause,
            "weights": self._one_or_all(self._weights),
            "alias": self._one_or_all({target: self._alias(*target) for target in self._targets}),
            "virtual_seconds": round(now - self._began[0], 3),
            "wall_seconds": round(wall - self._began[1], 3),
            "state_transitions": sum(kind.endswith("StateEntered") for kind in kinds),
            "history_events": len(kinds),
            "lambda_invocations": self._invocations,
            "api_calls": dict(sorted(self._calls.items())),
            "notifications": [
                {
                    "subject": message.subject,
                    "text": message.body("email"),
                    "body": json.loads(message.body()),
                    "attributes": {name: one.value for name, one in message.attributes.items()},
                }
                for message in self._sandbox.inbox(self._topic)[self._told :]
            ],
        }

    def _one_or_all(self, by_target: dict[tuple[str, str], Any]) -> Any:
        if len(by_target) == 1:
            return next(iter(by_target.values()))
        return {f"{function}:{alias}": one for (function, alias), one in by_target.items()}

    def _primary(self, function: str, alias: str) -> str:
        found = self._sandbox.client("lambda").get_alias(FunctionName=function, Name=alias)
        version: str = found["FunctionVersion"]
        return version

    def _alias(self, function: str, alias: str) -> dict[str, Any]:
        found = self._sandbox.client("lambda").get_alias(FunctionName=function, Name=alias)
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return {"version": found["FunctionVersion"], "weights": weights}

    def _on_alias(self, function: str, alias: str) -> None:
        """Note the percent that goes to another version than before the rollout, if it changed."""
        target = (function, alias)
        if target not in self._weights:
            return
        share = 1 - routing(function, alias).get(self._baselines[target], 0.0)
        percent = round(100 * share, 2)
        if self._weights[target][-1:] != [percent]:
            self._weights[target].append(percent)

    def _on_call(self, call: ApiCall) -> None:
        if call.caller in self._functions:
            self._calls[f"{call.service}:{call.operation}"] += 1

    def _on_invocation(self, invocation: Invocation) -> None:
        self._invocations += invocation.function in self._functions
