"""Whose an alias is stands in Python, `is_ours`, and in the machine, which needs no function.

Both are asked about every action, next task, mark, weight and revision, and agree on all.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from domain.ending.ownership import is_marked, is_ours, is_whole, with_shares
from domain.model.alias import Alias, Routing
from domain.model.member import Member
from domain.model.state import Next, State
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
    "who created it": f"Created by {EXECUTION}",
    "who else created it": f"Created by {EXECUTION[:-1]}2",
}
ROUTES = {
    "the baseline": Routing("1"),
    "the present weight": Routing("1", {"2": 0.1}),
    "the next weight": Routing("1", {"2": 0.2}),
    "a later weight": Routing("1", {"2": 0.5}),
    "the last weight": Routing("1", {"2": 1.0}),
    "no weight of the plan": Routing("1", {"2": 0.07}),
    "another version": Routing("1", {"3": 0.1}),
    "another baseline": Routing("3", {"2": 0.1}),
    "the canary": Routing("2"),
    "the canary, weighted": Routing("2", {"1": 0.1}),
}
REVISIONS = {"as we left it": "r1", "another": "r2"}
ACTS = {"RestoreAlias", "DeleteAlias", "TakeOffMark"}


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


CASES = [
    *itertools.starmap(Case, itertools.product(STATES, get_args(Next), MARKS, ROUTES, REVISIONS))
]


def by_python(case: Case) -> str:
    state, member, found = case.state, case.member, case.alias
    if is_ours(state, member, found):
        return "DeleteAlias" if case.action == "create" else "RestoreAlias"
    touched = member["part"] == "shift" and member["canary"]
    return "TakeOffMark" if touched and is_marked(state, found) else ""


def by_the_machine(case: Case, weights: str = "as they are") -> str:
    """From `MayBeOurs` to where the alias is written, deleted or left."""
    found, state = case.alias, with_shares(case.state)
    routing = {"RoutingConfig": {"AdditionalVersionWeights": found.routing.weights}}
    item: dict[str, Any] = {
        "member": case.member,
        "mark": state["execution"]["id"],
        "created": f"Created by {state['execution']['id']}",
        "next": case.next,
        "shares": state["shares"],
        "step": state["progress"]["step"],
        "alias": {
            "FunctionVersion": found.routing.version,
            "RevisionId": found.revision,
            **(routing if found.routing.weights or weights == "as they are" else {}),
            **({"Description": found.routing.description} if case.mark != "absent" else {}),
        },
    }
    name = "MayBeOurs"
    while name not in ACTS and not STEPS[name].get("End"):
        name = _passed(STEPS[name], item)
    return name if name in ACTS else ""


STEPS = load("DeployStateMachine")["States"]["RollBackDirectly"]["ItemProcessor"]["States"]


def _passed(step: Mapping[str, Any], item: dict[str, Any]) -> str:
    """Do what a Choice or a Pass does to the item, and return the step that follows."""
    if step["Type"] == "Choice":
        chosen = (one["Next"] for one in step["Choices"] if _holds(one, item))
        return str(next(chosen, step["Default"]))
    if step["Type"] == "Pass":
        item[step["ResultPath"].removeprefix("$.")] = _result(step, item)
    return str(step["Next"])


def _result(step: Mapping[str, Any], item: Mapping[str, Any]) -> Any:
    if "InputPath" in step:
        return _at(step["InputPath"], item)
    if "Result" in step:
        return step["Result"]
    return {
        name.removesuffix(".$"): _value(value, item) for name, value in step["Parameters"].items()
    }


def _value(expression: str, item: Mapping[str, Any]) -> Any:
    """Evaluate a path or an intrinsic function, both of which read like Python but for `$`."""
    written = re.sub(r"\$[\w.\[\]]+", lambda path: f"at({path[0]!r})", expression)
    known = {"States": INTRINSICS, "at": lambda path: _at(path, item)}
    return eval(written, known)


INTRINSICS = SimpleNamespace(
    # What splits off as nothing, AWS may keep or drop: the machine must not care.
    StringSplit=lambda text, at: text.split(at),
    JsonToString=lambda value: json.dumps(value, separators=(",", ":")),
    StringToJson=json.loads,
    Format=lambda text, *given: text.format(*given),
    ArrayContains=lambda array, one: one in array,
)


def _holds(test: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """As Step Functions has it, which fails where what is compared is not there."""
    match test:
        case {"And": tests}:
            return all(_holds(one, item) for one in tests)
        case {"Or": tests}:
            return any(_holds(one, item) for one in tests)
        case {"Not": one}:
            return not _holds(one, item)
        case {"Variable": path, "IsPresent": wanted}:
            return _is_there(path, item) is wanted
        case {"Variable": path, "IsString": wanted}:
            return isinstance(_at(path, item), str) is wanted
        case {"Variable": path, "StringEquals": text}:
            return bool(_at(path, item) == text)
        case {"Variable": path, "BooleanEquals": wanted}:
            return _at(path, item) is wanted
        case {"Variable": path, "NumericGreaterThan": least}:
            return bool(_at(path, item) > least)
        case {"Variable": path, "StringMatches": pattern}:
            return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), _at(path, item)))
        case {"Variable": path, "StringEqualsPath": other}:
            found = _at(path, item)
            return isinstance(found, str) and found == _at(other, item)
    raise NotImplementedError(str(test))


def _is_there(path: str, item: Mapping[str, Any]) -> bool:
    try:
        _at(path, item)
    except (KeyError, IndexError):
        return False
    return True


def _at(path: str, item: Mapping[str, Any]) -> Any:
    found: Any = item
    for name, number in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        found = found[int(number)] if number else found[name]
    return found


@pytest.mark.parametrize("weights", ["as they are", "absent where there are none"])
def test_the_machine_does_with_every_alias_what_python_does(weights: str) -> None:
    differing = [
        (case, by_python(case), by_the_machine(case, weights))
        for case in CASES
        if by_python(case) != by_the_machine(case, weights)
    ]
    assert differing == []


def test_nothing_but_routing_and_another_rollouts_mark_says_whose_it_is() -> None:
    """But for what a rollout creates, which only its own words on it tell from others' work."""
    shifts = [case for case in CASES if case.action != "create" and case.mark != "another's"]
    for _, alike in itertools.groupby(
        sorted(shifts, key=_without_description), key=_without_description
    ):
        assert len({by_python(case) == "RestoreAlias" for case in alike}) == 1


def _without_description(case: Case) -> tuple[str, str, str]:
    return case.action, case.next, case.routes


def test_what_is_whole_is_never_restored() -> None:
    assert not [
        case
        for case in CASES
        if is_whole(case.member, case.alias) and by_python(case) == "RestoreAlias"
    ]


def test_no_version_or_weight_that_the_rollout_never_wrote_is_taken_for_its_own() -> None:
    taken = {case.routes for case in CASES if by_python(case) == "RestoreAlias"}
    assert taken == {
        "the present weight",
        "the next weight",
        "a later weight",  # by a continuation
        "the last weight",
        "the canary",  # while promoting
    }
