"""The sandbox as its users see it: boot, deploy, start, let time run, look."""

from __future__ import annotations

import atexit
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from moto import mock_aws
from moto.moto_api._internal import mock_random

from sandbox import services, traffic
from sandbox.kernel import caches, clients, gateway, requests
from sandbox.kernel.clock import Clock
from sandbox.kernel.compressed import CompressedList
from sandbox.kernel.environment import ACCOUNT, REGION, isolated_environment
from sandbox.kernel.faults import Faults
from sandbox.kernel.patches import Patches
from sandbox.kernel.signals import Execution, Signals
from sandbox.kernel.threads import Event
from sandbox.kernel.wire import one_account
from sandbox.services import awslambda, cloudformation, sns, sqs
from sandbox.services.account import Account
from sandbox.services.cloudformation import CloudFormation, Engine, Responses, Stack
from sandbox.services.endpoints import HttpReply, HttpRequest
from sandbox.traffic.callers import Callers

YEAR_SECONDS = 366 * 86_400
PROJECT_TEMPLATE = Path(__file__).parents[1] / "template.yaml"


@dataclass(frozen=True, slots=True)
class Result:
    """How an execution ended. `output` is what its JSON says."""

    arn: str
    status: str
    output: Any
    error: str | None
    cause: str | None
    history: list[dict[str, Any]]


class Sandbox:
    """One AWS account in one region. At most one lives in a process at a time.

    The thread that makes it is the one that uses it: while that thread computes, time stands still.
    """

    def __init__(self, start: str = "2026-01-05T09:00:00Z", seed: int = 1) -> None:
        self._seed = seed
        self._opened = ExitStack()
        self._opened.enter_context(isolated_environment())
        mock = mock_aws(config={"stepfunctions": {"execute_state_machine": True}})
        mock.start()
        self._opened.callback(mock.stop)
        # moto logs as errors what state machines catch.
        logging.getLogger("moto").setLevel(logging.CRITICAL)
        patches = Patches()
        self._opened.callback(patches.undo)
        self._processes = awslambda.Processes(seed)
        self._opened.callback(self._processes.close)
        self.clock = Clock(datetime.fromisoformat(start).timestamp())
        self._opened.callback(self.clock.close)
        self.signals, self.faults = Signals(), Faults()
        mock_random.seed(seed)
        responses = Responses(self.clock, self.faults)
        self._opened.callback(responses.close)
        engine = Engine(self.client, REGION, ACCOUNT, seed, self.clock, responses)
        account = Account(patches, self.clock, self.signals, self.faults, self._processes, engine)
        caches.install(patches)
        requests.install(patches, {"cloudformation": cloudformation.dispatch})
        one_account.install(patches)
        gateway.install(
            patches,
            self.clock,
            self.signals,
            self.faults,
            lambda *call: account.iam.authorise(*call),
        )
        services.install(account)
        self._opened.callback(awslambda.forget_behaviours)
        self.iam, self.cloudwatch, self._inboxes = account.iam, account.cloudwatch, account.inboxes
        self._endpoints = account.endpoints
        self.permissions = account.permissions
        atexit.register(self.close)
        self._ended: dict[str, Event] = {}
        self._lines: defaultdict[str, CompressedList[str]] = defaultdict(CompressedList)
        self.signals.logged.append(lambda name, line: self._lines[name].append(line))
        self.cloudformation = CloudFormation(engine)
        self.signals.execution_changed.append(self._note_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything, end every process and thread, and give real time back."""
        atexit.unregister(self.close)
        self._opened.close()

    def reseed(self, seed: object) -> None:
        """Throw all dice anew: what follows does not depend on what came before."""
        mock_random.seed(str(seed))
        self._processes.end_those_with_failed_calls()

    def client(self, service: str) -> Any:
        """Return the operator's boto3 client."""
        return clients.client(service)

    def acting_as(self, role_arn: str) -> AbstractContextManager[None]:
        """Inside the block, the operator's clients have the rights of this role alone."""
        return gateway.calling_as(role_arn, role=role_arn)

    def deploy(
        self,
        template: Path = PROJECT_TEMPLATE,
        stack_name: str = "lambda-canary",
        **parameters: str,
    ) -> Stack:
        """Deploy a template, this project's own by default, with its parameters by name."""
        return self.cloudformation.deploy(template, stack_name, parameters)

    def run_for(self, seconds: float) -> None:
        self.clock.run_for(seconds)

    def inbox(self, topic_arn: str) -> list[sns.Message]:
        """Every message that the topic took, oldest first."""
        return self._inboxes[topic_arn]

    def queue(self, queue_arn: str) -> list[sqs.QueueMessage]:
        """Every message that is in the queue, oldest first; it stays there."""
        return sqs.messages(queue_arn)

    def messages(self) -> list[sns.Message]:
        """Every message that any topic took, oldest first."""
        return self._inboxes.all()

    def add_traffic(self, synthetic: traffic.Synthetic) -> traffic.Traffic:
        """Create the function, and let its callers come from now on."""
        return traffic.start(
            synthetic,
            client=self.client,
            clock=self.clock,
            signals=self.signals,
            cloudwatch=self.cloudwatch,
            seed=self._seed,
        )

    def ask(
        self, method: str, url: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """Send a request to a function URL or an API of a stack's; LookupError if none has it."""
        return self._endpoints.ask(HttpRequest(method, url, headers or {}, body))

    def keep_asking(self, url: str, every: float = 1.0, method: str = "GET") -> Callers:
        """Have somebody send such requests from now on, one every so many seconds."""

        def ask() -> None:
            with suppress(LookupError):  # its stack may have gone
                self.ask(method, url)

        callers = Callers(self.clock, ask, every)
        callers.start(url)
        return callers

    def logs(self, function_name: str) -> list[str]:
        """Every line that the function wrote, oldest first."""
        return list(self._lines[function_name])

    def start(self, input: object, *, machine: str, name: str | None = None) -> str:  # noqa: A002
        """Start an execution of the state machine with this ARN, and return the execution's."""
        named = {} if name is None else {"name": name}
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps(input), **named
        )
        arn: str = started["executionArn"]
        return arn

    def finish(self, execution_arn: str, within: float = YEAR_SECONDS) -> Result:
        """Let time run until the execution has ended, at most `within` seconds (TimeoutError)."""
        if not self._end_of(execution_arn).wait(within):
            raise TimeoutError(f"{execution_arn} still runs after {within} s")
        end = self.client("stepfunctions").describe_execution(executionArn=execution_arn)
        return Result(
            arn=execution_arn,
            status=end["status"],
            output=json.loads(end["output"]) if "output" in end else None,
            error=end.get("error"),
            cause=end.get("cause"),
            history=self.history(execution_arn),
        )

    def history(self, execution_arn: str) -> list[dict[str, Any]]:
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        return [
            event
            for page in pages.paginate(executionArn=execution_arn, maxResults=1000)
            for event in page["events"]
        ]

    def _end_of(self, execution_arn: str) -> Event:
        return self._ended.setdefault(execution_arn, Event(self.clock))

    def _note_end(self, execution: Execution) -> None:
        end = self._end_of(execution.arn)
        if execution.status == "RUNNING":
            end.clear()
        else:
            end.set()
