"""The example of a check in docs/developing.md, run as it stands there."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.checks.registry import CHECKS
from domain.checks.support.counts import Counts
from domain.model.errors import InvalidInput
from domain.model.questions import CouldNotAsk, Fetch, Fetched
from domain.model.state import State
from tests.contract import readme
from tests.unit.builders import NOW, baking, checked, parsed, rollout

CODE = readme.block(readme.section("Add a check"), "python")
URL = "https://www.githubstatus.com"
CHECK = {"type": "status-page", "url": URL}
QUESTION = Fetch("GET", f"{URL}/api/v2/status.json", (), "", timeout=5)


@pytest.fixture(autouse=True)
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the example into a file and a line into the registry: all that a new check takes."""
    path = tmp_path / "status_page.py"
    path.write_text(CODE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("status_page", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "status_page", module)
    spec.loader.exec_module(module)
    monkeypatch.setitem(CHECKS, "status-page", module.CHECK)


def after(answer: Fetched | CouldNotAsk) -> State:
    """Make a health check at the bake's end, with calls enough."""
    counts = {"checkout:live": Counts(calls=100, errors=0)}
    return checked(
        baking(rollout(checks=[CHECK], interval=60)), NOW + 60, counts, {QUESTION: answer}
    )


def page(indicator: str, description: str) -> Fetched:
    status = {"indicator": indicator, "description": description}
    return Fetched(200, json.dumps({"status": status}), cut=False, milliseconds=80)


def test_it_is_under_80_lines() -> None:
    assert len(CODE.splitlines()) < 80


def test_a_page_without_an_outage_passes() -> None:
    moved = after(page("none", "All Systems Operational"))
    assert moved["next"] == "shift"
    assert moved["progress"]["verdicts"][0] == {
        "check": "status-page",
        "outcome": "pass",
        "reason": f"{URL}: All Systems Operational",
        "errors": 0,
    }


def test_an_outage_holds_the_weight() -> None:
    moved = after(page("major", "Partial System Outage"))
    assert moved["next"] == "bake"
    assert moved["progress"]["verdicts"][0]["outcome"] == "inconclusive"


@pytest.mark.parametrize(
    "answer",
    [
        CouldNotAsk("timed out"),
        Fetched(502, "<html>", cut=False, milliseconds=80),
        Fetched(200, "[]", cut=False, milliseconds=80),
    ],
    ids=["none", "HTML", "a list"],
)
def test_no_status_is_an_error(answer: Fetched | CouldNotAsk) -> None:
    verdict = after(answer)["progress"]["verdicts"][0]
    assert (verdict["outcome"], verdict["errors"]) == ("error", 1)


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ({"url": 5}, "checks[0].url: 5 was given; allowed: the page's"),
        ({"url": "https://127.0.0.1"}, "checks[0].url: https://127.0.0.1 leads to 127.0.0.1"),
        ({"uri": URL}, "checks[0].uri: unknown key; did you mean url?"),
    ],
)
def test_wrong_options_are_refused_by_what_the_file_declares(
    option: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(rollout(checks=[{**CHECK, **option}]))
    assert problem in str(caught.value)
