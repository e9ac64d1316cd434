"""How questions for metric data become calls of GetMetricData, and its results answers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cloudwatch import CloudWatch
from domain.model.questions import CouldNotAsk, Metric, Query, Series
from tests.unit.builders import NOW
from tests.unit.stubs import stubbed

END = NOW + 600


def metric(name: str = "Errors") -> Metric:
    return Metric("AWS/Lambda", name, (("FunctionName", "checkout"),), "Sum")


def single(name: str = "Errors", end: int = END, period: int = 60) -> Series:
    return Series((Query("m", metric(name)),), NOW, end, period)


def math(expression: str, *ids: str) -> Series:
    lines = [Query(name, metric(name.title()), wanted=False) for name in ids]
    return Series((*lines, Query("e", expression)), NOW, END, 60)


def result(name: str, *values: float, status: str = "Complete") -> dict[str, Any]:
    times = [datetime.fromtimestamp(NOW + 60 * at, UTC) for at in range(len(values))]
    return {"Id": name, "Timestamps": times, "Values": list(values), "StatusCode": status}


def asked(*calls: list[dict[str, Any]] | str, questions: list[Series]) -> dict[Series, Any]:
    """Ask where each call is answered with these results, or fails with this code."""
    with stubbed("cloudwatch") as (client, stub):
        for call in calls:
            if isinstance(call, str):
                status = 400 if call == "ValidationError" else 403
                stub.add_client_error("get_metric_data", call, http_status_code=status)
            else:
                stub.add_response("get_metric_data", {"MetricDataResults": call})
        return dict(CloudWatch(client).series(questions))


def sent(*questions: Series, calls: int = 1) -> list[dict[str, Any]]:
    """Return the requests that these questions come to."""
    requests: list[dict[str, Any]] = []
    with stubbed("cloudwatch") as (client, stub):
        client.meta.events.register(
            "provide-client-params.cloudwatch.GetMetricData",
            lambda params, **_: requests.append(params),
        )
        for _ in range(calls):
            stub.add_response("get_metric_data", {"MetricDataResults": []})
        CloudWatch(client).series(questions)
    return requests


def expressions(*questions: Series) -> list[str]:
    (request,) = sent(*questions)
    return [query["Expression"] for query in request["MetricDataQueries"] if "Expression" in query]


def test_a_question_is_sent_as_cloudwatch_wants_it() -> None:
    assert sent(math("100 * m", "m")) == [
        {
            "MetricDataQueries": [
                {
                    "Id": "q0_m",
                    "ReturnData": False,
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/Lambda",
                            "MetricName": "M",
                            "Dimensions": [{"Name": "FunctionName", "Value": "checkout"}],
                        },
                        "Period": 60,
                        "Stat": "Sum",
                    },
                },
                {"Id": "q0_e", "ReturnData": True, "Expression": "100 * q0_m"},
            ],
            "StartTime": datetime.fromtimestamp(NOW, UTC),
            "EndTime": datetime.fromtimestamp(END, UTC),
            "ScanBy": "TimestampAscending",
        }
    ]


def test_questions_of_one_window_share_a_call_whatever_their_periods() -> None:
    (request,) = sent(single("Errors"), single("Throttles"), single("Duration", period=300))
    assert [query["Id"] for query in request["MetricDataQueries"]] == ["q0_m", "q1_m", "q2_m"]
    sent(single(period=300), single(end=END + 60), calls=2)


def minutes(start: int, end: int, *names: str) -> Series:
    """Plain metrics by the minute, from so many minutes after NOW up to so many."""
    queries = tuple(Query(name.lower(), metric(name)) for name in names or ("Errors",))
    return Series(queries, NOW + 60 * start, NOW + 60 * end, 60)


def shape(request: dict[str, Any]) -> tuple[int, int, int]:
    """How many queries, from which minute after NOW, up to which."""
    start, end = (round(request[key].timestamp() - NOW) // 60 for key in ("StartTime", "EndTime"))
    return len(request["MetricDataQueries"]), start, end


def test_minutes_of_different_windows_share_a_call_for_all_of_them() -> None:
    questions = minutes(0, 60, "Errors", "Invocations"), minutes(5, 10, "A"), minutes(-3, 2, "B")
    (request,) = sent(*questions)
    assert shape(request) == (4, -3, 60)


def test_a_metric_of_several_questions_is_asked_for_once() -> None:
    """CloudWatch charges for each."""
    (request,) = sent(minutes(0, 9, "Errors", "Invocations"), minutes(5, 9, "Invocations", "A"))
    names = [query["Id"] for query in request["MetricDataQueries"]]
    assert names == ["q0_errors", "q0_invocations", "q1_a"]


@pytest.mark.parametrize(
    "other",
    [
        single(period=300),
        Series((Query("m", replace(metric(), stat="Average")),), NOW, END, 60),
        Series((Query("m", metric(), wanted=False),), NOW, END, 60),
        math("m + m", "m"),
    ],
    ids=["another period", "another statistic", "not wanted", "in an expression"],
)
def test_what_is_not_the_same_metric_is_asked_for_besides(other: Series) -> None:
    (request,) = sent(single(), other)
    assert len(request["MetricDataQueries"]) == 1 + len(other.queries)


def test_each_question_gets_the_minutes_of_its_own_window() -> None:
    wide, early, late = minutes(0, 4), minutes(0, 2), minutes(2, 3)
    answers = asked([result("q0_errors", 1, 2, 3, 4)], questions=[wide, early, late])
    assert {one: answers[one]["errors"] for one in answers} == {
        wide: ((NOW, 1), (NOW + 60, 2), (NOW + 120, 3), (NOW + 180, 4)),
        early: ((NOW, 1), (NOW + 60, 2)),
        late: ((NOW + 120, 3),),
    }


def test_one_that_got_no_answer_in_a_shared_call_spoils_no_other() -> None:
    bad, good = minutes(0, 4), minutes(1, 2, "Throttles")
    page = [result("q0_errors", 1, status="InternalError"), result("q1_throttles", 1, 2)]
    answers = asked(page, questions=[bad, good])
    assert str(answers[bad]) == "CloudWatch answered InternalError for AWS/Lambda Errors"
    assert answers[good] == {"throttles": ((NOW + 60, 2),)}


def test_what_is_asked_in_halves_is_answered_for_its_own_window_too() -> None:
    first, second = minutes(0, 1), minutes(1, 3)
    points = [result("q0_errors", 1, 2, 3)]
    answers = asked("ValidationError", points, points, questions=[first, second])
    assert answers[first] == {"errors": ((NOW, 1), (NOW + 60, 2), (NOW + 120, 3))}
    assert answers[second] == answers[first]


ODD = {
    "an expression": math("m", "m"),
    "longer periods": Series((Query("m", metric()),), NOW, END, 300),
    "a start within a minute": Series((Query("m", metric()),), NOW + 1, END, 60),
    "an end within a minute": Series((Query("m", metric()),), NOW, END + 1, 60),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_may_depend_on_its_window_keeps_it(odd: Series) -> None:
    shared, own = sent(odd, minutes(0, 5), minutes(0, 30, "Throttles"), calls=2)
    assert shape(shared) == (2, 0, 30)
    assert (own["StartTime"].timestamp(), own["EndTime"].timestamp()) == (odd.start, odd.end)


def test_a_shared_call_asks_for_no_more_than_a_page_of_data_points() -> None:
    """100,800, which are 70 queries by a day."""
    most, day = [f"M{at}" for at in range(69)], 24 * 60
    assert [shape(one) for one in sent(minutes(0, day, *most), minutes(1, day))] == [(70, 0, day)]
    two = sent(minutes(0, day, *most), minutes(1, day + 1), calls=2)
    assert [shape(one) for one in two] == [(69, 0, day), (1, 1, day + 1)]


def test_a_shared_call_holds_500_queries() -> None:
    most = [f"M{at}" for at in range(499)]
    assert [shape(one) for one in sent(minutes(0, 5, *most), minutes(0, 6))] == [(500, 0, 6)]
    two = sent(minutes(0, 5, *most), minutes(0, 6, "Errors", "Throttles"), calls=2)
    assert [shape(one) for one in two] == [(499, 0, 5), (2, 0, 6)]


def test_minutes_of_weeks_ago_share_no_call_with_those_of_now() -> None:
    weeks = 16 * 24 * 60
    two = sent(minutes(0, 60), minutes(weeks, weeks + 60), calls=2)
    assert [shape(one) for one in two] == [(1, 0, 60), (1, weeks, weeks + 60)]


def test_a_call_holds_500_queries_and_no_question_is_torn_apart() -> None:
    questions = [math("a + b", *"ab") for _ in range(170)]
    different = [
        Series(one.queries, NOW, END, 60 * at) for at, one in enumerate(questions, start=1)
    ]
    assert [len(one["MetricDataQueries"]) for one in sent(*different, calls=2)] == [498, 12]


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("a/b", "q0_a/q0_b"),
        ("IF(a>1e5, b, FILL(a, REPEAT))", "IF(q0_a>1e5, q0_b, FILL(q0_a, REPEAT))"),
        ("aa + a1 + a", "aa + a1 + q0_a"),
        ("f('a b') + f(\"a\") + a", "f('a b') + f(\"a\") + q0_a"),
        ("SUM(METRICS())", "SUM([q0_a, q0_b])"),
        ("MAX(METRICS( 'b' ))", "MAX([q0_b])"),
        ('AVG(METRICS("a"))', "AVG([q0_a])"),
        ("XMETRICS()", "XMETRICS()"),
    ],
)
def test_ids_get_a_prefix_but_not_in_quoted_text(written: str, becomes: str) -> None:
    assert expressions(math(written, "a", "b")) == [becomes]


@pytest.mark.proves("A18")
@given(st.lists(st.sampled_from(["a", "b", " ", "'a'", '"b a"', "+", "A", "7", "ab"]), min_size=1))
def test_outside_of_quotes_every_id_gets_its_prefix_and_nothing_else_changes(
    parts: list[str],
) -> None:
    renamed = {"a": "q0_a", "b": "q0_b"}
    written, becomes = " ".join(parts), " ".join(renamed.get(part, part) for part in parts)
    assert expressions(math(written, "a", "b")) == [becomes]


def test_only_what_is_wanted_is_answered_by_its_own_id() -> None:
    first, second = math("m", "m"), single("Throttles")
    page = [result("q1_m", 1, 2), result("q0_e", 7)]
    assert asked(page, questions=[first, second]) == {
        first: {"e": ((NOW, 7),)},
        second: {"m": ((NOW, 1), (NOW + 60, 2))},
    }


def test_all_pages_are_read_in_order_of_time() -> None:
    later = result("q0_m", 1, 2)
    later["Timestamps"].reverse()
    with stubbed("cloudwatch") as (client, stub):
        first = {"MetricDataResults": [result("q0_m", 3, status="PartialData")]}
        stub.add_response("get_metric_data", {**first, "NextToken": "more"})
        stub.add_response("get_metric_data", {"MetricDataResults": [later]})
        answers = CloudWatch(client).series([single()])
    assert answers == {single(): {"m": ((NOW, 2), (NOW + 60, 1))}}


def test_no_data_are_an_empty_answer_and_never_zeros() -> None:
    assert asked([result("q0_m")], questions=[single()]) == {single(): {"m": ()}}


def test_a_value_that_is_no_number_is_no_data() -> None:
    page = [result("q0_m", 1, float("nan"), float("inf"))]
    assert asked(page, questions=[single()]) == {single(): {"m": ((NOW, 1),)}}


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_an_answer_in_part_is_none_and_spoils_no_other(status: str) -> None:
    bad, good = single("Errors"), single("Throttles")
    answers = asked([result("q0_m", 5, status=status), result("q1_m", 1)], questions=[bad, good])
    assert isinstance(answers[bad], CouldNotAsk)
    assert str(answers[bad]) == f"CloudWatch answered {status} for AWS/Lambda Errors"
    assert answers[good] == {"m": ((NOW, 1),)}


def test_a_query_of_which_nothing_is_said_has_no_answer() -> None:
    answers = asked([], questions=[single()])
    assert str(answers[single()]) == "CloudWatch answered nothing for AWS/Lambda Errors"


def test_several_series_are_not_taken_for_one() -> None:
    question = math("[a, b]", "a", "b")
    answers = asked([result("q0_e", 1), result("q0_e", 2)], questions=[question])
    assert str(answers[question]) == "CloudWatch answered several series for [a, b]"


def test_a_refused_expression_is_singled_out() -> None:
    good = [single("Errors"), single("Throttles"), single("Duration")]
    bad = math("m +", "m")
    refused = "ValidationError"
    pages: list[Any] = [
        refused,
        [result("q0_m", 1), result("q1_m", 2)],
        refused,
        [result("q0_m", 3)],
        refused,
    ]
    answers = asked(*pages, questions=[*good, bad])
    assert [answers[one] for one in good] == [{"m": ((NOW, value),)} for value in (1, 2, 3)]
    assert isinstance(answers[bad], CouldNotAsk)


def test_a_call_that_is_denied_leaves_its_own_questions_without_answer() -> None:
    first, second = single(period=300), single(end=END + 60, period=300)
    answers = asked("AccessDeniedException", [result("q0_m", 1)], questions=[first, second])
    assert isinstance(answers[first], CouldNotAsk)
    assert "AccessDeniedException" in str(answers[first])
    assert answers[second] == {"m": ((NOW, 1),)}


def test_when_cloudwatch_does_not_answer_the_rest_is_not_asked() -> None:
    first, second, third = (single(end=END + 60 * at, period=300) for at in range(3))
    answers = asked([result("q0_m", 1)], "Throttling", questions=[first, second, third])
    assert answers[first] == {"m": ((NOW, 1),)}
    for unanswered in (second, third):
        assert "Throttling" in str(answers[unanswered])
