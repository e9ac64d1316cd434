"""A view as Markdown, for a change record or the summary of a pipeline's run."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from domain.view.course import Step
from domain.view.view import View, threshold
from domain.view.words import subject

# What would be markup, or HTML: names and reasons are other people's words.
_MARKUP = re.compile(r"([\\`*_\[\]<>|~#!&$@])")


def text_of(view: View) -> str:
    """Write the report of a rollout."""
    parts = [f"## {_plain(view.title)}", f"{_plain(subject(view.functions))}"]
    if view.next:
        parts.append(f"Next: {_plain(view.next)}")
    if view.error and view.over:
        parts.append(f"**{_plain(view.error)}**: {_plain(view.cause)}")
    ended = f", ended {view.ended}" if view.ended else ""
    parts.append(f"Rollout {_plain(view.name)}, started {view.started}{ended}")
    parts += [
        _table("function | alias | from | to", [_released(one) for one in view.functions]),
        _table("weight | from | until", [_set(one) for one in view.steps if not one["planned"]]),
        _table("check | last verdict | reason | evidence", [_check(one) for one in view.checks]),
        _table("order | at | obeyed", [_order(one) for one in view.orders]),
        _table("how the aliases stand", [[one] for one in view.standings]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _released(one: Mapping[str, Any]) -> list[object]:
    names = [one["function-name"], one["alias-name"]]
    return [*names, one.get("old-version"), one.get("new-version")]


def _set(step: Step) -> list[object]:
    return [f"{step['weight']:g} %", step["at"], step["until"]]


def _check(one: Mapping[str, Any]) -> list[object]:
    return [one["check"], one["outcome"], one["reason"], _evidence(one)]


def _order(one: Mapping[str, Any]) -> list[object]:
    return [one["order"], one["at"], "no" if one["ignored"] else "yes"]


def _evidence(check: Mapping[str, Any]) -> str:
    line = threshold(check)
    each = [f"{one['evidence'] + 0:g}" for one in check.get("evidence", [])]
    return f"{', '.join(each)} (rolls back at {line:g})" if line and each else ""


def _table(head: str, rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    rule = "|".join("---" for _ in head.split("|"))
    lines = [f"| {' | '.join(_cell(one) for one in row)} |" for row in rows]
    return "\n".join([f"| {head} |", f"|{rule}|", *lines])


def _cell(value: object) -> str:
    return "" if value is None else _plain(str(value))


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
