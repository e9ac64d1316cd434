from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checks.metric import ask, judge, prepare
from domain.checks.support.context import CheckContext
from domain.model.errors import InvalidInput
from domain.model.questions import Answers, CouldNotAsk, Metric, Points, Query, Question, Series
from domain.model.verdict import Outcome, Verdict
from tests.long import examples
from tests.unit.builders import HOME, NOW, baking, context, group, parsed, rollout

QUEUE = {
    "namespace": "AWS/SQS",
    "metric": "ApproximateNumberOfMessagesVisible",
    "dimensions": {"QueueName": "orders"},
    "stat": "Maximum",
}
THROTTLES = {
    "namespace": "AWS/Lambda",
    "metric": "Throttles",
    "dimensions": {"FunctionName": "${function}"},
    "stat": "Sum",
}
RATE = {
    "queries": [
        {"id": "bad", "namespace": "Shop", "metric": "Refused", "stat": "Sum",
         "dimensions": {"Function": "${function}", "Alias": "${alias}", "Version": "${canary}"}},
        {"id": "all", "namespace": "Shop", "metric": "Orders", "stat": "Sum",
         "dimensions": {"Version": "${baseline}"}},
    ],
    "expression": "100 * bad / all",
}  # fmt: skip


def judged(
    options: dict[str, Any], values: list[float], seen: CheckContext | None = None
) -> Verdict:
    """Return the verdict on these values, of one period each, for every function."""
    asked, seen = prepare(options, HOME), seen or context()
    found: dict[Any, Any] = {}
    for question in ask(asked, seen):
        points: Points = tuple((question.start + 60 * at, v) for at, v in enumerate(values))
        found[question] = {question.queries[-1].id: points}
    return judge(asked, seen, Answers(found))


def window(options: dict[str, Any], seen: CheckContext) -> tuple[int, int]:
    """In seconds after the first shift."""
    (question,) = ask(prepare(options, HOME), seen)
    return question.start - NOW, question.end - NOW


def test_max_fails_only_above_its_limit() -> None:
    assert judged({**QUEUE, "max": 100}, [0, 100]).outcome is Outcome.PASS
    assert judged({**QUEUE, "max": 100}, [0, 100.5]).outcome is Outcome.FAIL


def test_min_fails_only_below_its_limit() -> None:
    assert judged({**QUEUE, "min": -1}, [5, -1]).outcome is Outcome.PASS
    assert judged({**QUEUE, "min": -1}, [5, -1.1]).outcome is Outcome.FAIL


def test_one_period_out_of_limits_fails_and_the_worst_is_told() -> None:
    assert judged({**QUEUE, "min": 0, "max": 100}, [5, 150, 120, -1, 5]) == Verdict(
        Outcome.FAIL,
        "AWS/SQS ApproximateNumberOfMessagesVisible Maximum: 150 at 2026-01-05T09:02:00Z; 3 of 5 "
        "periods out of limits; at least 0 and at most 100 is allowed",
    )


def test_a_pass_tells_what_was_seen() -> None:
    assert judged({**THROTTLES, "max": 0}, [0, 0, 0]) == Verdict(
        Outcome.PASS,
        "checkout:live: AWS/Lambda Throttles Sum: 0 to 0 in 3 periods; at most 0 is allowed",
    )


def test_missing_data_are_never_a_pass() -> None:
    assert judged({**QUEUE, "max": 100}, []) == Verdict(
        Outcome.INCONCLUSIVE,
        "AWS/SQS ApproximateNumberOfMessagesVisible Maximum: no data since 2026-01-05T09:01:00Z",
    )


def test_what_could_not_be_asked_is_raised() -> None:
    with pytest.raises(CouldNotAsk):
        judge(prepare({**QUEUE, "max": 1}, HOME), context(), Answers({}))


@pytest.mark.parametrize(
    ("now", "expected"),
    [(239, None), (240, (60, 120)), (299, (60, 120)), (300, (60, 180)), (900, (180, 780))],
)
def test_whole_minutes_after_that_of_the_first_shift_count_once_they_have_settled(
    now: int, expected: tuple[int, int] | None
) -> None:
    seen, options = context(now=NOW + now), {**QUEUE, "max": 1}
    if expected:
        assert window(options, seen) == expected
    else:
        assert judged(options, [0], seen).reason.endswith("no whole period of 60 s is over yet")


def test_periods_begin_and_end_where_hours_are_divided() -> None:
    seen = context(since=NOW + 60, now=NOW + 4_000)
    options = {**QUEUE, "max": 1, "period": 900}
    assert window(options, seen) == (900, 3_600)
    (question,) = ask(prepare(options, HOME), seen)
    assert question.period == 900


def test_the_look_back_is_as_the_input_says_or_reaches_to_the_last_check() -> None:
    seen = context(now=NOW + 9_120, every=1_800)
    assert window({**QUEUE, "max": 1}, seen) == (7_200, 9_000)
    assert window({**QUEUE, "max": 1, "window": 300}, seen) == (8_700, 9_000)
    assert window({**QUEUE, "max": 1, "period": 3_600}, context(now=NOW + 40_000)) == (
        28_800,
        39_600,
    )


def test_before_the_first_shift_the_look_back_alone_says_what_counts() -> None:
    seen = context(when="before", since=0, weight=0.0, now=NOW + 120)
    assert window({**QUEUE, "max": 1}, seen) == (-600, 0)


def test_placeholders_are_filled_in_for_the_canary_and_its_baseline() -> None:
    (question,) = ask(prepare({**RATE, "max": 5}, HOME), context())
    refused = (("Function", "checkout"), ("Alias", "live"), ("Version", "2"))
    assert question.queries == (
        Query("bad", Metric("Shop", "Refused", refused, "Sum"), wanted=False),
        Query("all", Metric("Shop", "Orders", (("Version", "1"),), "Sum"), wanted=False),
        Query("expression", "100 * bad / all", wanted=True),
    )


def test_every_function_of_a_group_is_asked_about_where_the_query_names_it() -> None:
    seen = context(members=tuple(baking(group("cart", "stock"))["members"]))
    asked = prepare({**THROTTLES, "max": 0}, HOME)
    cart, stock = ask(asked, seen)
    found: dict[Question[Any], Any] = {
        cart: {"metric": ((NOW, 0.0),)},
        stock: {"metric": ((NOW, 7.0),)},
    }
    verdict = judge(asked, seen, Answers(found))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.startswith("stock:live: AWS/Lambda Throttles Sum: 7 at ")


def test_what_names_no_function_is_asked_once_for_the_group() -> None:
    seen = context(members=tuple(baking(group("cart", "stock"))["members"]))
    assert len(ask(prepare({**QUEUE, "max": 0}, HOME), seen)) == 1


@pytest.mark.parametrize(
    "stat",
    ["Sum", "SampleCount", "p99", "p99.9", "p100", "tm90", "IQM", "TM(10%:90%)", "PR(:800)",
     "TC(0.5:)", "ts99.99"],
)  # fmt: skip
def test_every_statistic_of_cloudwatch_may_be_asked_for(stat: str) -> None:
    check = {"type": "metric", **QUEUE, "stat": stat, "max": 1}
    assert parsed(rollout(checks=[check])).settings["checks"][0]["stat"] == stat


@pytest.mark.parametrize(
    "expression",
    ["IF(bad > 5 AND all, bad, FILL(all, REPEAT))", "SUM(METRICS('ba')) / 1e3", "[bad, all]",
     "bad/\"ALL\"", "${canary} * bad"],
)  # fmt: skip
def test_metric_math_may_use_ids_functions_numbers_and_quoted_text(expression: str) -> None:
    check = {"type": "metric", **RATE, "expression": expression, "max": 1}
    assert parsed(rollout(checks=[check])).settings["checks"][0]["expression"] == expression


def test_a_query_may_itself_be_an_expression_over_those_before_it() -> None:
    share = {"id": "share", "expression": "bad / all"}
    options = {"queries": [*RATE["queries"], share], "expression": "100 * share", "max": 1}
    parsed(rollout(checks=[{"type": "metric", **options}]))
    (question,) = ask(prepare(options, HOME), context())
    assert question.queries[2] == Query("share", "bad / all", wanted=False)


def line(**changes: Any) -> dict[str, Any]:
    """Return a check of one query with these changes; None takes a key away."""
    query = {"id": "bad", "namespace": "Shop", "metric": "Refused", "stat": "Sum", **changes}
    given = {key: value for key, value in query.items() if value is not None}
    return {"queries": [given], "expression": "bad + 1", "max": 1}


def math(expression: Any) -> dict[str, Any]:
    return {**RATE, "expression": expression, "max": 1}


@pytest.mark.proves("A18")
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max": 1}, "checks[0]: namespace: missing; metric: missing; stat: missing"),
        (QUEUE, "checks[0]: give min or max, or both"),
        ({**QUEUE, "min": 2, "max": 1}, "min: 2 is above max, 1"),
        ({**QUEUE, "max": "1"}, 'checks[0].max: "1" was given; allowed: a number'),
        ({**QUEUE, "max": float("nan")}, "checks[0].max: NaN was given"),
        ({**QUEUE, "max": 1, "period": 90}, "checks[0].period: 90 was given; allowed: seconds,"),
        ({**QUEUE, "max": 1, "period": 420}, "period: an hour cannot be divided by 420"),
        ({**QUEUE, "max": 1, "period": 60.0}, "checks[0].period: 60.0 was given"),
        ({**QUEUE, "max": 1, "period": 30}, "checks[0].period: 30 was given"),
        ({**QUEUE, "max": 1, "window": 61}, "checks[0].window: 61 was given"),
        (
            {**QUEUE, "max": 1, "period": 300, "window": 660},
            "window: 660 is no multiple of the period, 300",
        ),
        ({**QUEUE, "max": 1, "dimensions": {"a": 5}}, "checks[0].dimensions.a: 5 was given"),
        ({**QUEUE, "max": 1, "dimensions": {"": "b"}}, 'dimensions: {"": "b"} was given'),
        ({**QUEUE, "max": 1, "dimension": {}}, "dimension: unknown key; did you mean dimensions?"),
        ({**QUEUE, "max": 1, "stat": "p101"}, 'stat: "p101" is no statistic of CloudWatch\'s'),
        ({**QUEUE, "max": 1, "stat": "sum"}, 'stat: "sum" is no statistic of CloudWatch\'s'),
        ({**QUEUE, "max": 1, "metric": "a\nb"}, 'metric: "a\\nb" was given'),
        ({**QUEUE, "max": 1, "metric": "\ud800"}, "metric: "),
        ({**QUEUE, "max": 1, "metric": "${version}"}, "${version} is no placeholder; there are"),
        ({**QUEUE, "max": 1, "metric": "${canary"}, "${canary"),
        ({**QUEUE, "max": 1, "metric": "${function.name}"}, "${function.name} is no placeholder"),
        ({**QUEUE, **RATE, "max": 1}, "give either a metric, or queries with an expression over"),
        ({"queries": RATE["queries"], "max": 1}, "give either a metric, or queries with an expr"),
        ({"expression": "1", "max": 1}, "give either a metric, or queries with an expression over"),
        ({"queries": [], "expression": "1", "max": 1}, "checks[0].queries: [] was given"),
        ({"queries": [5], "expression": "1", "max": 1}, "checks[0].queries[0]: 5 was given"),
        (line(id="Bad"), 'queries[0].id: "Bad" was given; allowed: a small letter'),
        (line(id=5), "queries[0].id: 5 was given"),
        (line(id=None), "queries[0].id: null was given"),
        (line(id="expression"), 'queries[0].id: "expression" stands for the check'),
        (line(stat=None), "queries[0].stat: missing"),
        (line(metric=5), "checks[0].queries[0].metric: 5 was given; allowed: 1 to 20 objects"),
        (line(metric="a" * 256), "queries[0].metric: "),
        (line(dimensions=[]), "queries[0].dimensions: [] was given"),
        (line(dimensions={"a": "b" * 1_025}), "queries[0].dimensions: "),
        (line(period="60"), "queries[0].period: unknown key"),
        (line(expression="1"), "queries[0]: give either an expression or a metric"),
        (line(dimensions={"a": "b" * 1_000, "c": "d" * 1_000, "e": "f" * 1_000, "g": "h" * 1_000}),
         "bytes of queries; allowed: up to 4,096"),
        (math("bad / al"), 'expression: "al" is no id before it; known: bad, all'),
        (math("expression + 1"), 'expression: "expression" is no id before it'),
        (math("bad + 'a"), "expression: a quotation mark is left open"),
        (math("SEARCH('{AWS/Lambda} a', 'Sum')"), "SEARCH is not supported; name the metrics"),
        (math("SELECT SUM(Errors) FROM b"), "SELECT is not supported"),
        (math(" "), 'expression: " " was given'),
        (math(5), "checks[0].expression: 5 was given"),
        ({**QUEUE, "max": 1, "when": "never"}, 'checks[0].when: "never" was given'),
    ],
)  # fmt: skip
def test_a_bad_option_is_refused_with_its_key(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(rollout(checks=[{"type": "metric", **options}]))
    assert problem in str(caught.value)


def test_all_bad_queries_are_told_at_once() -> None:
    options = line(id="Bad", stat="total") | {"expression": "bad"}
    with pytest.raises(InvalidInput) as caught:
        parsed(rollout(checks=[{"type": "metric", **options}]))
    for part in ("queries[0].id: ", "queries[0].stat: ", "expression: "):
        assert part in str(caught.value)


def test_questions_of_one_window_share_their_start_and_end() -> None:
    """So that they share a call of CloudWatch's API."""
    asked = [*ask(prepare({**QUEUE, "max": 1}, HOME), context()),
             *ask(prepare({**RATE, "max": 1}, HOME), context())]  # fmt: skip
    assert {(type(one), one.start, one.end) for one in asked} == {(Series, NOW + 60, NOW + 480)}


TEXTS = st.sampled_from(
    ["a", "b", "Sum", "p99", "${canary}", "${", "'", '"', "a + b", "(", "METRICS()"]
)
VALUES = TEXTS | st.text(max_size=5) | st.integers() | st.dictionaries(TEXTS, TEXTS, max_size=2)
KEYS = st.sampled_from(["id", "namespace", "metric", "dimensions", "stat", "expression", "x"])


@examples(times=3)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=3), TEXTS)
def test_whatever_queries_are_taken_can_be_asked(lines: list[Any], expression: str) -> None:
    check = {"type": "metric", "queries": lines, "expression": expression, "max": 1}
    try:
        (taken,) = parsed(rollout(checks=[check])).settings["checks"]
    except InvalidInput:
        return
    for question in ask(taken, context()):
        assert "${" not in repr(question)
        assert all(query.id for query in question.queries)
