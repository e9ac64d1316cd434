import io
import json
from typing import Any, cast

import pytest
import time_machine
from botocore.exceptions import ReadTimeoutError

from adapters.hooks import Hooks
from domain.model.errors import AwsUnavailable, HookFailed
from domain.model.state import State
from domain.rollout.stages import after_before
from run_hook import run_hook
from tests.unit.builders import NOW, planned, rollout
from tests.unit.stubs import stubbed

HOOK = {"function": "CodeDeployHook_a", "mode": "return", "timeout": 600}
ASKED = after_before(planned(rollout(hooks={"pre-traffic": HOOK})))
PARAMETERS = {
    "FunctionName": "CodeDeployHook_a",
    "Payload": json.dumps(
        {"DeploymentId": ASKED["execution"]["id"], **ASKED["hook"]["payload"]}
    ).encode(),
}


def answering(body: str, **more: Any) -> State:
    answer = {"StatusCode": 200, "Payload": io.BytesIO(body.encode()), **more}
    with stubbed("lambda") as (client, stub):
        stub.add_response("invoke", answer, PARAMETERS)
        return run_hook(ASKED, Hooks(lambda _: client))


def test_a_success_leads_on() -> None:
    after = answering('{"status": "Succeeded"}')
    assert (after["next"], after["hook"]["status"]) == ("check", "succeeded")


def test_a_failure_is_raised_with_its_reason() -> None:
    with pytest.raises(HookFailed, match="hook CodeDeployHook_a failed: 2 of 7"):
        answering('{"status": "Failed", "reason": "2 of 7"}')


def test_an_exception_of_the_hook_is_its_failure() -> None:
    with pytest.raises(HookFailed, match="failed: KeyError: x"):
        answering('{"errorType": "KeyError", "errorMessage": "x"}', FunctionError="Unhandled")


def test_the_client_waits_as_long_as_the_hook_may_take_and_silence_is_failure() -> None:
    class Silent:
        def invoke(self, **_: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="https://lambda")

    waited: list[int] = []

    def client_for(seconds: int) -> Any:
        waited.append(seconds)
        return Silent()

    with pytest.raises(HookFailed, match="did not answer within 600 s"):
        run_hook(ASKED, Hooks(client_for))
    assert waited == [600]


def test_an_answer_after_the_timeout_is_silence() -> None:
    with time_machine.travel(NOW, tick=False) as clock:

        class Slow:
            def invoke(self, **_: Any) -> Any:
                clock.shift(601)
                return {"StatusCode": 200, "Payload": io.BytesIO(b'{"status": "Succeeded"}')}

        with pytest.raises(HookFailed, match="did not answer"):
            run_hook(ASKED, Hooks(cast(Any, lambda _: Slow())))


@pytest.mark.parametrize(
    ("name", "status"),
    [("TooManyRequestsException", 429), ("SnapStartNotReadyException", 409)],
)
def test_a_call_that_was_not_taken_is_made_again_by_the_state_machine(
    name: str, status: int
) -> None:
    with stubbed("lambda") as (client, stub):
        stub.add_client_error("invoke", name, http_status_code=status)
        with pytest.raises(AwsUnavailable):
            run_hook(ASKED, Hooks(lambda _: client))
