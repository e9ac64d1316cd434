from collections.abc import Mapping
from math import log10
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checks.judge import ask, fold, judge, prepare
from domain.checks.support.context import CheckContext
from domain.checks.support.counts import Counts
from domain.model.alias import shifting
from domain.model.clock import iso
from domain.model.progress import Shift
from domain.model.questions import Answers, CouldNotAsk, Question, Series
from domain.model.verdict import Outcome, Verdict
from tests.unit.builders import HOME, NOW, baking, context, group

HEALTHY, BROKEN = (120, 1, 1_080, 9), (120, 60, 1_080, 9)
WORSE = (120, 4, 1_080, 9)
SHIFTS = (Shift(weight=10.0, at=iso(NOW)),)

Minutes = Mapping[int, tuple[float, float, float, float]]
"""By number after NOW: calls and errors of the canary, and of the baseline."""


def options(**given: Any) -> dict[str, Any]:
    named = {key.replace("_", "-"): value for key, value in given.items()}
    return prepare({"type": "judge", "when": "during", **named}, HOME)


def seen_at(minute: float, **changes: Any) -> CheckContext:
    changes = {"shifts": SHIFTS, "wanted": 20, **changes}
    return context(now=NOW + int(60 * minute), **changes)


def answered(asked: dict[str, Any], seen: CheckContext, minutes: Minutes) -> Answers:
    """Return what CloudWatch says of these minutes, to each function of the group the same."""
    names = ("canary", "canary_told", "baseline", "baseline_told")

    def series(question: Series) -> dict[str, Any]:
        there = [at for at in sorted(minutes) if question.start <= NOW + 60 * at < question.end]
        return {
            name: tuple((NOW + 60 * at, float(minutes[at][index])) for at in there)
            for index, name in enumerate(names)
        }

    return Answers({question: series(question) for question in ask(asked, seen)})


def judged(minutes: Minutes, now: float = 10, asked: Any = None, **changes: Any) -> Verdict:
    asked, seen = asked or options(), seen_at(now, **changes)
    return judge(asked, seen, answered(asked, seen, minutes))


def members(*names: str) -> tuple[Any, ...]:
    return tuple(shifting(baking(group(*names))["members"]))


def test_a_canary_like_its_baseline_passes() -> None:
    found = judged(dict.fromkeys(range(8), HEALTHY))
    assert found.outcome is Outcome.PASS
    assert found.reason.startswith("checkout:live: canary 8 of 960 calls failed, baseline 72 of")


def test_a_broken_canary_fails_with_its_first_minute() -> None:
    found = judged({0: BROKEN}, now=1)
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith(
        "checkout:live: canary 60 of 120 calls failed, baseline 9 of 1,080 in the same minutes; "
        "if the versions were equal, evidence this strong would come up in 1 rollout of "
    )


def test_without_data_nothing_is_known() -> None:
    assert judged({}).outcome is Outcome.INCONCLUSIVE
    assert judged({}, now=0).outcome is Outcome.INCONCLUSIVE
    assert judged({}, wanted=0).outcome is Outcome.INCONCLUSIVE


def test_a_few_calls_that_failed_plainly_are_suspect() -> None:
    found = judged({0: (8, 8, 6, 0)})
    assert (found.outcome, found.suspect) == (Outcome.INCONCLUSIVE, True)
    assert found.reason.startswith("checkout:live: canary 8 of 8 calls failed, baseline 0 of 6")
    assert judged({0: (8, 8, 6, 0)}, asked=options(min_calls=5)).suspect
    assert not judged({0: (8, 8, 6, 6)}).suspect
    assert not judged({0: (8, 1, 6, 0)}).suspect
    assert not judged({0: (8, 8, 6, 0)}, asked=options(slower_than=100)).suspect


def test_a_few_failed_calls_beside_which_the_baseline_had_none_are_suspect_before_they_settle() -> (
    None
):
    """The function's timeout is 15 minutes, and the longest hold by default is ten."""
    patient = options(settle=1_020)
    alone = {0: (8, 8, 0, 0), 1: (0, 0, 6, 0)}
    said = answered(patient, seen_at(10), alone)
    one_sided = Answers(
        {
            question: {
                name: tuple(point for point in points if point[1] or name.endswith("told"))
                for name, points in said.to(question).items()
            }
            for question in ask(patient, seen_at(10))
        }
    )
    found = judge(patient, seen_at(10), one_sided)
    assert (found.outcome, found.suspect) == (Outcome.INCONCLUSIVE, True)
    assert found.reason.startswith("checkout:live: canary 8 of 8 calls failed, baseline 0 of 6;")


def test_a_canary_without_a_baseline_is_suspect_by_its_own_calls() -> None:
    counts = {"checkout:live": Counts(calls=5, errors=5)}
    assert judged({}, counts=counts).suspect
    assert not judged({}, counts=CouldNotAsk("throttled")).suspect


def test_one_suspect_of_a_group_is_named() -> None:
    several = members("cart", "checkout")
    found = judged({0: (8, 8, 6, 0)}, members=several)
    assert found.suspect
    assert len(found.findings) == 2


def test_min_calls_is_min_invocations_where_the_check_does_not_say() -> None:
    few = {0: (20, 0, 180, 0)}
    assert judged(few).outcome is Outcome.PASS
    assert judged(few, wanted=21).outcome is Outcome.INCONCLUSIVE
    assert judged(few, asked=options(min_calls=21)).outcome is Outcome.INCONCLUSIVE
    assert judged(few, asked=options(min_calls=5), wanted=21).outcome is Outcome.PASS


def test_a_minute_that_is_not_over_does_not_count() -> None:
    assert judged({0: HEALTHY, 1: BROKEN}, now=1.9).outcome is Outcome.PASS
    assert judged({0: HEALTHY, 1: BROKEN}, now=2).outcome is Outcome.FAIL


def test_strict_fails_on_any_error_of_the_canary_also_at_100_percent() -> None:
    asked = options(strict=True)
    for errors, outcome in ((0, Outcome.PASS), (1, Outcome.FAIL)):
        counts = {"checkout:live": Counts(5_000, errors)}
        found = judged({0: HEALTHY}, asked=asked, counts=counts, weight=100.0, shifted_at=NOW + 60)
        assert found.outcome is outcome
    assert found.reason == "checkout:live: 1 of 5,000 canary calls failed; none may (strict)"


def test_a_canary_is_cold_for_four_minutes_or_as_long_as_the_input_says() -> None:
    cold = {3: (120, 60, 1_080, 1_079)}
    assert judged(cold, asked=options(slower_than=1_500)).outcome is Outcome.INCONCLUSIVE
    assert judged(cold, asked=options(slower_than=1_500, warm_up=180)).outcome is Outcome.FAIL


def test_slow_calls_are_called_slow() -> None:
    found = judged({4: (120, 60, 1_080, 1_079)}, asked=options(slower_than=1_500))
    assert found.outcome is Outcome.FAIL
    assert "canary 60 of 120 calls took longer than 1,500 ms, baseline 1 of 1,080" in found.reason


def test_alpha_is_split_among_the_functions_and_judges_of_the_rollout() -> None:
    minutes = dict.fromkeys(range(8), HEALTHY)
    (alone,) = judged(minutes).findings
    of_ten = judged(minutes, members=members("a", "b", "c", "d", "e"), same_kind=2).findings
    assert len(of_ten) == 5
    assert all(one["evidence"] == round(alone["evidence"] - log10(10), 2) for one in of_ten)


def test_what_convicts_one_function_may_not_convict_one_of_many() -> None:
    """The evidence is between 1 in 100 and 1 in 2,500."""
    worse = dict.fromkeys(range(4), WORSE)
    (alone,) = judged(worse).findings
    assert 2 < alone["evidence"] < 2 + log10(25)
    assert judged(worse).outcome is Outcome.FAIL
    many = members(*(f"f{number}" for number in range(25)))
    assert judged(worse, members=many).outcome is Outcome.PASS


def test_a_smaller_alpha_asks_for_more() -> None:
    worse = dict.fromkeys(range(4), WORSE)
    assert judged(worse, asked=options(alpha=0.0001)).outcome is Outcome.PASS


def test_the_worst_function_stands_for_its_group() -> None:
    asked, seen = options(), seen_at(3, members=members("cart", "stock"))
    bad, good = ask(asked, seen)
    names = ("canary", "canary_told", "baseline", "baseline_told")
    said: dict[Question[Any], Any] = {
        question: {name: ((NOW, float(value)),) for name, value in zip(names, counts, strict=True)}
        for question, counts in ((bad, BROKEN), (good, HEALTHY))
    }
    found = judge(asked, seen, Answers(said))
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith("cart:live: canary 60 of 120")
    assert [one["canary"] for one in found.findings] == [[120, 60], [120, 1]]


def test_counts_that_could_not_be_read_are_no_verdict_and_teach_nothing() -> None:
    asked, seen = options(), seen_at(10)
    unread = Answers({question: CouldNotAsk("throttled") for question in ask(asked, seen)})
    for of_answers in (judge, fold):
        with pytest.raises(CouldNotAsk, match="throttled"):
            of_answers(asked, seen, unread)


def test_only_minutes_whose_calls_have_ended_and_arrived_are_remembered() -> None:
    """The function's timeout is 30 s, so that a minute is final 150 s after its end."""
    asked, minutes = options(), dict.fromkeys(range(10), HEALTHY)
    seen = seen_at(10)
    carried = fold(asked, seen, answered(asked, seen, minutes))
    assert carried["until"] == NOW + 7 * 60
    assert carried["cases"][0]["minutes"] == 7
    asked = options(settle=300)
    assert fold(asked, seen, answered(asked, seen, minutes))["until"] == NOW + 5 * 60


def test_what_is_remembered_is_not_asked_again() -> None:
    asked, seen = options(), seen_at(10)
    carried = fold(asked, seen, answered(asked, seen, dict.fromkeys(range(10), HEALTHY)))
    (question,) = ask(asked, seen_at(11, carried=carried))
    assert (question.start, question.end) == (NOW + 7 * 60, NOW + 11 * 60)


def test_late_errors_are_seen_in_minutes_that_were_judged_already() -> None:
    asked, seen = options(), seen_at(3)
    early = {0: HEALTHY, 1: HEALTHY, 2: HEALTHY}
    assert judge(asked, seen, answered(asked, seen, early)).outcome is Outcome.PASS
    carried = fold(asked, seen, answered(asked, seen, early))
    late = {**early, 1: BROKEN, 2: BROKEN}
    assert judged(late, now=4, carried=carried).outcome is Outcome.FAIL


def test_at_100_percent_the_verdict_stays_what_it_was() -> None:
    asked = options()
    at_full: dict[str, Any] = {
        "weight": 100.0,
        "shifted_at": NOW + 150,
        "shifts": (*SHIFTS, Shift(weight=100.0, at=iso(NOW + 150))),
    }
    minutes = {0: HEALTHY, 1: HEALTHY, 2: HEALTHY, 3: (1_200, 600, 0, 0)}
    seen = seen_at(10, **at_full)
    before = judge(asked, seen, answered(asked, seen, minutes))
    assert before.outcome is Outcome.PASS
    assert "canary 3 of 360" in before.reason
    carried = fold(asked, seen, answered(asked, seen, minutes))
    assert carried["until"] == NOW + 180
    later = seen_at(1_000, **at_full, carried=carried)
    assert ask(asked, later) == []
    assert judge(asked, later, Answers({})) == before
    assert fold(asked, later, Answers({})) == carried


def test_a_check_leaves_the_memory_that_it_was_given_alone() -> None:
    asked, seen = options(), seen_at(10)
    carried = fold(asked, seen, answered(asked, seen, {0: HEALTHY}))
    again = repr(carried)
    later = seen_at(20, carried=carried)
    said = answered(asked, later, {12: BROKEN})
    assert fold(asked, later, said) == fold(asked, later, said)
    assert judge(asked, later, said) == judge(asked, later, said)
    assert repr(carried) == again


counts = st.tuples(
    st.integers(0, 200), st.integers(0, 5), st.integers(0, 2_000), st.integers(0, 20)
)


@given(
    minutes=st.dictionaries(st.integers(0, 59), counts),
    checks=st.lists(st.floats(0.5, 70), max_size=30),
)
def test_however_often_it_is_asked_the_verdict_is_that_of_asking_once(
    minutes: dict[int, tuple[int, int, int, int]], checks: list[float]
) -> None:
    asked, carried = options(), None
    for at in sorted(checks):
        seen = seen_at(at, carried=carried)
        carried = fold(asked, seen, answered(asked, seen, minutes))
    assert judged(minutes, now=75, carried=carried) == judged(minutes, now=75)


def test_a_check_takes_a_millisecond_at_most() -> None:
    asked = options()
    carried, took = None, []
    for minute in range(3, 103):
        seen = seen_at(minute, carried=carried)
        said = answered(asked, seen, dict.fromkeys(range(minute), HEALTHY))
        began = process_time()
        ask(asked, seen)
        folded = fold(asked, seen, said)
        judge(asked, seen, said)
        took.append(process_time() - began)
        carried = folded
    assert sorted(took)[50] < 0.001
