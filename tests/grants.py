"""Judges at the end of a whole run of the scenarios whether every grant of the stack was used.

A pytest plugin, because scenarios run in several processes: each notes what its sandbox let pass,
and the one that started them puts it together. A run of some scenarios only is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Stack
from sandbox.services.iam.grants import Granted, granted

SCENARIOS = Path(__file__).parent / "scenario"

# Grants that no scenario uses, by role and statement ("*": of any role), and why they are there.
UNUSED = {
    ("GateAnswerFunctionRole", "EndThemAndReadWhatTheyLeft"): (
        "it stops rollouts that Step Functions has not stopped with their waiter, which it does "
        "as far as it can, and in the sandbox always"
    ),
    ("*", "AWSLambdaBasicExecutionRole"): "SAM attaches it; Lambda itself writes logs with it",
    ("*", "AWSXrayWriteOnlyAccess"): "SAM attaches it; AWS itself writes traces with it",
}

_NOTED = pytest.StashKey[dict[Granted, bool]]()
_WHOLE = pytest.StashKey[bool]()


def note(config: pytest.Config, sandbox: Sandbox, stack: Stack) -> None:
    """Remember what was used of the grants of this stack."""
    _merge(config, granted(stack, sandbox.iam))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--grants", action="store_true", help="list every grant of the stack's roles at the end"
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Whether all scenarios run: none left out by a path, a name or a mark."""
    files = {item.path for item in session.items}
    parts = any("::" in argument for argument in session.config.args)
    nothing_left_out = session.config.stash.get(_WHOLE, True) and not parts
    session.config.stash[_WHOLE] = nothing_left_out and files >= set(SCENARIOS.glob("test_*.py"))


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Note it; this comes before the collection is finished."""
    for item in items[:1]:
        item.config.stash[_WHOLE] = False


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In the process that started the others: one has ended."""
    found = getattr(node, "workeroutput", {}).get("grants", [])
    _merge(node.config, ((Granted(*grant), used) for grant, used in found))
    if found:
        node.config.stash[_WHOLE] = node.workeroutput["whole"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    noted, whole = config.stash.get(_NOTED, {}), config.stash.get(_WHOLE, False)
    if hasattr(config, "workeroutput"):
        config.workeroutput["grants"] = [(list(grant), used) for grant, used in noted.items()]
        config.workeroutput["whole"] = whole
    elif whole and session.exitstatus == pytest.ExitCode.OK and list(problems(noted)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    noted, whole = config.stash.get(_NOTED, {}), config.stash.get(_WHOLE, False)
    if config.option.grants:
        terminalreporter.section("grants of the stack's roles")
        for grant, used in sorted(noted.items()):
            mark = "used  " if used else "excused" if _excuse(grant) else "UNUSED"
            terminalreporter.write_line(f"{mark:8}{' '.join(grant)}")
    if whole:
        for problem in problems(noted):
            terminalreporter.write_line(problem, red=True)


def problems(noted: dict[Granted, bool]) -> Iterator[str]:
    """In words: grants that nobody needs, and excuses that nobody needs."""
    for grant, used in sorted(noted.items()):
        if not used and _excuse(grant) is None:
            yield (
                f"no scenario needs {grant.action} on {grant.resource} (statement "
                f"{grant.statement} of {grant.role}): take it away, play a scenario that needs it, "
                "or say in UNUSED of tests/grants.py why it is there"
            )
    needed = {_excuse(grant) for grant, used in noted.items() if not used}
    for key in UNUSED.keys() - needed:
        yield f"UNUSED of tests/grants.py excuses {' '.join(key)}, which is used or gone"


def _excuse(grant: Granted) -> tuple[str, str] | None:
    keys = ((role, grant.statement) for role in (grant.role, "*"))
    return next((key for key in keys if key in UNUSED), None)


def _merge(config: pytest.Config, found: Any) -> None:
    noted = config.stash.setdefault(_NOTED, {})
    for grant, used in found:
        noted[grant] = noted.get(grant, False) or used
