from typing import Any

import pytest

from sandbox.kernel.compressed import PAGE, CompressedList


def item(number: int) -> dict[str, Any]:
    return {"id": number, "details": {"input": "x" * 50}}


@pytest.fixture(params=[False, True], ids=["open", "sealed"])
def items(request: pytest.FixtureRequest) -> CompressedList[dict[str, Any]]:
    made = CompressedList[dict[str, Any]]()
    for number in range(2 * PAGE + 10):
        made.append(item(number))
    if request.param:
        made.seal()
    return made


@pytest.mark.proves("S7")
@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 3), (PAGE - 1, PAGE + 1), (5, 2 * PAGE + 5), (2 * PAGE, 9 * PAGE), (9 * PAGE, 10 * PAGE)],
)
def test_a_slice_is_one_of_the_items_as_they_were_appended(
    items: CompressedList[dict[str, Any]], start: int, stop: int
) -> None:
    expected = [item(number) for number in range(2 * PAGE + 10)]
    assert items.slice(start, stop) == expected[start:stop]
    assert list(items) == expected


def test_items_may_follow_what_was_sealed(items: CompressedList[dict[str, Any]]) -> None:
    items.append(item(2 * PAGE + 10))
    assert len(items) == 2 * PAGE + 11
    assert [one["id"] for one in items.slice(2 * PAGE + 9, 3 * PAGE)] == [2009, 2010]
