"""What must hold of the definitions, one function a rule. Each yields the problems it finds.

They cover what neither CloudFormation nor cfn-lint look at. What is held of all machines, what of
some or one, and what of two together is said at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from domain.model import errors
from domain.model.errors import DEFINED, AwsUnavailable
from domain.model.state import Next
from tests.contract.definition import Scope, StateBody, all_states, invoked_function, targets, tasks

Definition = Mapping[str, Any]
Rule = Callable[[Definition], Iterator[str]]

# AWS's recommendation for Lambda tasks.
RETRIED = frozenset(
    {
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    }
)
LONGEST_RETRY_SECONDS = 120

# Tasks that may be repeated whenever they crashed, and the errors by which they say no for good.
ASKED_AGAIN = {
    f"{name}Function" for name in ("Plan", "Publish", "ShiftWeight", "CheckHealth", "Finalize")
}
ANSWERS = {
    kind.__name__
    for kind in (errors.AliasChanged, errors.InvalidInput, errors.NotReady, errors.PreflightFailed,
                 errors.StackUpdated, errors.VersionDeleted)
}  # fmt: skip

# There is no such recommendation for starting an execution; these are its transient failures.
RETRIED_STARTS = frozenset(
    {
        "StepFunctions.AWSStepFunctionsException",
        "StepFunctions.ExecutionLimitExceededException",
        "StepFunctions.SdkClientException",
        "StepFunctions.SfnException",
        "StepFunctions.ThrottlingException",
    }
)

# What a rollout goes on without when it fails, and where.
DISPENSABLE = {
    "NotifyWeight": "ShiftWeight",
    "NotifyApproval": "Bake",
    "NotifySuccess": "CountUntoldPromotion",
    "CountUntoldPromotion": "Succeeded",
    "Probe": "Bake",
}
# What was started before, by a call whose answer was lost, has been started.
STARTED_ALREADY = {
    "ErrorEquals": ["StepFunctions.ExecutionAlreadyExistsException"],
    "ResultPath": "$.notification",
    "Next": "CheckHealth",
}
# What must never run twice at a time: retried only where Lambda has refused to run it.
NEVER_TWICE = {"Probe": ["Lambda.TooManyRequestsException"]}


def every_state_says_what_it_is_for(definition: Definition) -> Iterator[str]:
    if not definition.get("Comment"):
        yield "the machine has no Comment"
    for name, state in all_states(definition):
        if not state.get("Comment"):
            yield f"{name} has no Comment"


def every_next_exists(definition: Definition) -> Iterator[str]:
    for scope in Scope.of(definition).every():
        if scope.start not in scope.states:
            yield f"{scope.path} starts at {scope.start}, which is no state"
        for name, state in scope.states.items():
            for target in targets(state):
                if target not in scope.states:
                    yield f"{scope.path}{name} goes to {target}, which is no state"


def every_state_is_reachable(definition: Definition) -> Iterator[str]:
    for scope in Scope.of(definition).every():
        for name in scope.states.keys() - scope.reachable(scope.start) - {scope.start}:
            yield f"{scope.path}{name} cannot be reached"


def every_choice_has_a_default(definition: Definition) -> Iterator[str]:
    for name, state in all_states(definition):
        if state["Type"] == "Choice" and "Default" not in state:
            yield f"{name} has no Default, so an unforeseen value would end the execution"


def every_task_has_a_timeout(definition: Definition) -> Iterator[str]:
    for name, state in tasks(definition):
        if not isinstance(state.get("TimeoutSeconds"), int) and "TimeoutSecondsPath" not in state:
            yield f"{name} has no TimeoutSeconds"


def every_task_retries_what_aws_recommends(definition: Definition) -> Iterator[str]:
    for name, state in tasks(definition):
        if name in NEVER_TWICE:
            continue
        retried = {error for retrier in state.get("Retry", []) for error in retrier["ErrorEquals"]}
        if "States.ALL" in retried and invoked_function(state) is None:  # nothing less is left out
            continue
        starts = ":states:startExecution" in state["Resource"]
        missing = (RETRIED_STARTS if starts else RETRIED) - retried
        if invoked_function(state) is not None:
            missing |= {AwsUnavailable.__name__} - retried
        if missing:
            yield f"{name} does not retry {', '.join(sorted(missing))}"


def a_task_that_crashed_is_asked_again(definition: Definition) -> Iterator[str]:
    """Three times in all; what a task answers by an error of its own is no crash."""
    for name, state in tasks(definition):
        if invoked_function(state) not in ASKED_AGAIN:
            continue
        answers, crashes = state["Retry"][-2:]
        if set(answers["ErrorEquals"]) != ANSWERS or answers["MaxAttempts"] != 0:
            yield f"{name} does not take its own answers for such"
        if (crashes["ErrorEquals"], crashes["MaxAttempts"]) != (["States.ALL"], 2):
            yield f"{name} is not asked three times in all when it crashes"


def what_must_not_run_twice_is_retried_only_where_it_has_not_run(
    definition: Definition,
) -> Iterator[str]:
    states = Scope.of(definition).states
    for name, harmless in NEVER_TWICE.items():
        if [retrier["ErrorEquals"] for retrier in states[name]["Retry"]] != [harmless]:
            yield f"{name} may run twice at a time"


def every_retry_backs_off_with_jitter(definition: Definition) -> Iterator[str]:
    for name, state in all_states(definition):
        for retrier in state.get("Retry", []):
            if retrier.get("MaxAttempts") == 0:  # says that these errors are not retried
                continue
            if retrier.get("JitterStrategy") != "FULL":
                yield f"{name} retries without full jitter"
            if retrier.get("BackoffRate", 0) < 2:
                yield f"{name} retries without backing off"
            if not 1 <= retrier.get("MaxDelaySeconds", 0) <= LONGEST_RETRY_SECONDS:
                yield f"{name} may wait longer than {LONGEST_RETRY_SECONDS} s to retry"


def every_failure_is_caught(definition: Definition) -> Iterator[str]:
    """Only Task, Map and Parallel may catch; the other types here cannot fail on valid data."""
    for name, state in all_states(definition):
        if state["Type"] not in ("Task", "Map", "Parallel"):
            continue
        catchers = state.get("Catch", [])
        if not catchers or catchers[-1]["ErrorEquals"] != ["States.ALL"]:
            yield f"{name} does not catch everything at last"
        for catcher in catchers:
            if not catcher.get("ResultPath", "$").startswith("$."):
                yield f"{name} forgets the rollout's state when it catches"


def what_fails_before_the_rollback_rolls_back(definition: Definition) -> Iterator[str]:
    scope = Scope.of(definition)
    rollback_side = {"RollBack"} | scope.reachable("RollBack")
    for name, state in scope.states.items():
        for catcher in state.get("Catch", []):
            goes_on = DISPENSABLE.get(name) == catcher["Next"] or catcher == STARTED_ALREADY
            if not goes_on and catcher["Next"] not in rollback_side:
                yield f"{name} catches into {catcher['Next']}, which does not roll back"
            if name not in rollback_side and not goes_on and catcher["Next"] != "RollBack":
                yield f"{name} catches into {catcher['Next']}, past RollBack"


def the_rollback_side_only_ends_in_failure(definition: Definition) -> Iterator[str]:
    scope = Scope.of(definition)
    rollback_side = {"RollBack"} | scope.reachable("RollBack")
    for name in rollback_side:
        state = scope.states[name]
        if not targets(state) and state["Type"] != "Fail":
            yield f"after RollBack the execution can end in {name}, which is no failure"
    if "RollBack" in scope.reachable("RollBack"):
        yield "RollBack can come twice"


def there_is_one_good_end_and_one_bad(definition: Definition) -> Iterator[str]:
    ends = {name for name, state in Scope.of(definition).states.items() if not targets(state)}
    if ends != {"Succeeded", "Failed"}:
        yield f"executions end in {sorted(ends)}"


def decisions_on_the_loop_compare_one_value(definition: Definition) -> Iterator[str]:
    """With words, or with its not being there."""
    scope = Scope.of(definition)
    for name, state in scope.states.items():
        if state["Type"] != "Choice" or name not in scope.reachable(name):
            continue
        if any(
            choice.keys() not in ({"Variable", test, "Next"} for test in _TESTS)
            for choice in state["Choices"]
        ):
            yield f"{name} does more than to compare with a word"
        if len({choice.get("Variable") for choice in state["Choices"]}) != 1:
            yield f"{name} compares more than one value"


_TESTS = ("StringEquals", "IsPresent")


def decide_knows_every_destination(definition: Definition) -> Iterator[str]:
    decide = Scope.of(definition).states["Decide"]
    known = {choice["StringEquals"] for choice in decide["Choices"]}
    yield from (f"Decide does not know {word}" for word in _words() - known)
    yield from (f"Decide knows {word}, which no task says" for word in known - _words())
    if decide.get("Default") != "RollBack":
        yield "Decide does not roll back when it is told an unknown word"


def _words() -> set[str]:
    """All that tasks may say, but for roll-back, which is where Decide goes by default."""
    return set(get_args(Next)) - {"roll-back"}


def executions_fail_with_defined_names_only(definition: Definition) -> Iterator[str]:
    states = Scope.of(definition).states
    *_, choice = states["WhichError"]["Choices"]
    passed = {test["StringEquals"] for test in choice["Or"]}
    given = {state["Parameters"]["Error"] for state in states.values() if _names_error(state)}
    if passed & given:
        yield f"{sorted(passed & given)} are both passed on and given"
    if passed | given != DEFINED:
        yield f"users see {sorted(passed | given)}, but defined are {sorted(DEFINED)}"


def _names_error(state: StateBody) -> bool:
    return state["Type"] == "Pass" and "Error" in state.get("Parameters", {})


def tasks_are_named_after_their_functions(definition: Definition) -> Iterator[str]:
    for name, state in tasks(definition):
        function = invoked_function(state)
        if function is not None and not name.startswith(function.removesuffix("Function")):
            yield f"{name} invokes {function}"


def the_relay_only_ends_by_handing_back(definition: Definition) -> Iterator[str]:
    states = Scope.of(definition).states
    ends = {name for name, state in states.items() if not targets(state)}
    if ends != {"HandBack"} or states["HandBack"]["Type"] != "Pass":
        yield f"executions end in {sorted(ends)}, where the one that waits does not get the state"
    if states["Decide"]["Default"] != "HandBack":
        yield "Decide does not hand back what it does not know"
    for name, state in states.items():
        for catcher in state.get("Catch", []):
            if catcher["Next"] not in ("HandBack", DISPENSABLE.get(name)):
                yield f"{name} catches into {catcher['Next']}, and not into HandBack"


def the_relay_runs_the_very_loop(deploy: Definition, relay: Definition) -> Iterator[str]:
    """Find states that differ, but for where they go when the loop ends: back, or on."""
    here, there = Scope.of(relay).states, Scope.of(deploy).states
    shared = here.keys() & there.keys()
    for name in sorted(shared - {"Decide"}):
        if _handing_back(there[name]) != here[name]:
            yield f"{name} is another state than in DeployStateMachine"
    if missing := _on_the_loop(deploy) - shared:
        yield f"{sorted(missing)} are on the loop and not in RelayStateMachine"
    expected = [
        choice for choice in there["Decide"]["Choices"] if choice["StringEquals"] in LOOP_WORDS
    ]
    if here["Decide"]["Choices"] != expected:
        yield f"Decide does not lead to just {sorted(LOOP_WORDS)} as in DeployStateMachine"


# What tasks on the loop say as long as it goes on.
LOOP_WORDS = {"bake", "probe", "shift", "shift-and-probe", "announce", "ask-approval"}


def _on_the_loop(deploy: Definition) -> set[str]:
    scope = Scope.of(deploy)
    leads_to = {
        choice["Next"]
        for choice in scope.states["Decide"]["Choices"]
        if choice["StringEquals"] in LOOP_WORDS
    }
    return leads_to | {"CheckHealth", "Decide"}


def _handing_back(state: StateBody) -> StateBody:
    catchers = [
        {**catcher, "Next": "HandBack" if catcher["Next"] == "RollBack" else catcher["Next"]}
        for catcher in state.get("Catch", [])
    ]
    return {**state, "Catch": catchers} if catchers else state


def what_is_started_hands_back_its_state(definition: Definition) -> Iterator[str]:
    relay = Scope.of(definition).states["Relay"]
    if relay["Parameters"].get("Name.$") != "$.relay.name":
        yield "Relay starts executions without a name, so twice where an answer gets lost"
    if relay.get("OutputPath") != "$.Output":
        yield "Relay does not go on with the state that is handed back"
    if relay["Next"] != "HasFailed":
        yield "Relay does not look whether the execution hands a failure back"


def a_hook_is_asked_once_under_a_name(definition: Definition) -> Iterator[str]:
    start = Scope.of(definition).states["CallHook"]
    if start["Parameters"].get("Name.$") != "$.hook.run":
        yield "CallHook starts executions without a name, so twice where an answer gets lost"
    if STARTED_ALREADY not in start["Catch"]:
        yield "CallHook fails where the answer of a start was lost, and the hook has answered"
    if "sync" in start["Resource"] or start["Next"] != "CheckHealth":
        yield "CallHook keeps checks from being made while a hook is asked"


def what_a_hook_answers_is_its_executions_end(definition: Definition) -> Iterator[str]:
    for name, state in all_states(definition):
        if state["Type"] == "Task" and ("Catch" in state or not state.get("End")):
            yield f"{name} hides how the hook has answered"


def the_gate_always_answers(definition: Definition) -> Iterator[str]:
    release = Scope.of(definition).states["Release"]
    if release["Parameters"].get("Name.$") != "$.name":
        yield "Release starts rollouts without a name, so twice where an answer gets lost"
    ways = {release["Next"], *(catcher["Next"] for catcher in release["Catch"])}
    if ways != {"GateAnswer"}:
        yield f"Release goes to {sorted(ways)}, and not to GateAnswer whatever happens"


PairRule = Callable[[Definition, Definition], Iterator[str]]

OF_ALL: tuple[Rule, ...] = (
    every_state_says_what_it_is_for,
    every_next_exists,
    every_state_is_reachable,
    every_choice_has_a_default,
    every_task_has_a_timeout,
    every_task_retries_what_aws_recommends,
    every_retry_backs_off_with_jitter,
    a_task_that_crashed_is_asked_again,
    decisions_on_the_loop_compare_one_value,
    tasks_are_named_after_their_functions,
)
OF_BOTH: tuple[Rule, ...] = (  # that have the loop
    what_must_not_run_twice_is_retried_only_where_it_has_not_run,
    every_failure_is_caught,
)
OF_DEPLOY: tuple[Rule, ...] = (
    what_fails_before_the_rollback_rolls_back,
    the_rollback_side_only_ends_in_failure,
    there_is_one_good_end_and_one_bad,
    decide_knows_every_destination,
    executions_fail_with_defined_names_only,
    what_is_started_hands_back_its_state,
    a_hook_is_asked_once_under_a_name,
)
OF_GATE: tuple[Rule, ...] = (every_failure_is_caught, the_gate_always_answers)
OF_RELAY: tuple[Rule, ...] = (the_relay_only_ends_by_handing_back,)
OF_HOOK: tuple[Rule, ...] = (what_a_hook_answers_is_its_executions_end,)
OF_THE_TWO: tuple[PairRule, ...] = (the_relay_runs_the_very_loop,)
