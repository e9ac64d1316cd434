"""What holds after any rollout, whatever went wrong in it. Each violation is said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.chaos.ending import Ending, Member
from tests.chaos.enumerate import of_the_guard
from tests.chaos.fault import OneSided, Ordered
from tests.chaos.stack_invariants import stack_violations
from tests.scenario.observed import AliasState
from tests.scenario.world import DESCRIPTION

_STANDING = re.compile(r"live of (\S+) routes (.+?)(?:;|, as somebody|\.$|\. )")


def violations(ending: Ending) -> Iterator[str]:
    yield from _all_are_whole(ending)
    yield from _all_were_whole_within_minutes(ending)
    yield from _all_are_on_one_side(ending)
    yield from _nothing_that_failed_was_promoted(ending)
    yield from _nothing_healthy_failed(ending)
    yield from _no_order_is_forgotten(ending)
    yield from _nothing_foreign_is_touched(ending)
    yield from _the_end_is_told(ending)
    yield from _words_are_true(ending)
    if ending.stack is not None:
        yield from stack_violations(ending, ending.stack)


def _all_are_whole(ending: Ending) -> Iterator[str]:
    for one in _ours(ending):
        if one.now is None:
            if not (one.is_new or _is_deleted(ending)):
                yield f"{one.name}: the alias is gone"
        elif one.now.weights:
            yield f"{one.name}: stranded, {_words(one.now)}"
        elif one.now.description not in _lasting(ending, one):
            yield f"{one.name}: has lost its description, which is {one.now.description!r} now"


def _all_were_whole_within_minutes(ending: Ending) -> Iterator[str]:
    """Without the sweep, where nothing lasted; what the guard itself failed at, it leaves to it."""
    faults = ending.case.faults
    if any(fault.lasts for fault in faults) or any(of_the_guard(faults)):
        return
    for one in _ours(ending):
        if one.before_healing is not None and one.before_healing.weights:
            yield f"{one.name}: left to the sweep, {_words(one.before_healing)}"


def _all_are_on_one_side(ending: Ending) -> Iterator[str]:
    """And on the side that the rollout's end says; where it was stopped or killed, on either.

    So too where it could not be rolled back: if everything was promoted by then, nothing proves any
    more whose doing that is.
    """
    sides = {one.name: "canary" if _is_promoted(one) else "baseline" for one in _ours(ending)}
    if len(set(sides.values())) > 1:
        yield f"the group is split: {sides}"
    said = {"SUCCEEDED": "canary", "FAILED": "baseline"}.get(ending.status)
    if ending.error != "RollbackFailed" and said is not None and set(sides.values()) - {said}:
        yield f"the rollout {ending.status}, and yet: {sides}"


def _nothing_that_failed_was_promoted(ending: Ending) -> Iterator[str]:
    if ending.case.scenario.fails:
        for one in ending.members:
            if not one.changed and "2" in one.primaries:
                yield f"{one.name}: promoted, though the canary of the group failed"


def _nothing_healthy_failed(ending: Ending) -> Iterator[str]:
    """Metrics that come late are no evidence against a version."""
    only_late = all(isinstance(one, OneSided) for one in ending.case.faults)
    fails = ending.case.scenario.fails
    if only_late and not fails and ending.error == "HealthCheckFailed":
        yield f"a healthy version was rolled back: {ending.cause}"


def _no_order_is_forgotten(ending: Ending) -> Iterator[str]:
    """Each was written while a check was still to come."""
    faults = (*ending.case.scenario.always, *ending.case.faults)
    good = ending.status in ("SUCCEEDED", "UPDATE_COMPLETE")
    if good and any(isinstance(one, Ordered) for one in faults):
        yield "promoted, though an operator had ordered to roll back"


def _nothing_foreign_is_touched(ending: Ending) -> Iterator[str]:
    for one in ending.members:
        if one.changed and not (_is_as_they_left_it(ending, one) or _is_the_stacks(ending, one)):
            yield (
                f"{one.name}: somebody else's change is undone, {_words(one.theirs)} became "
                f"{_words(one.now)}"
            )


def _is_the_stacks(ending: Ending, one: Member) -> bool:
    """Whether it is as a stack says of its own alias, which is for the stack to say."""
    if ending.stack is None or one.now is None:
        return _is_deleted(ending)
    return (one.now.version, dict(one.now.weights)) == (ending.stack.version, {})


def _is_deleted(ending: Ending) -> bool:
    return ending.stack is not None and ending.stack.in_the_end == "DELETE_COMPLETE"


def _lasting(ending: Ending, one: Member) -> tuple[str, ...]:
    """Return the description that an alias has in the end, or those, if a stack may write it."""
    if one.described is not None:
        return (one.described, DESCRIPTION) if ending.stack else (one.described,)
    return (f"Created by {ending.execution}" if one.is_new else DESCRIPTION,)


def _is_as_they_left_it(ending: Ending, one: Member) -> bool:
    """But for the rollout's mark, which goes from an alias that somebody else has routed.

    And for what a stack has described.
    """
    now, theirs = one.now, one.theirs
    if now is None or theirs is None:
        return now == theirs
    if theirs.description != ending.execution and ending.stack is None:
        return now == theirs
    tidy = (theirs.description, *_lasting(ending, one))
    return (now.version, now.weights) == (theirs.version, theirs.weights) and (
        now.description in tidy
    )


def _the_end_is_told(ending: Ending) -> Iterator[str]:
    if ending.told == "silent":
        yield f"nobody was told that the execution {ending.status}, nor was that counted"


def _words_are_true(ending: Ending) -> Iterator[str]:
    """Hold what the cause says of an alias against how it stood when the execution ended.

    Somebody else may have changed it after the words were found.
    """
    at_end = {one.name: one.at_end for one in _ours(ending)}
    for name, words in _STANDING.findall(ending.cause):
        if name in at_end and words != _words(at_end[name]):
            yield f"{name}: said to route {words}, but it was {_words(at_end[name])}"


def _ours(ending: Ending) -> list[Member]:
    return [one for one in ending.members if not one.changed]


def _is_promoted(member: Member) -> bool:
    return member.now is not None and member.now.version == "2"


def _words(alias: AliasState | None) -> str:
    """As our messages say it."""
    if alias is None:
        return "deleted"
    parts = [(100 - sum(alias.weights.values()), alias.version)]
    parts += [(weight, version) for version, weight in alias.weights.items()]
    return " and ".join(f"{round(weight, 6):g} % to version {version}" for weight, version in parts)
