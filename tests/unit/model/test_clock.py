import pytest

from domain.model.clock import iso, span, whole


def test_a_part_of_a_second_counts_as_a_whole_one() -> None:
    assert whole(5.001) == 6
    assert whole(5.0) == 5


def test_an_instant_is_rfc_3339_in_utc() -> None:
    assert iso(1_767_603_600) == "2026-01-05T09:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (1_200, "20 min"), (3_900, "1 h 5 min"), (90_061, "1 d 1 h")],
)
def test_a_span_shows_its_two_largest_units(seconds: int, words: str) -> None:
    assert span(seconds) == words
