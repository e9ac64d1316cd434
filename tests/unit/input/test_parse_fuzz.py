"""Any JSON whatever is either a sound input or refused with a text that names what is wrong."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.input.model import RolloutInput
from domain.input.validation import allowed_by
from domain.model.errors import InvalidInput
from domain.model.request import Request
from domain.model.schedule import schedule
from tests.long import examples
from tests.unit.builders import parsed, rollout

KEYS = sorted(allowed_by(RolloutInput))

texts = st.one_of(
    st.sampled_from(
        ["", "10", "2", "$LATEST", "0", "live", "checkout", "canary", "custom", "geometric",
         "errors", "alarm", "judge", "promote", "all", "Canary10Percent5Minutes", "\ud800",
         "arn:aws:lambda:eu-west-1:999999999999:function:checkout:2", "arn:aws:lambda", "x" * 300]
    ),
    st.text(st.characters(), max_size=8),
)  # fmt: skip
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 120),
    st.sampled_from([10**19, -(10**400), 10_001, 31_536_001, 1e308, 1e-320, -0.0, 33.333]),
    st.floats(allow_nan=True, allow_infinity=True),
    texts,
)
keys = st.one_of(st.sampled_from([*KEYS, "names", "max-count", "max-percent", "when"]), texts)
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)
checks = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["errors", "alarm", "judge", "erors"])},
        optional={
            "max-count": st.integers(-1, 5) | junk,
            "max-percent": st.floats(-1, 101) | junk,
            "names": st.lists(texts, max_size=3) | junk,
            "when": junk,
        },
    ),
    max_size=3,
)
likely = st.fixed_dictionaries(
    {},
    optional={
        "type": texts,
        "steps": st.integers(-1, 20),
        "first-weight": st.floats(-1, 101),
        "weights": st.lists(st.integers(0, 100), max_size=5, unique=True).map(sorted),
        "interval": st.integers(0, 200) | st.lists(st.integers(1, 200), max_size=5),
        "checks": checks,
        "alarms": st.lists(texts, max_size=3),
        "health-check": st.booleans(),
        "functions": st.lists(st.dictionaries(keys, junk, max_size=4) | junk, max_size=3),
        "min-invocations": st.integers(-1, 5),
    },
)
inputs = st.one_of(
    junk,
    st.builds(lambda base, more: {**base, **more}, likely, st.dictionaries(keys, junk, max_size=2)),
    st.builds(lambda more: rollout() | more, likely),
    st.builds(
        lambda more, odd: rollout() | more | odd, likely, st.dictionaries(keys, junk, max_size=1)
    ),
)


def answer(raw: object) -> Request | str:
    try:
        return parsed(raw)
    except InvalidInput as refused:
        return str(refused)


@pytest.mark.proves("A12")
@examples(times=6)
@given(inputs)
@example({"\ud800": 1})
@example({"; ": 1})
@example({"functions": None})
@example(rollout(type="canary", first_weight=1e-10))
@example(rollout(interval={"int": 5}))
def test_any_input_plans_or_is_refused_by_the_name_of_a_key(raw: Any) -> None:
    found = answer(raw)
    if isinstance(found, Request):
        assert found.targets
        assert schedule(found.settings["schedule"]).weights[-1] == 100
        json.dumps(found.settings, ensure_ascii=False, allow_nan=False)
    elif isinstance(raw, dict):
        named = [*KEYS, *(shown(name) for name in raw)]
        assert found.partition(" in the input: ")[2].startswith(tuple(named))
        found.encode()
    else:
        assert found.startswith("the input is ")
        found.encode()


def shown(name: str) -> str:
    """As a long or odd key is shown."""
    return name[:60].encode(errors="backslashreplace").decode()


@given(inputs)
def test_parsing_is_deterministic_and_leaves_the_input_alone(raw: Any) -> None:
    before = repr(raw)
    assert repr(answer(raw)) == repr(answer(raw))
    assert repr(raw) == before


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [*range(900, 1_000, 5), 5_000])
def test_however_deep_an_input_is_nested_it_is_refused(depth: int) -> None:
    text = answer(rollout(alarms=nested(depth), steps=nested(depth)))
    assert isinstance(text, str)
    assert "steps: " in text or text == "the input is nested too deeply"


@pytest.mark.proves("A12")
def test_an_input_of_200_kb_is_refused_by_its_size() -> None:
    text = answer(rollout(alarms=["x" * 1_000] * 200))
    assert text == "the input has 200,883 bytes; allowed: up to 131,072"


def test_the_size_counts_bytes_not_characters() -> None:
    assert "bytes" in str(answer(rollout(description="\N{PILE OF POO}" * 40_000)))


def test_thousands_of_problems_make_a_text_that_fits_an_executions_cause() -> None:
    text = answer(rollout() | {f"key-{number}": 0 for number in range(7_000)})
    assert isinstance(text, str)
    assert text.startswith("7000 problems in the input: key-0: unknown key")
    assert re.search(r"; and 6\d\d\d more$", text)
    assert len(text) < 30_000


def test_a_key_of_100_kb_does_not_drown_the_rest() -> None:
    text = answer(rollout(steps=0) | {"x" * 100_000: 0})
    assert isinstance(text, str)
    assert "steps: 0 was given" in text
    assert len(text) < 1_000
