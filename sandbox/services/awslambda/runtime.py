"""Runs one invocation: of a handler in its process or of a behaviour, in virtual time."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, field
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.faults import HandlerRule
from sandbox.kernel.gateway import KilledError, calling_as
from sandbox.kernel.signals import Signals
from sandbox.services.awslambda import failures
from sandbox.services.awslambda.aws_call import call_aws
from sandbox.services.awslambda.behaviour import behaviour_of
from sandbox.services.awslambda.process import HungError, Process
from sandbox.services.awslambda.processes import Processes

# What an invocation takes besides what the handler asks for.
OVERHEAD_SECONDS = 0.005

# Where virtual time follows the real one: real seconds for which a function may hold up everybody,
# and virtual time; then virtual seconds between two looks whether it has come to an end.
AT_ONCE, STANDSTILL, STEP = 0.05, 5.0, 0.1


class TimedOutError(Exception):
    """The function's timeout is over, or will be before what it waits for."""


@dataclass(slots=True)
class Invocation:
    """One invocation of one version, a moto LambdaFunction, and what becomes of it."""

    function: Any
    arn: str
    event: str
    request_id: str
    deadline: float
    payload: bytes = b"null"
    error: bool = False
    lines: list[str] = field(default_factory=list)

    def fail(self, payload: bytes) -> None:
        self.payload, self.error = payload, True


class Runtime:
    """One invocation at a time in a process, under the sandbox's clock."""

    def __init__(self, clock: Clock, signals: Signals, processes: Processes) -> None:
        self._clock = clock
        self._signals = signals
        self._processes = processes

    def run(
        self, function: Any, arn: str, event: str, request_id: str, fault: HandlerRule | None
    ) -> Invocation:
        """Invoke a version by this ARN, and let it fail as `fault` says."""
        timeout = float(function.timeout)
        invocation = Invocation(function, arn, event, request_id, self._clock.now + timeout)
        self._clock.spend(OVERHEAD_SECONDS)
        with calling_as(function.function_name, role=function.role, service="lambda.amazonaws.com"):
            try:
                if fault is not None and fault.when == "before":
                    self._fail(invocation, fault)
                if fault is None or fault.when == "after" or fault.kind == "slow":
                    self._answer(invocation)
                if fault is not None and fault.when == "after":
                    self._fail(invocation, fault)
            except (TimedOutError, HungError):
                self._clock.sleep(invocation.deadline - self._clock.now)
                invocation.fail(failures.timed_out(invocation.request_id, timeout))
            except KilledError:
                invocation.fail(failures.exited(invocation.request_id, -signal.SIGKILL))
        return invocation

    def _answer(self, invocation: Invocation) -> None:
        function = invocation.function
        behaviour = behaviour_of(function.function_name)
        if behaviour is None:
            process = self._processes.take(function)
            try:
                self._converse(process, invocation)
            except BaseException:
                self._processes.end(process)
                raise
        else:
            event, now = invocation.event.encode(), self._clock.now
            answer = behaviour.answer(str(function.version), event, now)
            self._sleep(answer.milliseconds / 1000, invocation)
            invocation.payload, invocation.error = answer.payload, answer.error

    def _fail(self, invocation: Invocation, fault: HandlerRule) -> None:
        match fault.kind:
            case "crash":
                invocation.fail(failures.exited(invocation.request_id, 1))
            case "exception":
                text = "the handler fails, as asked for"
                invocation.fail(failures.raised(invocation.request_id, "RuntimeError", text))
            case "unknown":
                invocation.fail(failures.unknown(invocation.request_id))
            case "oversized":
                invocation.payload = json.dumps("x" * 300_000).encode()
            case "slow":
                self._sleep(fault.seconds, invocation)
            case "timeout":
                raise TimedOutError

    def _converse(self, process: Process, invocation: Invocation) -> None:
        """Do what the process asks for until it answers or exits."""
        process.send(
            now=self._clock.now,
            event=invocation.event,
            deadline=invocation.deadline,
            context=_context(invocation),
        )
        while message := self._heard(process, invocation):
            match message:
                case {"sleep": seconds}:
                    self._sleep(seconds, invocation)
                    process.send(now=self._clock.now)
                case {"call": call}:
                    answer = self._call(call, invocation)
                    process.has_failed_calls |= answer.get("status", 500) >= 400
                    process.send(now=self._clock.now, **answer)
                case {"answered": payload}:
                    invocation.payload = payload.encode()
                    self._processes.give_back(process)
                    return
                case {"failed": error}:
                    invocation.fail(json.dumps(error).encode())
                    self._processes.give_back(process)
                    return
        status = process.exit_status()
        self._processes.end(process)
        invocation.fail(failures.exited(invocation.request_id, status))

    def _heard(self, process: Process, invocation: Invocation) -> dict[str, Any] | None:
        """Return the next message, after what was printed before it; None at the process's end."""
        if self._clock.keeps_pace:
            self._await(process, invocation)
        message = process.receive()
        for line in process.printed():
            self._log(invocation, line)
        return message

    def _await(self, process: Process, invocation: Invocation) -> None:
        """Let others go on while the function computes, or waits for somebody outside.

        For a while in standing time, since functions compute in no time; then time goes on, in
        which one that never stops is timed out.
        """
        if process.speaks(AT_ONCE) or self._clock.outside(lambda: process.speaks(STANDSTILL)):
            return
        while not process.speaks(0):
            self._sleep(STEP, invocation)

    def _call(self, call: dict[str, Any], invocation: Invocation) -> dict[str, Any]:
        left = invocation.deadline - self._clock.now
        answer = call_aws(self._clock, call, min(call["read_timeout"], left))
        if self._clock.now >= invocation.deadline:
            raise TimedOutError
        if answer and "killed" in answer:
            raise KilledError
        return answer or {"lost": "ReadTimeoutError"}

    def _sleep(self, seconds: float, invocation: Invocation) -> None:
        if self._clock.now + seconds > invocation.deadline:
            raise TimedOutError
        self._clock.sleep(seconds)

    def _log(self, invocation: Invocation, line: str) -> None:
        invocation.lines.append(line)
        for listener in self._signals.logged:
            listener(invocation.function.function_name, line)


def _context(invocation: Invocation) -> dict[str, str]:
    function = invocation.function
    return {
        "aws_request_id": invocation.request_id,
        "function_name": function.function_name,
        "function_version": str(function.version),
        "invoked_function_arn": invocation.arn,
        "log_group_name": function.logs_group_name,
        "log_stream_name": f"[{function.version}]{invocation.request_id}",
        "memory_limit_in_mb": str(function.memory_size),
    }
