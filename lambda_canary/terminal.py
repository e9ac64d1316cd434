"""A view as lines of text for a terminal of whatever width, each with a style.

Styles only stress what the words say, so that it reads without colours.
"""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from domain.model.clock import epoch, span
from domain.view.course import Step
from domain.view.view import View, threshold
from domain.view.words import Clock, subject

NARROWEST = 24
_WIDEST = 100
_STEPS = 12  # lines that the weights take at most
_OUTCOMES = {"pass": "green", "inconclusive": "yellow", "error": "yellow", "fail": "bold red"}


class Line(NamedTuple):
    """A line, and how it is stressed, in rich's words."""

    text: str
    style: str = ""


class Ink(NamedTuple):
    """What bars are drawn with: done, and to come."""

    full: str
    light: str


BLOCKS, PLAIN = Ink("\u2588", "\u2591"), Ink("#", "-")


def drawn(view: View, width: int, clock: Clock, ink: Ink = BLOCKS) -> list[Line]:
    """Draw all that is known of a rollout."""
    width = max(NARROWEST, min(width, _WIDEST))
    lines = [
        *_wrapped(view.title, width, style_of(view)),
        *_wrapped(f"{view.name}: {subject(view.functions)}".rstrip(": "), width),
    ]
    if view.next:
        lines += _wrapped(f"Next: {view.next}", width)
    if view.error and view.over:
        lines += _wrapped(f"{view.error}: {view.cause}", width)
    groups = [
        _steps(view, width, clock, ink),
        _checks(view, width, ink),
        _people(view, width, clock),
    ]
    for group in groups:
        if group:
            lines += [Line(""), *group]
    return lines


def style_of(view: View) -> str:
    """Return the style of a headline."""
    if view.alarming or view.phase in ("rolled-back", "rolling-back"):
        return "bold red"
    if view.commands or (view.good and view.unproven):
        return "bold yellow"
    return "bold green" if view.good else "bold"


def _wrapped(text: str, width: int, style: str = "", indent: str = "") -> list[Line]:
    found = wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return [Line(one, style) for one in found]


def _steps(view: View, width: int, clock: Clock, ink: Ink) -> list[Line]:
    return [
        Line(f"  ... {one} more") if isinstance(one, int) else _step(view, one, width, clock, ink)
        for one in _few(view.steps)
    ]


def _few(steps: Sequence[Step]) -> Iterator[Step | int]:
    """Leave out of many the first that are done, and those before the last that are to come."""
    if len(steps) <= _STEPS:
        yield from steps
        return
    done = sum(not one["planned"] for one in steps)
    first = max(0, min(done - 4, len(steps) - _STEPS))
    shown = steps[first : first + _STEPS - 1]
    if first:
        yield first
    yield from shown
    if (more := len(steps) - first - len(shown) - 1) > 0:
        yield more
    if first + len(shown) < len(steps):
        yield steps[-1]


def _step(view: View, step: Step, width: int, clock: Clock, ink: Ink) -> Line:
    present = not view.over and not step["planned"] and step is _present(view)
    when = clock(epoch(step["at"])) if step["at"] else span(step["seconds"])
    asks = " approval" if step["weight"] in view.approvals else ""
    room = max(width - 9 - 22, 8)
    bar = (ink.light if step["planned"] else ink.full) * max(1, round(room * step["weight"] / 100))
    mark = ">" if present else " "
    text = f"{mark}{step['weight']:>5g} % {bar:<{room}} {when}{asks}"
    return Line(text[:width].rstrip(), "bold" if present else "dim" if step["planned"] else "")


def _present(view: View) -> Step | None:
    return next((one for one in reversed(view.steps) if not one["planned"]), None)


def _checks(view: View, width: int, ink: Ink) -> list[Line]:
    lines: list[Line] = []
    for check in view.checks:
        style = _OUTCOMES[check["outcome"]]
        lines += _wrapped(f"{check['check']}: {check['outcome']}", width, style)
        lines += _wrapped(check["reason"], width, indent="  ")
        line = threshold(check)
        for one in check.get("evidence", []):
            lines += _evidence(one, line, width, ink)
    return lines


def _evidence(found: dict[str, Any], line: float | None, width: int, ink: Ink) -> list[Line]:
    """Show the canary beside the baseline, and how near the evidence is to rolling back."""
    both = f"canary {_rate(found['canary'])}, baseline {_rate(found['baseline'])}"
    lines = _wrapped(both, width, indent="  ")
    if line:
        room = max(min(width - 34, 30), 4)
        full = max(0, min(room, round(room * found["evidence"] / line)))
        bar = ink.full * full + ink.light * (room - full)
        lines.append(Line(f"  evidence {bar} {found['evidence'] + 0:g} of {line:g}"[:width]))
    return lines


def _rate(pair: Sequence[float]) -> str:
    calls, bad = pair
    share = f" ({100 * bad / calls:.2g} %)" if calls else ""
    return f"{bad:,.0f} of {calls:,.0f}{share}"


def _people(view: View, width: int, clock: Clock) -> list[Line]:
    lines: list[Line] = []
    for hook in view.hooks:
        said = f": {hook['said']}" if hook["said"] else ""
        lines += _wrapped(f"hook {hook['name']}: {hook['status']}{said}", width)
    for one in view.orders:
        how = "not obeyed" if one["ignored"] else "obeyed"
        lines += _wrapped(f"order {one['order']} at {clock(epoch(one['at']))}: {how}", width)
    for standing in view.standings:
        lines += _wrapped(f"now: {standing}", width)
    for order in view.commands:
        lines += _wrapped(f"lambda-canary {order.split()[0]} {view.name}", width, "bold")
    return lines
