"""What holds after any rollout that a stack asked for. Each violation is said in words."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chaos.ending import Answer, Ending, StackEnding
from tests.chaos.fault import (
    AnswerFails,
    CallFails,
    DeliveryFails,
    EventFails,
    HandlerDies,
    NothingRuns,
    SomebodyElse,
    Stopped,
)
from tests.scenario.observed import AliasState

AT_REST = ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE")
# As CloudFormation says it of an hour in which nobody answered.
SILENCE = "CloudFormation did not receive a response"
_OURS = "Message returned: "


def stack_violations(ending: Ending, stack: StackEnding) -> Iterator[str]:
    yield from _the_stack_is_at_rest(ending, stack)
    yield from _an_answer_comes(ending, stack)
    yield from _the_stack_says_where_its_alias_is(ending, stack)
    yield from _success_is_the_version_asked_for(ending, stack)
    yield from _reasons_are_true(ending, stack)


def _the_stack_is_at_rest(ending: Ending, stack: StackEnding) -> Iterator[str]:
    """Also where nobody could answer, it goes on as soon as somebody orders that."""
    if stack.in_the_end not in AT_REST:
        yield f"the stack is left {stack.in_the_end}, whatever people do"
    elif stack.status not in AT_REST and not (_is_unheard(ending) or _is_out_of_reach(ending)):
        yield f"the stack is left {stack.status}"


def _an_answer_comes(ending: Ending, stack: StackEnding) -> Iterator[str]:
    if not (_is_unheard(ending) or _nobody_waits(ending)):
        for one in stack.answers:
            if SILENCE in one.reason:
                yield f"nobody answered for version {one.version} within the hour"


def _the_stack_says_where_its_alias_is(ending: Ending, stack: StackEnding) -> Iterator[str]:
    for one in ending.members:
        if stack.version is None or one.changed or one.now is None or _is_hidden(ending):
            continue
        if one.now.version != stack.version:
            yield (
                f"{one.name}: the stack says that it routes to version {stack.version}, but it "
                f"routes to {one.now.version}"
            )


def _success_is_the_version_asked_for(ending: Ending, stack: StackEnding) -> Iterator[str]:
    if any(one.changed for one in ending.members):
        return
    for answer in stack.answers:
        if answer.status in ("UPDATE_COMPLETE", "CREATE_COMPLETE") and not _is_there(answer):
            yield f"SUCCESS for version {answer.version}, but the alias was {answer.alias}"


def _is_there(answer: Answer) -> bool:
    alias: AliasState | None = answer.alias
    return alias is None or (alias.version, dict(alias.weights)) == (answer.version, {})


def _reasons_are_true(ending: Ending, stack: StackEnding) -> Iterator[str]:
    for answer in stack.answers:
        if not answer.status.endswith("FAILED") or _OURS not in answer.reason:
            continue
        said = answer.reason.partition(_OURS)[2].rpartition(" (RequestId")[0]
        if not said:
            yield "it failed, and nobody was told why"
        judged = "HealthCheckFailed" in said and "could not be made" not in said
        if judged and not ending.case.scenario.fails:
            yield f"a healthy version was rolled back: {said}"
        if "could not be started" in said and ending.execution != "none":
            yield f"a rollout had been started, though it is said: {said}"


def _is_unheard(ending: Ending) -> bool:
    """Whether it is beyond the gate that CloudFormation hears nothing, or not in time."""
    for fault in ending.case.faults:
        match fault:
            case NothingRuns() | DeliveryFails(fate="lost") | AnswerFails(loss="lost"):
                return True
            case AnswerFails(times="lasting"):
                return True
    return False


def _nobody_waits(ending: Ending) -> bool:
    """Whether nobody can be there who would see a rollout end, or answer for that."""
    faults = ending.case.faults
    waits = any(isinstance(one, Stopped) and one.whose == "waiter" for one in faults)
    for fault in faults:
        match fault:
            case CallFails(caller="anybody", operation="Invoke", times="lasting"):
                return True
            case HandlerDies(function="GateAnswerFunction", times="lasting"):
                return True
            case EventFails(fate="lost") if waits:  # of the waiter's end, too
                return True
    return False


def _is_hidden(ending: Ending) -> bool:
    """Whether a new gate, which is deleted at once, cannot see for hours what it had promoted."""
    if ending.case.scenario.stack != "renames the gate":
        return False
    return _is_out_of_reach(ending) or any(
        isinstance(fault, CallFails)
        and (fault.operation, fault.caller, fault.times)
        == ("DescribeExecution", "anybody", "lasting")
        for fault in ending.case.faults
    )


def _is_out_of_reach(ending: Ending) -> bool:
    """Whether an alias cannot be given back: nobody can read or write it for hours, or it is gone.

    The last, CloudFormation itself does not get over.
    """
    for fault in ending.case.faults:
        match fault:
            case CallFails(caller="anybody", operation="GetAlias" | "UpdateAlias", times="lasting"):
                return True
            case SomebodyElse(change="deleted"):
                return True
    return False
