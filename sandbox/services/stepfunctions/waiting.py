"""Everything in which an execution waits: exact, and ended at once when the execution is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.moto_api._internal import mock_random
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl
from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import (
    MaxAttemptsOutcome,
)
from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import RetrierDecl
from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)

from sandbox.kernel.clock import Clock
from sandbox.kernel.patches import Patches
from sandbox.kernel.threads import Thread
from sandbox.services.stepfunctions.callbacks import end_token, renew_token
from sandbox.services.stepfunctions.copies import copied
from sandbox.services.stepfunctions.history import forget_what_follows

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_OPEN_SECONDS = 365 * 86_400


def install(patches: Patches, clock: Clock) -> None:
    """Let waits, retries and timeouts end at their exact instants."""
    _wait_exactly(patches, clock)
    _back_off_exactly(patches, clock)
    patches.replace(jitter_strategy_decl, "random", mock_random)  # which the sandbox seeds
    _evaluate_states_until_the_end(patches, clock)
    _evaluate_programs_until_the_end(patches, clock)


def _sleep(clock: Clock, env: Any, seconds: float) -> None:
    """Or until the execution ends; also what its abandoned tasks come to wakes it."""
    until = round(clock.now + seconds, 6)  # to which the clock is exact
    while env.is_running() and clock.now < until:
        env.program_state_event.wait(until - clock.now)


def _wait_exactly(patches: Patches, clock: Clock) -> None:
    """Wait to the instant; moto counts whole seconds, and so wakes up to a second early."""

    def wait(_: Any, env: Any, wait_seconds: float) -> None:
        _sleep(clock, env, wait_seconds)

    def seconds_until_timestamp(function: Any, env: Any) -> float:
        """Step Functions truncates its milliseconds.

        https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
        """
        function.string.eval(env=env)
        text = env.stack.pop()
        if not isinstance(text, str) or not function._is_valid_timestamp_pattern(text):
            raise FailureEventException(function._create_failure_event(env, text))
        return datetime.fromisoformat(text).replace(microsecond=0).timestamp() - clock.now

    patches.replace(WaitFunction, "_wait_interval", wait)
    patches.replace(Timestamp, "_get_wait_seconds", seconds_until_timestamp)


def _back_off_exactly(patches: Patches, clock: Clock) -> None:
    """Wake for a StopExecution, through which moto sleeps."""

    def evaluate(retrier: Any, env: Any) -> None:
        retrier.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(RetrierOutcome.Skipped)
            return
        retrier.max_attempts.eval(env=env)
        if env.stack.pop() == MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(RetrierOutcome.Failed)
            return
        retrier.interval_seconds.eval(env=env)
        retrier.backoff_rate.eval(env=env)
        retrier.max_delay_seconds.eval(env=env)
        retrier.jitter_strategy.eval(env=env)
        _sleep(clock, env, env.stack.pop())
        env.stack.append(RetrierOutcome.Executed)

    patches.replace(RetrierDecl, "_eval_body", evaluate)


def _evaluate_states_until_the_end(patches: Patches, clock: Clock) -> None:
    """End a running task with its execution, or at its timeout.

    In moto it delays the end of a stopped execution, and goes on writing into the history.
    """

    def evaluate(state: Any, env: Any) -> None:
        state.timeout.eval(env=env)
        until = clock.now + env.stack.pop()
        renew_token(env)
        frame = env.open_frame()
        frame.states.reset(input_value=env.states.get_input())
        frame.stack = copied(env.stack)
        outcomes: list[Any] = []

        def run() -> None:
            try:
                state._eval_execution(frame)
                outcomes.append(frame.stack[-1])
            except Exception as failure:
                outcomes.append(failure)
            env.program_state_event.set()
            env.program_state_event.clear()

        Thread(clock, target=run).start()
        while not outcomes and env.is_running() and clock.now < until:
            env.program_state_event.wait(until - clock.now)
        frame.set_ended()
        end_token(env)
        env.close_frame(frame)
        if not outcomes:
            forget_what_follows(frame)
        if not env.is_running():
            return
        if not outcomes:
            raise EvalTimeoutError
        if isinstance(outcomes[0], Exception):
            raise outcomes[0]
        _take_result(state, env, outcomes[0])

    patches.replace(ExecutionState, "_evaluate_with_timeout", evaluate)


def _take_result(state: Any, env: Any, result: Any) -> None:
    env.stack.append(result)
    if not state._is_language_query_jsonpath():
        env.states.set_result(result)
    if state.assign_decl:
        state.assign_decl.eval(env=env)
    if state.result_selector:
        state.result_selector.eval(env=env)
    if state.result_path:
        state.result_path.eval(env)
    else:
        env.states.reset(input_value=env.stack.pop())


def _evaluate_programs_until_the_end(patches: Patches, clock: Clock) -> None:
    """End an execution when its history says so, and after a year.

    In moto, one that timed out ends before its history says so.
    """

    def evaluate(program: Any, env: Any) -> None:
        timeout = program.timeout_seconds.timeout_seconds if program.timeout_seconds else None
        if not env.is_frame():
            started = env.states.context_object.context_object_data["Execution"]["StartTime"]
            left = datetime.fromisoformat(started).timestamp() + MAX_OPEN_SECONDS - clock.now
            timeout = min(timeout or left, left)
        env.next_state_name = getattr(env, "redriven_at", program.start_at.start_at_name)
        worker = Thread(clock, target=EvalComponent.eval, args=(program, env))
        worker.start()
        worker.join(timeout)
        if worker.is_alive():
            env.set_timed_out()
            worker.join()

    patches.replace(Program, "eval", evaluate)
