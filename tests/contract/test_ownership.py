"""Whose an alias is stands in Python, `left_by_us`, and in the machine, which needs no function.

Both are asked about every action, next task, mark, weight and revision. Where they differ, a row
says so.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import pytest

from domain.ending.ownership import left_by_us
from domain.model.alias import Alias, Routing, rolled_back, shifted
from domain.model.member import Member
from domain.model.state import Next, State, plan_of
from domain.planning.preflight import Facts
from tests.contract.definition import load
from tests.unit.builders import EXECUTION, alias, baking, facts, planned, rollout

OWNERS = "what the owner wrote"
STANDING = facts(alias=alias(description=OWNERS))
# One function of a rollout, by what is done with it: weights 10, of which the first is set, 20 ...
STATES: dict[str, State] = {
    "shift": baking(rollout(), found=STANDING),
    "publish and shift": planned({"function-name": "checkout", "alias-name": "live"}, STANDING),
    "create": planned(rollout(), Facts(exists=True, canary=facts().canary)),
    "none": planned(rollout(), facts(alias=alias("2"))),
}
MARKS = {
    "ours": EXECUTION,
    "another's": EXECUTION[:-1] + "2",
    "the owner's": OWNERS,
    "empty": "",
    "absent": "",
}
ROUTES = {
    "the baseline": Routing("1"),
    "the next weight": Routing("1", {"2": 0.2}),
    "a later weight": Routing("1", {"2": 0.5}),
    "the last weight": Routing("1", {"2": 1.0}),
    "no weight of the plan": Routing("1", {"2": 0.07}),
    "another version": Routing("1", {"3": 0.2}),
    "the canary": Routing("2"),
    "the canary, weighted": Routing("2", {"1": 0.1}),
}
REVISIONS = {"as we left it": "r1", "another": "r2"}
ACTS = {"RestoreAlias", "DeleteAlias"}


@dataclass(frozen=True)
class Case:
    action: str
    next: Next
    mark: str
    routes: str
    revision: str

    @property
    def state(self) -> State:
        return {**STATES[self.action], "next": self.next}

    @property
    def member(self) -> Member:
        return self.state["members"][0]

    @property
    def alias(self) -> Alias:
        routing = dataclasses.replace(ROUTES[self.routes], description=MARKS[self.mark])
        return Alias(routing, REVISIONS[self.revision])

    @property
    def whole(self) -> bool:
        """As it is after a rollback, so that another one changes nothing."""
        member = self.member
        return member["part"] == "shift" and self.alias.routing.same(rolled_back(member))


CASES = [
    case
    for case in itertools.starmap(
        Case, itertools.product(STATES, get_args(Next), MARKS, ROUTES, REVISIONS)
    )
    # As we left it is as the owner had it, until there is something to shift to.
    if case.revision == "another" or case.action == "shift" or case.whole
]


def by_python(case: Case) -> bool:
    return left_by_us(case.state, case.member, case.alias) and not case.whole


def by_the_machine(case: Case) -> bool:
    """From `MayBeOurs` to where the alias is restored, deleted or left."""
    found = case.alias
    item: dict[str, Any] = {
        "member": case.member,
        "mark": case.state["execution"]["id"],
        "next": case.next,
        "alias": {
            "FunctionVersion": found.routing.version,
            "RoutingConfig": {"AdditionalVersionWeights": found.routing.weights},
            "RevisionId": found.revision,
            **({"Description": found.routing.description} if case.mark != "absent" else {}),
        },
    }
    reached = _chosen(STEPS["MayBeOurs"], item)
    if reached == "ReadAlias":
        reached = _chosen(STEPS["IsOurs"], item)
    return reached in ACTS and not case.whole


STEPS = load("DeployStateMachine")["States"]["RollBackDirectly"]["ItemProcessor"]["States"]


def _chosen(choice: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    next_state: str = next(
        (one["Next"] for one in choice["Choices"] if _holds(one, item)), choice["Default"]
    )
    return next_state


def _holds(test: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """As Step Functions has it, which fails where what is compared is not there."""
    match test:
        case {"And": tests}:
            return all(_holds(one, item) for one in tests)
        case {"Or": tests}:
            return any(_holds(one, item) for one in tests)
        case {"Variable": path, "IsPresent": wanted}:
            *above, name = path.split(".")
            return (name in _at(".".join(above), item)) is wanted
        case {"Variable": path, "IsString": wanted}:
            return isinstance(_at(path, item), str) is wanted
        case {"Variable": path, "StringEquals": text}:
            return bool(_at(path, item) == text)
        case {"Variable": path, "StringEqualsPath": other}:
            found = _at(path, item)
            return isinstance(found, str) and found == _at(other, item)
    raise NotImplementedError(str(test))


def _at(path: str, item: Mapping[str, Any]) -> Any:
    found: Any = item
    for name in path.split(".")[1:]:
        found = found[name]
    return found


WRITES_A_WEIGHT = {"shift", "shift-and-probe", "announce", "relay"}


def _is_one_of(case: Case, weights: Sequence[float]) -> bool:
    member = case.member
    return member["part"] == "shift" and any(
        case.alias.routing.same(shifted(member, weight, EXECUTION)) for weight in weights
    )


def _weights_left(case: Case) -> Sequence[float]:
    return plan_of(case.state).weights[case.state["progress"]["step"] :]


def _is_the_next_weight(case: Case) -> bool:
    return _is_one_of(case, _weights_left(case)[:1])


def _may_have_been_written(case: Case) -> bool:
    return _is_one_of(case, _weights_left(case)[: None if case.next == "relay" else 1])


# Where the two differ, by why: of which cases, all of an alias that is not as we left it.
MACHINE_ALONE: dict[str, Callable[[Case], bool]] = {
    "it compares no weights: while one is written, our mark is enough": lambda case: (
        case.action == "shift"
        and case.next in WRITES_A_WEIGHT
        and case.mark == "ours"
        and not _may_have_been_written(case)
    ),
    "nor while promoting: the canary under the owner's description is enough": lambda case: (
        case.action == "shift"
        and case.next == "finalize"
        and case.routes == "the canary, weighted"
        and case.mark == "the owner's"
    ),
    "nor what was created: our mark is enough": lambda case: (
        case.action == "create"
        and case.next == "finalize"
        and case.mark == "ours"
        and case.routes != "the canary"
    ),
}
PYTHON_ALONE: dict[str, Callable[[Case], bool]] = {
    "it knows the next weight, under our mark, whatever comes next": lambda case: (
        case.action == "shift"
        and case.next not in {*WRITES_A_WEIGHT, "finalize"}
        and _is_the_next_weight(case)
    ),
}


def where(holds: Callable[[Case], bool]) -> set[Case]:
    return {case for case in CASES if case.revision == "another" and holds(case)}


def test_what_the_machine_takes_for_ours_is_what_python_does_but_for_what_a_row_says() -> None:
    machine, python = (set(filter(rule, CASES)) for rule in (by_the_machine, by_python))
    assert machine - python == set().union(*map(where, MACHINE_ALONE.values()))
    assert python - machine == set().union(*map(where, PYTHON_ALONE.values()))


@pytest.mark.parametrize("why", [*MACHINE_ALONE, *PYTHON_ALONE])
def test_every_row_is_of_a_case(why: str) -> None:
    assert where((MACHINE_ALONE | PYTHON_ALONE)[why])


@pytest.mark.parametrize("rule", [by_the_machine, by_python])
def test_a_changed_alias_without_our_mark_is_nobodys_but_a_promotion(
    rule: Callable[[Case], bool],
) -> None:
    taken = where(lambda case: case.mark != "ours" and rule(case))
    assert {(case.next, case.mark) for case in taken} == {("finalize", "the owner's")}
