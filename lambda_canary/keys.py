"""The keys of a rollout's input as options of the command, and the input made of them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lambda_canary.trouble import Mistaken

TARGET = ("function-name", "alias-name")  # which are arguments
GROUP = "functions"


class Key(NamedTuple):
    """A key: how its text is read, and what the help says of it."""

    read: Callable[[str], Any]
    help: str


def number(text: str) -> int | float:
    """Read a number, whole where it can be."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def numbers(text: str) -> list[int | float]:
    """Read numbers with commas between."""
    return [number(part) for part in text.split(",")]


def number_or_numbers(text: str) -> Any:
    """Read a number, or several with commas between."""
    return numbers(text) if "," in text else number(text)


def version(text: str) -> Any:
    """Read a version's number, or its ARN."""
    return int(text) if text.isdecimal() else text


def texts(text: str) -> list[str]:
    """Read texts with commas between."""
    return [part.strip() for part in text.split(",")]


def truth(text: str) -> bool:
    """Read true or false."""
    return {"true": True, "false": False}[text.lower()]


KEYS: dict[str, Key] = {
    "new-version": Key(version, "Number or ARN of the version to release (default: publish)."),
    "code-sha256": Key(str, "Publish only if $LATEST has this hash."),
    "create-alias": Key(truth, "true creates a new alias beside those there are."),
    "functions": Key(json.loads, "A release group, as JSON, in place of FUNCTION and ALIAS."),
    "type": Key(str, "linear (default), canary, exponential, ..., or a name of CodeDeploy's."),
    "steps": Key(number, "Weight increases of linear, exponential and geometric."),
    "first-weight": Key(number, "First percent of canary and geometric."),
    "weights": Key(numbers, "Percents of your own, such as 1,5,25,100."),
    "interval": Key(number_or_numbers, "Seconds of bake, or one for each weight: 60,300,300."),
    "check-interval": Key(number, "Seconds between health checks."),
    "health-check": Key(truth, "false leaves the default check out."),
    "checks": Key(json.loads, "Health checks, as JSON, in place of the default."),
    "alarms": Key(texts, "CloudWatch alarms to heed, with commas between."),
    "alarms-already-firing": Key(str, "refuse (default) or ignore."),
    "hooks": Key(json.loads, 'Hooks, as JSON: {"pre-traffic": F, "post-traffic": F}.'),
    "min-invocations": Key(number, "Calls to be seen before the first weight is left."),
    "max-hold": Key(number, "Seconds to hold for want of calls, in all."),
    "on-insufficient-data": Key(str, "promote (default) or roll-back."),
    "notify": Key(str, "failures, outcome (default), all or none."),
    "approvals": Key(numbers, "Weights at which a person must approve, such as 50."),
    "approval-timeout": Key(number, "Seconds to wait for an approval."),
    "dry-run": Key(truth, "true plans and changes nothing; `lambda-canary plan` draws it."),
}


def input_of(
    function: str | None, alias: str | None, file: Path | None, given: Mapping[str, str | None]
) -> dict[str, Any]:
    """Put the input together: the file's keys, and above them the options."""
    read = _read(file) if file else {}
    named = {
        key: text for key, text in zip(TARGET, (function, alias), strict=True) if text is not None
    }
    options = {key: _value(key, text) for key, text in given.items() if text is not None}
    whole = {**read, **named, **options}
    if GROUP not in whole and (missing := [key for key in TARGET if key not in whole]):
        raise Mistaken(
            f"{' and '.join(missing)} not given",
            "lambda-canary release FUNCTION ALIAS, or --input FILE with both",
        )
    return whole


def _value(key: str, text: str) -> Any:
    try:
        return KEYS[key].read(text)
    except (ValueError, KeyError) as error:
        raise Mistaken(f"--{key} {text}: cannot be read", f"it is: {KEYS[key].help}") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Mistaken(f"{file}: {error.strerror}", "name a file with the input") from error
    except ValueError as error:
        raise Mistaken(f"{file} is not JSON: {error}", "mend it; events/ has samples") from error
    if not isinstance(found, dict):
        raise Mistaken(f"{file} is no JSON object", "events/ has samples")
    return found
