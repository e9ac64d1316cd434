"""Hooks before the first weight and before promotion, with the team's own code in functions."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel.faults import FOREVER
from sandbox.traffic import Version
from tests.contract.readme import DOCUMENTS, block
from tests.long import parametrize
from tests.scenario.then import then_promoted, then_refused, then_rolled_back, then_whole
from tests.scenario.world import BAD, HEALTHY, World, release_of

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {"type": "custom", "weights": [50, 100], "interval": 120}

ANSWERS = """
import json, time
import boto3

def handler(event, context):
    print(json.dumps(event))
    time.sleep({after})
    answer = boto3.client("stepfunctions")
    token = event["LifecycleEventHookExecutionId"]
    for call in {calls}:
        try:
            getattr(answer, call[0])(taskToken=token, **call[1])
        except answer.exceptions.TaskTimedOut:
            print("too late")
"""
RETURNS = """
import json, time

def handler(event, context):
    print(json.dumps(event))
    time.sleep({after})
    {then}
"""
SUCCESS = ("send_task_success", {"output": "{}"})
FAILURE = ("send_task_failure", {"error": "TestsFailed", "cause": "2 of 7 orders were lost"})


def answering(world: World, *calls: tuple[str, dict[str, str]], after: int = 5) -> str:
    code = ANSWERS.format(after=after, calls=repr(list(calls)))
    return world.given_code("CodeDeployHook", code)


def returning(world: World, then: str, after: int = 0) -> str:
    return world.given_code("CodeDeployHook", RETURNS.format(after=after, then=then))


def told(world: World, hook: str) -> list[dict[str, Any]]:
    """Return the events that the hook was invoked with."""
    lines = world.sandbox.logs(hook)
    return [json.loads(line) for line in lines if line.startswith("{")]


def hook_of_the_docs(side: str, verdict: bool = True) -> str:
    """Return the example of docs/hooks.md as it is for CodeDeploy (`-`) or for us (`+`)."""
    example = block(DOCUMENTS["docs/hooks.md"], "diff")
    lines = [line[1:] for line in example.splitlines() if line[:1] in (" ", "", side)]
    tests = f"def tests_pass(event):\n    print(json.dumps(event))\n    return {verdict}"
    return "\n".join(["import json", *lines, tests])


def test_the_docs_start_from_a_hook_of_codedeploy() -> None:
    before, after = (ast.parse(hook_of_the_docs(side)) for side in "-+")
    called = [
        [node.attr for node in ast.walk(code) if isinstance(node, ast.Attribute)]
        for code in (before, after)
    ]
    assert called[0].count("put_lifecycle_event_hook_execution_status") == 2
    assert not [name for name in called[1] if "lifecycle" in name]


def test_a_hook_of_codedeploy_runs_with_the_change_of_the_docs(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = world.given_code("CodeDeployHook_pre", hook_of_the_docs("+"))
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])
    [event] = told(world, hook)
    assert event["DeploymentId"] == rollout.arn


def test_such_a_hook_that_says_failed_rolls_back(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = world.given_code("CodeDeployHook_post", hook_of_the_docs("+", verdict=False))
    rollout = world.when_released(checkout, hooks={"post-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100], error="HookFailed")
    assert f"the post-traffic hook {hook} failed: Failed: which test" in rollout.cause


def test_both_hooks_are_told_what_is_released_and_come_in_their_places(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS)
    hooks = {"pre-traffic": hook, "post-traffic": {"function": hook, "timeout": 600}}
    rollout = world.when_released(checkout, hooks=hooks, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])
    before, after = told(world, hook)
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{checkout.name}"
    described = {
        "function-name": checkout.name,
        "alias-name": "live",
        "alias-arn": f"{arn}:live",
        "old-version": "1",
        "old-version-arn": f"{arn}:1",
        "new-version": "2",
        "new-version-arn": f"{arn}:2",
    }
    assert before.pop("LifecycleEventHookExecutionId") != after.pop("LifecycleEventHookExecutionId")
    for event, name, weight in ((before, "pre-traffic", 0), (after, "post-traffic", 100)):
        assert event == {
            "DeploymentId": rollout.arn,
            "hook": name,
            "weight": weight,
            **described,
            "functions": [described],
        }
    states = [name for name in rollout.states if name not in ("Decide", "Bake", "CheckHealth")]
    assert states[:5] == ["Start", "Plan", "Publish", "CallHook", "ShiftWeight"]
    assert states[-4:] == ["CallHook", "Finalize", "NotifySuccess", "Succeeded"]


def test_hooks_of_a_group_are_told_of_all_its_functions(world: World) -> None:
    checkout, basket = world.given_function("checkout"), world.given_function("basket")
    hook = answering(world, SUCCESS)
    rollout = world.when_released([checkout, basket], hooks={"pre-traffic": hook}, **SETTINGS)
    then_promoted(rollout, basket, [50, 100])
    [event] = told(world, hook)
    assert event["function-name"] == checkout.name
    names = [one["function-name"] for one in event["functions"]]
    assert names == [checkout.name, basket.name]


def test_a_failure_of_the_pre_traffic_hook_shifts_nothing(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, FAILURE)
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [], error="HookFailed")
    assert rollout.cause.startswith(
        f"the pre-traffic hook {hook} failed: TestsFailed: 2 of 7 orders were lost. Now: "
    )


@pytest.mark.proves("A68")
@parametrize(
    "error", ["States.Timeout", "States.TaskFailed", "AliasChanged", "Lambda.Unknown"], short=1
)
def test_a_hook_that_borrows_an_errors_name_is_still_a_hook_that_failed(
    world: World, error: str
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, ("send_task_failure", {"error": error, "cause": "why"}))
    rollout = world.when_released(checkout, hooks={"post-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100], error="HookFailed")


def test_a_failure_without_a_word_is_a_failure(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, ("send_task_failure", {}))
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [], error="HookFailed")


def test_such_a_failure_is_a_failure_also_when_no_function_can_roll_back(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, ("send_task_failure", {}))
    world.faults.on_handler("RollBackFunction", "crash", times=FOREVER)
    rollout = world.when_released(checkout, hooks={"post-traffic": hook}, **SETTINGS)
    assert (rollout.status, rollout.error) == ("FAILED", "HookFailed")
    then_whole(checkout, "1")


@pytest.mark.proves("F5", "A71")
def test_silence_for_an_hour_is_failure(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world)
    began = world.sandbox.clock.now
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [], error="HookFailed")
    assert f"the pre-traffic hook {hook} did not answer within 3,600 s" in rollout.cause
    assert world.sandbox.clock.now - began == pytest.approx(3_600, abs=10)


@pytest.mark.proves("A70")
def test_an_answer_after_the_timeout_changes_nothing(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS, after=120)
    hooks = {"post-traffic": {"function": hook, "timeout": 60}}
    rollout = world.when_released(checkout, hooks=hooks, **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100], error="HookFailed")
    assert "did not answer within 60 s" in rollout.cause
    world.sandbox.run_for(300)
    assert world.sandbox.logs(hook)[-1] == "too late"
    assert checkout.now is not None
    assert checkout.now.version == "1"


@pytest.mark.proves("A70")
def test_a_second_answer_changes_nothing(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS, FAILURE, SUCCESS)
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])
    assert world.sandbox.logs(hook).count("too late") == 2


@pytest.mark.proves("A69")
@parametrize("output", ["[]", "null", '"fine"', "5", '{"x": "%s"}' % ("x" * 250_000)], short=1)
def test_a_success_may_carry_anything(world: World, output: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, ("send_task_success", {"output": output}))
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    then_promoted(rollout, checkout, [50, 100])


def test_a_hook_that_does_not_exist_is_refused(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    rollout = world.when_released(checkout, hooks={"post-traffic": "gone"}, **SETTINGS)
    then_refused(rollout, checkout)
    assert "function gone, of a hook or check, does not exist" in rollout.cause


@pytest.mark.proves("F5")
def test_a_hook_that_is_deleted_meanwhile_fails_by_name(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = answering(world, SUCCESS)
    execution = world.when_started(release_of(checkout, hooks={"post-traffic": hook}, **SETTINGS))
    world.when_at(50, checkout)
    world.functions.delete_function(FunctionName=hook)
    rollout = world.when_ended(execution)
    then_rolled_back(rollout, checkout, [50, 100], error="HookFailed")
    assert (
        f"the post-traffic hook {hook} could not be run: Lambda.ResourceNotFound" in rollout.cause
    )


def test_a_version_that_fails_its_checks_is_never_brought_to_the_hook(world: World) -> None:
    checkout = world.given_function(canary=BAD)
    hook = answering(world, SUCCESS)
    rollout = world.when_released(checkout, hooks={"post-traffic": hook}, **SETTINGS)
    then_rolled_back(rollout, checkout, [50])
    assert told(world, hook) == []


def test_a_version_that_turns_bad_while_the_post_traffic_hook_runs_rolls_back(world: World) -> None:
    checkout = world.given_function(canary=Version(errors=[(0, 0.0), (400, 0.5)]))
    hook = answering(world, SUCCESS, after=600)
    limit = [{"type": "errors", "max-percent": 5}]  # at 100 % there is nothing to compare with
    rollout = world.when_released(checkout, hooks={"post-traffic": hook}, checks=limit, **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100])
    assert len(told(world, hook)) == 1


@pytest.mark.parametrize("good", [True, False])
def test_a_new_alias_is_made_when_the_pre_traffic_hook_says_so(world: World, good: bool) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    checkout.seen.clear()
    hook = answering(world, SUCCESS if good else FAILURE)
    rollout = world.when_released(checkout, hooks={"pre-traffic": hook}, **SETTINGS)
    assert len(told(world, hook)) == 1
    if good:
        assert checkout.primaries == ["2"]
    else:
        assert (rollout.error, checkout.seen) == ("HookFailed", [])
        subject = f"Not released: {checkout.name} live (HookFailed)"
        assert rollout.messages[-1].subject == subject


def test_a_hook_whose_return_value_succeeds(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = returning(world, 'return {"status": "Succeeded"}', after=60)
    both = {"function": hook, "mode": "return"}
    rollout = world.when_released(
        checkout, hooks={"pre-traffic": both, "post-traffic": both}, **SETTINGS
    )
    then_promoted(rollout, checkout, [50, 100])
    before, after = told(world, hook)
    assert (before["hook"], before["weight"]) == ("pre-traffic", 0)
    assert (after["hook"], after["weight"]) == ("post-traffic", 100)
    assert before["DeploymentId"] == rollout.arn
    assert "LifecycleEventHookExecutionId" not in before


@parametrize(
    ("then", "words"),
    [
        ('return {"status": "Failed", "reason": "2 of 7"}', "failed: 2 of 7"),
        ('return {"status": "Failed"}', "failed: it gave no reason"),
        ('return {"status": "succeeded"}', "answered an object with status; allowed: "),
        ("return None", "answered null; allowed: "),
        ('return "Succeeded"', "answered a text; allowed: "),
        ('raise ValueError("no such table")', "failed: ValueError: no such table"),
        ("import os; os._exit(1)", "failed: Runtime.ExitError"),
        ("time.sleep(600)", "did not answer within 300 s"),
        ('time.sleep(400); return {"status": "Succeeded"}', "did not answer within 300 s"),
    ],
    short=2,
)
def test_any_other_return_value_is_a_failure(world: World, then: str, words: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hook = returning(world, then)
    hooks = {"post-traffic": {"function": hook, "mode": "return"}}
    rollout = world.when_released(checkout, hooks=hooks, **SETTINGS)
    then_rolled_back(rollout, checkout, [50, 100], error="HookFailed")
    assert f"the post-traffic hook {hook} {words}" in rollout.cause


@parametrize("kind", ["crash", "timeout", "throttle"], short=1)
def test_a_hook_that_could_not_be_asked_has_failed(world: World, kind: Any) -> None:
    checkout = world.given_function(canary=HEALTHY)
    world.faults.on_handler("RunHookFunction", kind, times=FOREVER)
    hooks = {"pre-traffic": {"function": returning(world, "return 1"), "mode": "return"}}
    rollout = world.when_released(checkout, hooks=hooks, **SETTINGS)
    then_rolled_back(rollout, checkout, [], error="HookFailed")


@pytest.mark.proves("F1")
@parametrize("error", ["ResourceConflictException", "SnapStartNotReadyException"], short=1)
@pytest.mark.parametrize("mode", ["callback", "return"])
def test_a_hook_that_still_wakes_is_asked_again(world: World, mode: str, error: str) -> None:
    checkout = world.given_function(canary=HEALTHY)
    if mode == "callback":
        hook, caller, skip = answering(world, SUCCESS), None, 2  # the calls of Plan and Publish
    else:
        hook, caller = returning(world, 'return {"status": "Succeeded"}'), "RunHookFunction"
        skip = 0
    world.faults.on_call("lambda", "Invoke", error=error, times=3, skip=skip, caller=caller)
    hooks = {"pre-traffic": {"function": hook, "mode": mode}}
    then_promoted(world.when_released(checkout, hooks=hooks, **SETTINGS), checkout, [50, 100])
    assert len(told(world, hook)) == 1


def test_a_hook_that_is_throttled_for_a_while_is_asked_again(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    callback = answering(world, SUCCESS)
    world.faults.on_handler(callback, "throttle", times=3)
    hooks = {"pre-traffic": callback}
    then_promoted(world.when_released(checkout, hooks=hooks, **SETTINGS), checkout, [50, 100])


@parametrize(
    ("hooks", "problem"),
    [
        (5, "hooks: 5 was given; allowed: an object with pre-traffic, post-traffic or both"),
        ({"before": "f"}, "hooks.before: unknown key; allowed: post-traffic, pre-traffic"),
        ({"pre-traffic": 5}, "hooks.pre-traffic: 5 was given; allowed: a function's name"),
        ({"pre-traffic": "a b"}, 'hooks.pre-traffic: "a b" is not a function\'s name or ARN'),
        ({"pre-traffic": {}}, "hooks.pre-traffic.function: missing; allowed: a function's name"),
        (
            {"post-traffic": {"function": "f", "mode": "async"}},
            'hooks.post-traffic.mode: "async" was given; allowed: callback or return',
        ),
        (
            {"post-traffic": {"function": "f", "mode": "return", "timeout": 900}},
            "hooks.post-traffic.timeout: 900 was given; allowed with mode return: whole seconds",
        ),
        (
            {"post-traffic": {"function": "f", "timeout": 0}},
            "hooks.post-traffic.timeout: 0 was given; allowed: whole seconds from 1 to a year",
        ),
        (
            {"pre-traffic": "arn:aws:lambda:us-east-1:999999999999:function:f"},
            "is in us-east-1 of account 999999999999",
        ),
        ({"pre-traffic": {"function": "f", "mod": "return"}}, "hooks.pre-traffic.mod: unknown key"),
    ],
    short=1,
)
def test_bad_hooks_are_refused_by_the_path_of_the_key(
    world: World, hooks: object, problem: str
) -> None:
    checkout = world.given_function(canary=HEALTHY)
    rollout = world.when_released(checkout, hooks=hooks, **SETTINGS)
    then_refused(rollout, checkout, error="InvalidInput")
    assert problem in rollout.cause


def test_the_sample_input_asks_both_ways(world: World) -> None:
    checkout = world.given_function(canary=HEALTHY)
    hooks = {
        "CodeDeployHook_MyTests": answering(world, SUCCESS),
        "CodeDeployHook_MyReport": world.given_code(
            "CodeDeployHook_MyReport",
            RETURNS.format(after=0, then='return {"status": "Succeeded"}'),
        ),
    }
    text = (ROOT / "events" / "hooks.json").read_text(encoding="utf-8")
    for sample, name in {**hooks, "MyFunction": checkout.name, "MyAlias": "live"}.items():
        text = text.replace(f'"{sample}"', f'"{name}"')
    rollout = world.when_ended(world.when_started(json.loads(text)))
    then_promoted(rollout, checkout, [10, 100])
    assert [len(told(world, name)) for name in hooks.values()] == [1, 1]
