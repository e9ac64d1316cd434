"""Metric queries as an input writes them: what is wrong with them, and what CloudWatch is asked.

A line is an object with an `id` and either `namespace`, `metric`, `dimensions` and `stat`, or an
`expression` over the lines before it.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from domain.model.member import Releasing
from domain.model.questions import Metric, Query
from domain.model.text import show

Line = Mapping[str, Any]

PLACEHOLDERS = ("function", "alias", "canary", "baseline")
JUDGED = "expression"  # the id of what an input's own expression comes to
MAX_BYTES = 4_096  # of a check's queries: the state carries them all along
_KEYS = ("id", "namespace", "metric", "dimensions", "stat", "expression")

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
_ID = re.compile(r"[a-z][A-Za-z0-9_]{0,99}")
_WORDS = re.compile(r"""'[^']*'|"[^"]*"|(?P<open>['"])|(?P<name>\w+)""")
_PERCENT = r"(?:100|\d{1,2}(?:\.\d{1,10})?)"
_BOUND = r"(?:\d+(?:\.\d{1,10})?%?)"
# AWS: "CloudWatch statistics definitions".
_STAT = re.compile(
    rf"SampleCount|Sum|Average|Minimum|Maximum|IQM|(?:p|tm|wm|tc|ts){_PERCENT}"
    rf"|(?:TM|WM|TC|TS|PR)\((?:{_BOUND}:{_BOUND}?|:{_BOUND})\)"
)
# Answered with many series, or by a query language of their own.
_REFUSED = ("SEARCH", "SELECT")


def problems(lines: Sequence[Line], paths: Sequence[str]) -> Iterator[str]:
    """Say what is wrong with the queries, after the path of the key.

    `paths` are those of the lines.
    """
    written = json.dumps(lines)
    if len(written.encode()) > MAX_BYTES:
        yield f"{len(written.encode()):,} bytes of queries; allowed: up to {MAX_BYTES:,}"
    for name in _PLACEHOLDER.findall(written):
        if name not in PLACEHOLDERS:
            known = ", ".join(f"${{{one}}}" for one in PLACEHOLDERS)
            yield f"${{{name[:60]}}} is no placeholder; there are {known}"
    known_ids: list[str] = []
    for line, path in zip(lines, paths, strict=True):
        yield from _problems_of_line(line, path, known_ids)
        known_ids.append(str(line.get("id")))


def _problems_of_line(line: Line, path: str, known: Collection[str]) -> Iterator[str]:
    name = line.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        yield (
            f"{path}id: {show(name)} was given; allowed: a small letter, then letters, digits and _"
        )
    elif name == JUDGED and path:
        yield f"{path}id: {show(name)} stands for the check's own expression"
    elif name in known:
        yield f"{path}id: {show(name)} is given twice"
    yield from (f"{path}{key}: unknown key" for key in line if key not in _KEYS)
    if "expression" in line:
        if len(line.keys() & set(_KEYS)) > 2:
            yield f"{path[:-1]}: give either an expression or a metric"
        yield from _problems_of_expression(line["expression"], f"{path}expression", known)
    else:
        yield from _problems_of_metric(line, path)


def _problems_of_metric(line: Line, path: str) -> Iterator[str]:
    for key in ("namespace", "metric", "stat"):
        if key not in line:
            yield f"{path}{key}: missing"
        elif not _is_text(line[key], 255):
            yield f"{path}{key}: {show(line[key])} was given; allowed: 1 to 255 characters"
        elif key == "stat" and not _STAT.fullmatch(line["stat"]):
            yield f"{path}stat: {show(line[key])} is no statistic of CloudWatch's"
    dimensions = line.get("dimensions", {})
    if not isinstance(dimensions, dict) or len(dimensions) > 30:
        yield f"{path}dimensions: {show(dimensions)} was given; allowed: up to 30 names with values"
        return
    for key, value in dimensions.items():
        if not (_is_text(key, 255) and _is_text(value, 1_024)):
            yield f"{path}dimensions: {show({key: value})} was given; allowed: names with values"


def _is_text(value: object, most: int) -> bool:
    """Tell whether it is a text of such a length, without control characters or lone surrogates."""
    return isinstance(value, str) and 1 <= len(value) <= most and value.isprintable()


def _problems_of_expression(text: object, path: str, known: Collection[str]) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip() or not _is_text(text, 2_048):
        yield f"{path}: {show(text)} was given; allowed: metric math over the ids before it"
        return
    for word in _WORDS.finditer(_PLACEHOLDER.sub("1", text)):
        name = word["name"] or ""
        if word["open"]:
            yield f"{path}: a quotation mark is left open"
        elif name in _REFUSED:
            yield f"{path}: {name} is not supported; name the metrics"
        elif _ID.fullmatch(name) and name not in known:
            yield f"{path}: {show(name)} is no id before it; known: {', '.join(known) or 'none'}"


def differs(lines: Sequence[Line]) -> bool:
    """Tell whether the queries ask something else for each function of a group."""
    return "${" in json.dumps(lines)


def queries(lines: Sequence[Line], member: Releasing) -> tuple[Query, ...]:
    """Fill the queries in for this member; only the last line is wanted back.

    A new alias has no baseline: what asks for that one's data finds none.
    """
    known: Mapping[str, object] = member
    values = {name: str(known[name]) for name in PLACEHOLDERS}
    # Names of functions and aliases, and version numbers, need no escaping in JSON.
    text = _PLACEHOLDER.sub(lambda match: values[match[1]], json.dumps(lines))
    filled: list[Line] = json.loads(text)
    return tuple(_query(line, wanted=line is filled[-1]) for line in filled)


def _query(line: Line, *, wanted: bool) -> Query:
    if "expression" in line:
        return Query(line["id"], line["expression"], wanted)
    dimensions = tuple(line.get("dimensions", {}).items())
    metric = Metric(line["namespace"], line["metric"], dimensions, line["stat"])
    return Query(line["id"], metric, wanted)
