"""The judge behind the interface of the acceptance bar: `python bar.py --plug benchmarks.plug`.

`hold` keeps the weight until enough canary calls were judged, as the workflow does.
"""

from typing import Any, Literal

from domain.judging import sequential
from domain.model.verdict import Outcome

_ALPHA = 0.01
_MIN_CALLS = 20
_MAX_HOLD = 60  # minutes

Answer = Literal["continue", "promote", "rollback", "hold", "inconclusive"]


def new() -> dict[str, Any]:
    """Begin a rollout."""
    return {"case": sequential.begin(), "held": 0}


def step(
    state: dict[str, Any], w: float, nc: int, yc: int, nb: int, yb: int
) -> tuple[dict[str, Any], Answer]:
    """Take in one closed minute: weight, calls and errors of the canary, then of the baseline."""
    case = sequential.step(state["case"], sequential.Minute(w, nc, yc, nb, yb))
    return _answer({"case": case, "held": state["held"]}, enough="continue", gave_up="continue")


def final(state: dict[str, Any]) -> tuple[dict[str, Any], Answer]:
    """Answer when the schedule has run out."""
    return _answer(state, enough="promote", gave_up="inconclusive")


def _answer(
    state: dict[str, Any], enough: Answer, gave_up: Answer
) -> tuple[dict[str, Any], Answer]:
    found = sequential.verdict(state["case"], alpha=_ALPHA, min_calls=_MIN_CALLS)
    if found.outcome is Outcome.FAIL:
        return state, "rollback"
    if found.outcome is Outcome.PASS:
        return state, enough
    if state["held"] < _MAX_HOLD:
        return {**state, "held": state["held"] + 1}, "hold"
    return state, gave_up
