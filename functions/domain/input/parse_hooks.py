"""From the hooks of an input to the hooks of a rollout."""

from collections.abc import Mapping
from typing import Any

from domain.input.model import HookInput, RolloutInput
from domain.input.problems import Path, key, unknown
from domain.input.validation import allowed_by, valid_part
from domain.model.naming import BadName, Home
from domain.model.state import HOOK_TIMEOUTS, HOOKS, LONGEST_RETURN, Hook, HookName
from domain.model.text import show

_ALLOWED = allowed_by(HookInput)


def hooks_of(given: RolloutInput, home: Home, problems: list[str]) -> dict[HookName, Hook]:
    """Parse the hooks, and put what is wrong with them into `problems`."""
    raw = given.hooks or {}
    problems += [unknown(("hooks", name), HOOKS) for name in raw if name not in HOOKS]
    found = {
        name: _hook(("hooks", name), raw[name], home, problems) for name in HOOKS if name in raw
    }
    return {name: hook for name, hook in found.items() if hook is not None}


def _hook(path: Path, item: Any, home: Home, problems: list[str]) -> Hook | None:
    if not isinstance(item, str | Mapping):
        problems.append(
            f"{key(path)}: {show(item)} was given; allowed: {_ALLOWED['function']}, or an object "
            "with function, mode and timeout"
        )
        return None
    if isinstance(item, str):
        hook, bad, at = HookInput.model_validate({"function": item}), set[str](), path
    else:
        hook, bad = valid_part(HookInput, item, path, problems)
        at = (*path, "function")
    function = ""
    if "function" not in bad:
        try:
            function = home.function(hook.function)
        except BadName as reason:
            given = "missing" if not hook.function else f"{show(hook.function)} {reason}"
            problems.append(f"{key(at)}: {given}; allowed: {_ALLOWED['function']}")
    timeout = hook.timeout or HOOK_TIMEOUTS[hook.mode]
    if hook.mode == "return" and timeout > LONGEST_RETURN and "mode" not in bad:
        problems.append(
            f"{key((*path, 'timeout'))}: {timeout:,} was given; allowed with mode return: whole "
            f"seconds from 1 to {LONGEST_RETURN}"
        )
    return Hook(function=function, mode=hook.mode, timeout=timeout)
