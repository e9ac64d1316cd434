"""How a view is drawn: it fits, it says everything without colours, it keeps to one screen."""

from dataclasses import replace
from typing import Any

import pytest

from domain.model.clock import iso
from domain.view.look import Look
from domain.view.view import View, view_of
from lambda_canary import markdown
from lambda_canary.terminal import PLAIN, drawn
from tests.unit.builders import EXECUTION, NOW, baking, rollout

HOSTILE = "<script>alert(1)</script>|[x](javascript:y) `z`\n# head"


def view(**keys: Any) -> View:
    return view_of(Look(EXECUTION, "RUNNING", NOW, state=baking(rollout(**keys))), iso)


def text(shown: View, width: int = 80) -> str:
    return "\n".join(line.text for line in drawn(shown, width, iso, PLAIN))


def test_a_hundred_weights_take_no_more_than_a_few_lines() -> None:
    shown = text(view(steps=100))
    assert shown.count(" % ") < 16
    assert "more" in shown
    assert "100 % " in shown


def test_the_present_weight_and_approvals_are_marked_by_words() -> None:
    shown = drawn(view(weights=[10, 50, 100], approvals=[50]), 40, lambda _: "09:00", PLAIN)
    steps = [line.text for line in shown if " % " in line.text][-3:]
    assert steps == [
        ">   10 % #         09:00",
        "    50 % ----      09:00 approval",
        "   100 % --------- 09:00",
    ]


@pytest.mark.parametrize("width", [10, 40, 200])
def test_whatever_others_write_stays_within_the_width(width: int) -> None:
    check = {"check": "judge", "outcome": "fail", "reason": HOSTILE * 5}
    shown = replace(view(), checks=[check], error="InternalError", cause=HOSTILE, over=True)
    assert max(len(line) for line in text(shown, width).splitlines()) <= max(width, 24)


def test_evidence_is_drawn_against_the_line_at_which_it_rolls_back() -> None:
    found = {"evidence": 1.0, "canary": [200, 4], "baseline": [2_000, 3]}
    check = {
        "check": "judge", "outcome": "pass", "reason": "so", "alpha": 0.01, "evidence": [found],
    }  # fmt: skip
    shown = text(replace(view(), checks=[check]))
    assert "canary 4 of 200 (2 %), baseline 3 of 2,000 (0.15 %)" in shown
    assert f"evidence {'#' * 15}{'-' * 15} 1 of 2" in shown


def test_markdown_shows_what_others_write_as_text() -> None:
    check = {"check": "judge", "outcome": "fail", "reason": HOSTILE}
    written = markdown.text_of(replace(view(), checks=[check]))
    assert "<script>" not in written.replace("\\<", "")
    [row] = [line for line in written.splitlines() if "alert" in line]
    assert row.startswith(r"| judge | fail | \<script\>alert(1)\</script\>\|\[x\](javascript:y)")
