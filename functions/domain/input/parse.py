"""From the input as it was given to a sound request, or one error that names all its problems."""

import json
from dataclasses import replace
from typing import Any

from domain.input.model import INTERVAL, RolloutInput, TargetInput
from domain.input.parse_checks import checks_of
from domain.input.parse_hooks import hooks_of
from domain.input.problems import Path, key, not_among
from domain.input.validation import allowed_by, valid_part
from domain.model.errors import InvalidInput
from domain.model.member import LATEST
from domain.model.naming import ALIAS_NAME, BadName, Home
from domain.model.request import Request, Target
from domain.model.schedule import SHAPES, ScheduleError, Spec, codedeploy, schedule
from domain.model.state import LONGEST_PROBE, Settings, probe_of
from domain.model.text import joined, kind, show

MAX_BYTES = 131_072  # of input: half of what Step Functions carries; the rest is for the rollout

_ALLOWED = allowed_by(RolloutInput)

# Which keys of a schedule go with which type; `interval` goes with all but CodeDeploy's names.
GOES_WITH = {
    "steps": {"linear", "exponential", "geometric"},
    "first-weight": {"geometric", "canary"},
    "weights": {"custom"},
}
_FIRST_WEIGHT = {"canary": 10.0, "geometric": 1.0}

# What AWS's own tools add to an input: Step Functions' console, and editors of JSON. And the gate,
# which so finds its own rollouts again.
IGNORED = frozenset(
    {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "$schema", "Comment", "cloudformation"}
)


def parse(raw: object, home: Home, orders: str = "/lambda-canary") -> Request:
    """Make a request of the input. Raises InvalidInput, which names every problem at once.

    `orders` is the prefix of the SSM parameters with which operators steer.
    """
    try:
        return _parsed(raw, home, orders)
    except RecursionError:
        raise InvalidInput("the input is nested too deeply") from None


def _parsed(raw: object, home: Home, orders: str) -> Request:
    problems: list[str] = []
    if not isinstance(raw, dict):
        raise InvalidInput(f"the input is {kind(raw)}; allowed: a JSON object")
    if (size := len(json.dumps(raw, ensure_ascii=False).encode(errors="replace"))) > MAX_BYTES:
        raise InvalidInput(f"the input has {size:,} bytes; allowed: up to {MAX_BYTES:,}")
    ours = {name: value for name, value in raw.items() if name not in IGNORED}
    given, bad = valid_part(RolloutInput, ours, (), problems)
    targets = _targets(given, bad, home, problems)
    spec = _spec(given, bad, problems)
    released = frozenset(target.function for target in targets)
    weights = _weights(spec)
    checks = checks_of(given, replace(home, released=released), weights[:1] == (100,), problems)
    hooks = hooks_of(given, home, problems)
    if weights:
        problems += _strange_approvals(given, weights)
    if problems or spec is None:
        raise InvalidInput(joined(problems, "the input"))
    spec = _timed(spec, given, checks)
    every = given.check_interval or _check_interval(spec)
    settings = Settings(
        schedule=spec,
        check_interval=min(every, LONGEST_PROBE) if probe_of(checks) else every,
        checks=checks,
        min_invocations=given.min_invocations,
        max_hold=given.max_hold,
        on_insufficient_data=given.on_insufficient_data,
        notify=given.notify,
        hooks=hooks,
        approvals=given.approvals or [],
        approval_timeout=given.approval_timeout,
        orders=orders,
    )
    return Request(
        targets=tuple(targets),
        settings=settings,
        create_alias=given.create_alias,
        ignore_firing_alarms=given.alarms_already_firing == "ignore",
        dry_run=given.dry_run,
    )


def _targets(given: RolloutInput, bad: set[str], home: Home, problems: list[str]) -> list[Target]:
    """Parse the group's functions, also where only one is named at the top."""
    named = given.model_fields_set | bad
    if "functions" not in named:
        return [_target((), given, bad, home, problems)]
    above = [name for name in allowed_by(TargetInput) if name in bad or _snake(name) in named]
    problems += [f"{name}: goes inside functions, which is given too" for name in above]
    found: dict[tuple[str, str], Target] = {}
    for at, item in enumerate(given.functions or []):
        path: Path = ("functions", at)
        if not isinstance(item, dict):
            problems.append(f"{key(path)}: {show(item)} was given; allowed: a JSON object")
            continue
        sound, unsound = valid_part(TargetInput, item, path, problems)
        target = _target(path, sound, unsound, home, problems)
        name = target.function, target.alias
        if all(name) and name in found:
            problems.append(
                f"{key(path)}: {target.alias} of {target.function} is there twice; "
                "allowed: each alias once"
            )
        found[name] = target
    return list(found.values())


def _target(
    prefix: Path, given: TargetInput, bad: set[str], home: Home, problems: list[str]
) -> Target:
    def problem(name: str, text: str) -> None:
        if name not in bad:
            problems.append(f"{key((*prefix, name))}: {text}")

    function = version = None
    if not given.function_name:
        problem("function-name", f"missing; allowed: {_ALLOWED['function-name']}")
    else:
        try:
            function = home.function(given.function_name)
        except BadName as reason:
            problem("function-name", f"{show(given.function_name)} {reason}")
    if not given.alias_name:
        problem("alias-name", f"missing; allowed: {_ALLOWED['alias-name']}")
    elif not ALIAS_NAME.fullmatch(given.alias_name):
        problem("alias-name", f"{show(given.alias_name)} is not {_ALLOWED['alias-name']}")
    if given.new_version is not None:
        try:
            version = home.version(given.new_version, function)
        except BadName as reason:
            problem("new-version", f"{show(given.new_version)} {reason}")
        if given.code_sha256 is not None:
            problem("code-sha256", "goes with publishing; new-version is given too")
    return Target(function or "", given.alias_name, version, given.code_sha256)


def _spec(given: RolloutInput, bad: set[str], problems: list[str]) -> Spec | None:
    named = given.model_fields_set
    if (spec := codedeploy(given.type)) is not None:
        problems += [
            f"{name}: does not go with {given.type}, which says it all"
            for name in (*GOES_WITH, "interval")
            if _snake(name) in named or name in bad
        ]
        return spec
    kind = given.type
    if "type" not in named and ("weights" in named or "weights" in bad):
        kind = "custom"
    shape = next((shape for shape in SHAPES if shape == kind), None)
    if shape is None:
        problems.append(not_among(("type",), given.type, SHAPES, "or a CodeDeploy name"))
        return None
    for name, shapes in GOES_WITH.items():
        if (_snake(name) in named or name in bad) and shape not in shapes:
            problems.append(f"{name}: does not go with type {shape}, only {_either(shapes)}")
    if shape == "custom" and given.weights is None and "weights" not in bad:
        problems.append(f"weights: missing with type custom; allowed: {_ALLOWED['weights']}")
        return None
    spec = Spec(
        shape=shape,
        steps=10 if given.steps is None else given.steps,
        first_weight=given.first_weight or _FIRST_WEIGHT.get(shape, 0.0),
        weights=given.weights or [],
        interval=given.interval,
        bake_at_full=True,
        last_look=0,
    )
    if bad & {"type", "steps", "first-weight", "weights", "interval"}:
        return None
    try:
        schedule(spec)
    except ScheduleError as reason:
        problems.append(str(reason))
    return spec


def _weights(spec: Spec | None) -> tuple[float, ...]:
    """Return the schedule's weights; none of one that is wrong."""
    try:
        return schedule(spec).weights if spec else ()
    except ScheduleError:
        return ()


def _strange_approvals(given: RolloutInput, weights: tuple[float, ...]) -> list[str]:
    strange = [f"{one:g}" for one in given.approvals or [] if one not in weights]
    if not strange:
        return []
    return [f"approvals: {', '.join(strange)} is not a weight of the schedule"]


def _timed(spec: Spec, given: RolloutInput, checks: list[dict[str, Any]]) -> Spec:
    """Give each weight time for what its checks have to see of it, where the input sets no time.

    The last look comes after all bakes, unless there is nothing to be looked at.
    """
    interval = spec["interval"]
    if "interval" not in given.model_fields_set and codedeploy(given.type) is None:
        interval = INTERVAL + max((check.get("warm-up", 0) for check in checks), default=0)
    seen = any(check["when"] != "before" for check in checks)
    return Spec({**spec, "interval": interval, "last_look": LATEST if seen else 0})


def _check_interval(spec: Spec) -> int:
    """Return the default: 60 s, or the interval where that is smaller."""
    interval = spec["interval"]
    return 60 if isinstance(interval, list) else min(60, interval)


def _snake(name: str) -> str:
    return name.replace("-", "_")


def _either(names: set[str]) -> str:
    return " or ".join(sorted(names))
