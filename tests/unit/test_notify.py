from domain.model.errors import Failure
from domain.model.state import State
from notify import notify
from tests.unit import fakes
from tests.unit.builders import EXECUTION, baking, rollout


def subjects(state: State) -> list[str]:
    notifier = fakes.Notifier()
    notify(state, [notifier])
    return [message.subject for message in notifier.sent]


def test_a_failure_is_told_under_a_name_of_the_contract() -> None:
    notifier = fakes.Notifier()
    lambdas = '{"errorType": "KeyError", "errorMessage": "\'canary\'"}'
    state: State = {**baking(rollout()), "failure": Failure(Error="KeyError", Cause=lambdas)}
    after = notify(state, [notifier])
    assert after["failure"] == {"Error": "InternalError", "Cause": "KeyError: 'canary'"}
    assert notifier.sent[0].body["error"] == "InternalError"


def test_a_promotion_is_told() -> None:
    assert subjects({**baking(rollout()), "result": {}}) == ["Promoted: checkout live"]


def test_a_weight_is_told_before_the_next_shift() -> None:
    notifier = fakes.Notifier()
    after = notify({**baking(rollout(notify="all")), "next": "announce"}, [notifier])
    assert after["next"] == "shift"
    assert notifier.sent[0].subject == "Checks passed at 10 % (weight 1 of 10): checkout live"


def test_a_message_that_is_not_wanted_is_not_sent() -> None:
    assert subjects({**baking(rollout(notify="failures")), "result": {}}) == []


def test_a_message_that_cannot_be_delivered_holds_up_nothing() -> None:
    failure = Failure(Error="HealthCheckFailed", Cause="why")
    state: State = {**baking(rollout()), "failure": failure}
    after = notify(state, [fakes.Notifier(failing=RuntimeError("no such topic"))])
    assert after["failure"] == failure


def test_a_refused_input_is_told() -> None:
    execution = baking(rollout())["execution"]
    failure = Failure(Error="InvalidInput", Cause="steps: 0 was given")
    state: State = {"execution": execution, "input": rollout(steps=0), "failure": failure}
    assert subjects(state) == ["Refused: checkout live (InvalidInput)"]
    assert execution["id"] == EXECUTION


def test_a_channel_that_fails_does_not_keep_the_message_from_the_others() -> None:
    broken, sound = fakes.Notifier(failing=RuntimeError("no such topic")), fakes.Notifier()
    notify({**baking(rollout()), "result": {}}, [broken, sound])
    assert len(sound.sent) == 1
