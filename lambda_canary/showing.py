"""Where views go: redrawn in place on a terminal, a line a change in a pipe, or lines of JSON."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from domain.view.changes import changes
from domain.view.view import View
from domain.view.words import Clock
from lambda_canary.terminal import BLOCKS, PLAIN, Ink, Line, drawn

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def local_clock(now: Callable[[], float]) -> Clock:
    """Write instants as the clock on the wall shows them, with the day where it is another."""

    def write(at: float) -> str:
        then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now())
        return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%b %d %H:%M}"

    return write


class Show(Protocol):
    """Shows a rollout as it goes on."""

    def show(self, view: View) -> None:
        """Show how it stands now."""

    def known(self, view: View) -> None:
        """Take what is known already for no news."""

    def tell(self, text: str) -> None:
        """Say something beside."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Leave the terminal as it was."""


class Lines:
    """A line for each change: what a log keeps."""

    def __init__(self) -> None:
        self._before: View | None = None

    def show(self, view: View) -> None:
        """Print what is new."""
        for line in changes(self._before, view):
            say(line)
        if view.over and view.error:
            say(f"{view.error}: {view.cause}")
        self._before = view

    def known(self, view: View) -> None:
        """Print it not again."""
        self._before = view

    def tell(self, text: str) -> None:
        """Say it where it does not mix with what is parsed."""
        complain(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Json(Lines):
    """A line of JSON for each change: the whole view."""

    def show(self, view: View) -> None:
        """Print it, if there is anything new."""
        if self._before is None or view.as_json() != self._before.as_json():
            say(json.dumps(view.as_json()))
        self._before = view


class Redrawn(Lines):
    """The whole picture, drawn anew in its place."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        from rich.live import Live

        self._clock, self._console = clock, console()
        self._ink = ink()  # now: what rich puts in place of the output tells no encoding
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")

    def show(self, view: View) -> None:
        """Draw it over the last one."""
        lines = drawn(view, self._console.width - 1, self._clock, self._ink)
        if not view.over:
            lines = lines[: max(self._console.height - 1, 5)]
        self._live.update(_text(lines), refresh=True)

    def tell(self, text: str) -> None:
        """Print it above the picture."""
        self._live.console.print(text, style="yellow", markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


def shower(clock: Clock, *, as_json: bool) -> Show:
    """Choose by where the output goes."""
    if as_json:
        return Json()
    redraws = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return Redrawn(clock) if redraws else Lines()


def draw(view: View, clock: Clock) -> None:
    """Draw a view once."""
    to = console()
    to.print(_text(drawn(view, to.width - 1, clock, ink())), soft_wrap=True)


def console() -> "Console":
    """Return the terminal, whose colours NO_COLOR takes away."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def ink() -> Ink:
    """Return what bars are drawn with, as the output's encoding allows."""
    try:
        "".join(BLOCKS).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS


def say(text: str) -> None:
    """Print a line; characters that the output does not know are escaped."""
    _write(sys.stdout, text)


def complain(text: str) -> None:
    """Print a line for a person, apart from what is parsed."""
    _write(sys.stderr, text)


def _write(to: TextIO, text: str) -> None:
    encoding = to.encoding or "utf-8"
    with suppress(BrokenPipeError):
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=to, flush=True)


def _text(lines: Iterable[Line]) -> "RenderableType":
    from rich.text import Text

    whole = Text(no_wrap=True, overflow="crop")
    for at, line in enumerate(lines):
        whole.append(("\n" if at else "") + line.text, style=line.style)
    return whole
