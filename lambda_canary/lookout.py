"""Looks at rollouts, by as few calls as there can be: two at most for one under way."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from adapters.aws import code
from adapters.executions import Executions
from domain.view.look import Look, Tail, tail_of
from lambda_canary.trouble import Mistaken

_AT_ONCE = 10  # events; a state is in the last two or three, unless a task is tried again and again


class Lookout:
    """Asks Step Functions, and counts the calls."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._histories = Executions(client)
        self.calls = 0
        self._paced = 0

    def taken(self) -> int:
        """Return the calls that were made since this was asked last."""
        made, self._paced = self.calls - self._paced, self.calls
        return made

    def look(self, arn: str) -> Look:
        """Look at one rollout, whether it is under way or over."""
        described = self._described(arn)
        look = _look(described)
        if look.status == "SUCCEEDED":
            return look
        tail = self._tail(arn)
        if look.status != "RUNNING" and not tail.over:
            # Its history is a moment behind, and what it lacks may be a weight: it is not judged.
            look = replace(look, status="RUNNING", ended=0.0, error="", cause="")
        return replace(look, state=self._running_on(tail).state)

    def again(self, before: Look) -> Look:
        """Look again at one that was under way: by one call, or two where it runs on elsewhere."""
        tail = self._tail(before.arn)
        if tail.over:
            return self.look(before.arn)
        return replace(before, state=self._running_on(tail).state)

    def running(self, machine: str) -> list[Look]:
        """Look at all rollouts that are under way, oldest first."""
        found = list(self._listed(machine, "RUNNING"))
        return [self.again(_listed_look(one)) for one in reversed(found)]

    def ended(self, machine: str, most: int | None) -> Iterator[Look]:
        """Look at those that have ended, from the last one on."""
        count = 0
        for one in self._listed(machine, None):
            if count == most:
                return
            if one["status"] != "RUNNING":
                count += 1
                yield self.look(one["executionArn"])

    def promoted(self, machine: str) -> Iterator[Look]:
        """Look at those that have succeeded, from the one that was started last on."""
        for one in self._listed(machine, "SUCCEEDED"):
            yield self.look(one["executionArn"])

    def _listed(self, machine: str, status: str | None) -> Iterator[Any]:
        wanted = {"statusFilter": status} if status else {}
        pages = self._client.get_paginator("list_executions")
        for page in pages.paginate(stateMachineArn=machine, **wanted):
            self.calls += 1
            yield from page["executions"]

    def _described(self, arn: str) -> Any:
        self.calls += 1
        try:
            return self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if code(error) != "ExecutionDoesNotExist":
                raise
            raise NotThere(
                f"there is no rollout {arn.rpartition(':')[2]}",
                "lambda-canary status --all lists those that Step Functions knows",
            ) from error

    def _running_on(self, tail: Tail) -> Tail:
        """Follow a rollout into the execution in which it runs on, if it does."""
        if tail.continuation is None:
            return tail
        later = self._tail(tail.continuation)
        return later if later.state is not None else tail

    def _tail(self, arn: str) -> Tail:
        self.calls += 1
        return tail_of(self._histories.newest_events(arn, _AT_ONCE))


class NotThere(Mistaken):
    """Step Functions knows no such execution, or not yet."""


def _look(found: Any) -> Look:
    stopped = found.get("stopDate")
    return Look(
        arn=found["executionArn"],
        status=found["status"],
        started=found["startDate"].timestamp(),
        ended=stopped.timestamp() if stopped else 0.0,
        given=json.loads(found.get("input") or "null"),
        output=json.loads(found.get("output") or "null"),
        error=found.get("error", ""),
        cause=found.get("cause", ""),
    )


def _listed_look(found: Any) -> Look:
    return Look(found["executionArn"], "RUNNING", found["startDate"].timestamp())
