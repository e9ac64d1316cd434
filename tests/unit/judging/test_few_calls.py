import pytest

from domain.judging.few_calls import fails_plainly


@pytest.mark.parametrize(
    ("canary", "baseline", "plainly"),
    [
        ((8, 8), (6, 0), True),
        ((3, 3), (20, 0), True),
        ((3, 3), (4, 0), True),
        ((3, 3), (2, 0), False),  # equal versions would share them so in 1 of 10 cases
        ((2, 2), (100, 0), False),  # bad luck
        ((7, 3), (100, 0), False),  # less than half
        ((6, 3), (100, 0), True),
        ((8, 8), (6, 6), False),  # an outage
        ((8, 8), (60, 40), False),
        ((8, 8), (0, 0), True),
        ((0, 0), (0, 0), False),
        ((900, 600), (9_000, 10), True),
    ],
)
def test_a_canary_fails_plainly_where_half_fails_and_the_baseline_does_not(
    canary: tuple[int, int], baseline: tuple[int, int], plainly: bool
) -> None:
    assert fails_plainly(canary, baseline) is plainly
