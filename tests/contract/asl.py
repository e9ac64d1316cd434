"""A linter of state machines: what must hold of any definition, whatever it is for.

cfn-lint's rule E3601 knows the fields of states, and nothing inside their retriers, catchers,
choices and parameters; paths, errors and API calls mean nothing to it. No maintained linter in
Python does better. CloudFormation finds some of this when it deploys, the execution the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3

from tests.contract.asl_paths import flaw_of_value, is_path, is_reference
from tests.contract.definition import all_states, tasks

Definition = Mapping[str, Any]
Rule = Callable[[Definition], Iterator[str]]

_RETRIER = {
    "ErrorEquals": list,
    "IntervalSeconds": int,
    "MaxAttempts": int,
    "BackoffRate": (int, float),
    "MaxDelaySeconds": int,
    "JitterStrategy": str,
}
_CATCHER = {"ErrorEquals": list, "ResultPath": str, "Next": str}
_ERRORS = {
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
}
_COMPARISON = re.compile(
    r"(String|Numeric|Timestamp)(Equals|(Less|Greater)Than(Equals)?)(Path)?|BooleanEquals(Path)?"
    r"|StringMatches|Is(Boolean|Null|Numeric|Present|String|Timestamp)"
)
_LOOKS_LIKE_A_PATH = re.compile(r"\$($|[.$])")
_RESOURCE = re.compile(
    r"arn:\$\{Partition\}:states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z]+):(?P<action>[A-Za-z]+)"
    r"(?P<pattern>\.sync|\.sync:2|\.waitForTaskToken)?"
)
_CLIENTS = {"states": "stepfunctions", "sfn": "stepfunctions"}


def retriers_and_catchers_are_well_formed(definition: Definition) -> Iterator[str]:
    fields: dict[str, dict[str, Any]] = {"Retry": _RETRIER, "Catch": _CATCHER}
    for name, state in all_states(definition):
        for field, known in fields.items():
            for item in state.get(field, []):
                yield from (
                    f"{name}: {field} has a field {key}: {item[key]!r}"
                    for key in item
                    if key not in known or not isinstance(item[key], known[key])
                )
                if missing := {"ErrorEquals", *({"Next"} & known.keys())} - item.keys():
                    yield f"{name}: {field} lacks {', '.join(sorted(missing))}"


def errors_are_known_and_all_of_them_come_last(definition: Definition) -> Iterator[str]:
    for name, state in all_states(definition):
        for field in ("Retry", "Catch"):
            groups = [item.get("ErrorEquals", []) for item in state.get(field, [])]
            for at, errors in enumerate(groups, start=1):
                if not errors:
                    yield f"{name}: {field} names no error"
                if "States.ALL" in errors and (errors != ["States.ALL"] or at < len(groups)):
                    yield f"{name}: {field} has States.ALL beside or before others"
                reserved = {error for error in errors if error.startswith("States.")}
                yield from (f"{name}: no error is {error}" for error in reserved - _ERRORS)


def choices_compare_once(definition: Definition) -> Iterator[str]:
    for name, state in all_states(definition):
        for choice in state.get("Choices", []):
            if "Next" not in choice:
                yield f"{name}: a choice leads nowhere"
            test = {key: choice[key] for key in choice if key not in ("Next", "Comment")}
            yield from (f"{name}: {flaw}" for flaw in _flaws_of_test(test))


def _flaws_of_test(test: Mapping[str, Any]) -> Iterator[str]:
    for junction in ("And", "Or", "Not"):
        if junction in test:
            if len(test) > 1:
                yield f"{sorted(test)} stand beside each other"
            for inner in [test["Not"]] if junction == "Not" else test[junction]:
                yield from _flaws_of_test(inner)
            return
    operators = test.keys() - {"Variable"}
    if len(operators) != 1 or not _COMPARISON.fullmatch("".join(operators)):
        yield f"{sorted(operators)} is not one comparison"
    if not is_path(test.get("Variable")):
        yield f"{test.get('Variable')!r} is no path to compare"
    yield from (f"{test[key]!r} is no path" for key in _path_fields(test) if not is_path(test[key]))


def paths_are_paths(definition: Definition) -> Iterator[str]:
    for name, state in all_states(definition):
        for part in (state, *state.get("Catch", [])):
            for field in _path_fields(part):
                sound = is_reference if field == "ResultPath" else is_path
                if part[field] is not None and not sound(part[field]):
                    yield f"{name}: {field} is {part[field]!r}"
        for field in ("Parameters", "ItemSelector", "ResultSelector"):
            yield from (f"{name}: {field}: {flaw}" for flaw in _flaws_of(state.get(field)))


def _path_fields(part: Mapping[str, Any]) -> list[str]:
    return [field for field in part if field.endswith("Path")]


def _flaws_of(template: object) -> Iterator[str]:
    """Of what a payload template fills in."""
    if isinstance(template, list):
        for item in template:
            yield from _flaws_of(item)
    elif isinstance(template, dict):
        for key, value in template.items():
            if not key.endswith(".$"):
                yield from _flaws_of(value)
                if isinstance(value, str) and _LOOKS_LIKE_A_PATH.match(value):
                    yield f"{key} is the text {value}, since its name does not end in .$"
            elif (flaw := flaw_of_value(value)) is not None:
                yield f"{key} {flaw}"


def tasks_call_what_exists_with_parameters_it_knows(definition: Definition) -> Iterator[str]:
    for name, state in tasks(definition):
        resource = _RESOURCE.fullmatch(state["Resource"])
        if resource is None:
            yield f"{name}: {state['Resource']} is no service integration"
            continue
        known = _parameters(resource["service"], resource["action"])
        if known is None:
            yield f"{name}: {resource['service']} has no API {resource['action']}"
            continue
        given = {key.removesuffix(".$") for key in state.get("Parameters", {})}
        for unknown in sorted(given - known):
            yield f"{name}: {resource['action']} knows no {unknown}"
        if resource["pattern"] == ".waitForTaskToken" and "$$.Task.Token" not in str(state):
            yield f"{name}: hands on no task token"


@cache
def _parameters(service: str, action: str) -> set[str] | None:
    """Return the input's members in Step Functions' upper camel case; None if unknown."""
    session: Any = boto3.Session(region_name="us-east-1")
    client = session.client(_CLIENTS.get(service, service))
    # What Step Functions calls `invoke` or `getAlias` is `Invoke` or `GetAlias` in the API.
    operation = action[0].upper() + action[1:]
    if operation not in client.meta.service_model.operation_names:
        return None
    shape = client.meta.service_model.operation_model(operation).input_shape
    return {member[0].upper() + member[1:] for member in shape.members}


RULES: tuple[Rule, ...] = (
    retriers_and_catchers_are_well_formed,
    errors_are_known_and_all_of_them_come_last,
    choices_compare_once,
    paths_are_paths,
    tasks_call_what_exists_with_parameters_it_knows,
)
