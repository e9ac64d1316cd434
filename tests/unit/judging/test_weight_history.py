from domain.judging.weight_history import RoutedWeight, stretches, weight_between
from domain.model.clock import iso
from domain.model.progress import Shift
from tests.unit.builders import NOW, about


def shifts(*pairs: tuple[int, float]) -> list[Shift]:
    """Seconds after NOW, and percents."""
    return [Shift(weight=weight, at=iso(NOW + at)) for at, weight in pairs]


STEPS = stretches(shifts((15, 10), (180, 20), (240, 100)))


def within(start: int, end: int) -> RoutedWeight:
    return weight_between(STEPS, NOW + start, NOW + end)


def test_before_the_first_shift_nothing_was_given() -> None:
    assert within(-60, 0) == RoutedWeight(0, True)


def test_a_minute_between_shifts_has_one_weight() -> None:
    assert within(60, 120) == RoutedWeight(about(0.1), True)


def test_a_minute_that_begins_with_a_shift_has_one_weight() -> None:
    assert within(180, 240) == RoutedWeight(about(0.2), True)
    assert within(240, 300) == RoutedWeight(1, True)


def test_a_minute_with_a_shift_has_the_mean_over_its_time() -> None:
    assert within(0, 60) == RoutedWeight(about(0.075), False)
    assert within(150, 210) == RoutedWeight(about(0.15), False)


def test_several_shifts_within_a_minute_are_weighted_by_their_time() -> None:
    found = weight_between(stretches(shifts((0, 10), (20, 20), (40, 60))), NOW, NOW + 60)
    assert found == RoutedWeight(about(0.3), False)


def test_where_shifts_were_forgotten_the_weight_rose_evenly() -> None:
    """The first hundred and the last hundred of a thousand a minute apart are remembered."""
    known = [*range(1, 101), *range(901, 1_001)]
    given = stretches(shifts(*((60 * one, one / 10) for one in known)))
    for minute in (90, 200, 500, 899, 950):
        found = weight_between(given, NOW + 60 * minute, NOW + 60 * minute + 60)
        assert found.weight == about(minute / 1_000, within=0.001)
        assert found.steady == (minute < 100 or minute > 900)
