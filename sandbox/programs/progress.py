"""A rollout's progress on the terminal: virtual time, weight, and what each health check said."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import shorten
from typing import Any, Self

from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import routing
from sandbox.services.cloudformation import Stack

_COLOURS = {"pass": 32, "inconclusive": 33, "error": 33, "fail": 31, "bold": 1, "dim": 2}
_BAR = 20  # characters for 100 %
_WIDTH = 160  # characters of a message's line that are shown


def paint(text: str, style: str) -> str:
    """Coloured where the output is a terminal."""
    return f"\033[{_COLOURS[style]}m{text}\033[0m" if sys.stdout.isatty() else text


def bar(percent: float) -> str:
    """Draw a percentage as a bar."""
    full = round(percent / 100 * _BAR)
    return "█" * full + "░" * (_BAR - full)


def _readable(line: str) -> bool:
    return bool(line) and not line.startswith("{")


class Progress:
    """Prints while it is entered. Health is read from the log lines of the application itself."""

    def __init__(self, sandbox: Sandbox, stack: Stack, targets: Sequence[tuple[str, str]]) -> None:
        self._sandbox = sandbox
        self._checker = stack.physical_id("CheckHealthFunction")
        self._targets = tuple(targets)
        before = [(target, routing(*target)) for target in targets]
        self._baselines = {target: max(shares, key=shares.__getitem__) for target, shares in before}
        self._weight = 0.0

    def __enter__(self) -> Self:
        self._sandbox.signals.alias_changed.append(self._on_alias)
        self._sandbox.signals.logged.append(self._on_line)
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.signals.alias_changed.remove(self._on_alias)
        self._sandbox.signals.logged.remove(self._on_line)

    def begin(self, title: str, given: dict[str, Any]) -> None:
        print(f"\n{paint(title, 'bold')}")
        print(f"  input     {paint(json.dumps(given), 'dim')}", flush=True)

    def end(self, summary: dict[str, Any], ended_well: bool) -> None:
        """How it ended, and the messages that the topic got."""
        for message in summary["notifications"]:
            print(f"  SNS       {paint(message['subject'], 'bold')}")
            for line in filter(_readable, message["text"].splitlines()):
                print(f"            {shorten(line, _WIDTH, placeholder=' ...')}")
        judged = "as it should" if ended_well else "which it should not"
        status = paint(f"{summary['status']}, {judged}", "pass" if ended_well else "fail")
        print(
            f"  Execution {status}: {summary['virtual_seconds'] / 60:,.0f} minutes of traffic in "
            f"{summary['wall_seconds']:.1f} s, {summary['state_transitions']} state transitions, "
            f"{summary['lambda_invocations']} invocations",
            flush=True,
        )

    def _on_alias(self, function: str, alias: str) -> None:
        if (function, alias) != self._targets[-1]:  # a group moves as one: its last member shows it
            return
        shares = routing(function, alias)
        self._weight = 100 * (1 - shares.get(self._baselines[function, alias], 0.0))
        version = next(iter(shares))
        whole = f"{function}:{alias} points at version {version} alone"
        self._print(paint(whole if len(shares) == 1 else "shifted", "bold"))

    def _on_line(self, function: str, line: str) -> None:
        """Print the verdicts of a health check, but for the one that calls are few.

        Those of the checks show that too.
        """
        if function != self._checker or '"ends"' not in line:
            return
        for verdict in json.loads(line).get("verdicts", []):
            if verdict["check"] != "min-invocations":
                outcome = paint(verdict["outcome"], verdict["outcome"])
                self._print(f"{verdict['check']}: {outcome}, {verdict['reason']}")

    def _print(self, words: str) -> None:
        at = datetime.fromtimestamp(self._sandbox.clock.now, UTC).strftime("%H:%M:%S")
        print(f"  {at}  {bar(self._weight)} {self._weight:5.4g} %  {words}", flush=True)
