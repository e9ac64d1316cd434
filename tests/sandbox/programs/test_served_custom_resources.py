"""Custom resources under a clock that keeps pace: answers come in from threads of their own."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest

from sandbox.kernel.pace import keep_pace
from sandbox.sandbox import Sandbox
from tests.raw_http import served
from tests.sandbox.services.cloudformation.clients import Client
from tests.sandbox.services.cloudformation.providers import (
    asked,
    custom,
    provider,
    put,
    template,
)

PATIENCE = 20.0  # of real seconds


def until(sandbox: Sandbox, holds: Any) -> None:
    ends = monotonic() + PATIENCE
    keep_pace(sandbox.clock, 60, until=lambda: holds() or monotonic() > ends)
    assert holds()


@pytest.mark.proves("S69")
def test_answers_from_anywhere_come_in_while_time_goes_on() -> None:
    with Sandbox() as sandbox, served(sandbox), ThreadPoolExecutor() as pool:
        provider(sandbox)
        client = Client(sandbox)
        body = template(Quick=custom(Seconds=30), Silent=custom(Create="silence"))
        client.api.create_stack(StackName="app", TemplateBody=body)
        [stack] = sandbox.cloudformation.engine.stacks.values()
        until(sandbox, lambda: "Quick CREATE_COMPLETE" in client.events())
        assert stack.status == "CREATE_IN_PROGRESS"
        [silent] = [one for one in asked(sandbox) if one["LogicalResourceId"] == "Silent"]
        answered = pool.submit(put, silent)
        until(sandbox, lambda: stack.status == "CREATE_COMPLETE")
        assert answered.result() == 200
