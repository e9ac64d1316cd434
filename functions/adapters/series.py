"""Metric data for a health check, in as few GetMetricData calls as CloudWatch allows."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters.aws import asking, code
from domain.model.errors import AwsUnavailable
from domain.model.questions import CouldNotAsk, Metric, Points, Query, Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

Answer = Mapping[str, Points] | CouldNotAsk

_QUERIES = 500  # GetMetricData's limit a call
_POINTS = 100_800  # data points of a page, by default and at most
_MINUTE = 60
# CloudWatch has minutes of 15 days. A call that begins earlier may be answered none, so a question
# for minutes so old shares no call with those for recent ones.
_SPAN = 2 * 86_400

# What CloudWatch says of a request it does not understand, such as a bad expression.
_REFUSED = frozenset({"ValidationError", "InvalidParameterValue", "InvalidParameterCombination"})

_WORDS = re.compile(
    r"""'[^']*'|"[^"]*"|(?P<metrics>METRICS\s*\(\s*(?:'(?P<a>[^']*)'|"(?P<b>[^"]*)")?\s*\))|\w+"""
)


def read_series(client: "CloudWatchClient", questions: Sequence[Series]) -> dict[Series, Answer]:
    """Answer the questions in shared calls; one that got no whole answer says why.

    When CloudWatch does not answer, the rest is not asked: waiting as long for each call would
    outlast the health check.
    """
    found: dict[Series, Answer] = {}
    try:
        for batch in _batches(questions):
            found |= _answered(client, batch)
    except AwsUnavailable as reason:
        return dict.fromkeys(questions, CouldNotAsk(str(reason))) | found
    return found


def _batches(questions: Sequence[Series]) -> Iterator[list[Series]]:
    """Split the questions into calls, each with at most 500 queries."""
    windows: dict[tuple[int, int], list[Series]] = {}
    for question in questions:
        windows.setdefault((question.start, question.end), []).append(question)
    for same in _united(windows.values()):
        batch: list[Series] = []
        size = 0
        for question in same:
            if batch and size + len(question.queries) > _QUERIES:
                yield batch
                batch, size = [], 0
            batch.append(question)
            size += len(question.queries)
        yield batch


def _united(windows: Iterable[list[Series]]) -> Iterator[list[Series]]:
    """Join windows of which only minutes are asked, first, and leave the others as they are.

    A minute's value is the same in any window; an expression's may depend on it.
    """
    others: list[list[Series]] = []
    united: list[Series] = []
    for same in windows:
        if not all(_is_by_minute(question) for question in same):
            others.append(same)
        elif _fits([*united, *same]):
            united = [*united, *same]
        else:
            if united:
                yield united
            united = same
    if united:
        yield united
    yield from others


def _is_by_minute(question: Series) -> bool:
    return (
        question.period == _MINUTE
        and question.start % _MINUTE == question.end % _MINUTE == 0
        and all(isinstance(query.source, Metric) for query in question.queries)
    )


def _fits(questions: Sequence[Series]) -> bool:
    start, end = _window(questions)
    queries = sum(len(question.queries) for question in questions)
    points = queries * (end - start) // _MINUTE
    return end - start <= _SPAN and queries <= _QUERIES and points <= _POINTS


def _window(questions: Sequence[Series]) -> tuple[int, int]:
    return min(one.start for one in questions), max(one.end for one in questions)


def _answered(client: "CloudWatchClient", batch: list[Series]) -> dict[Series, Answer]:
    """Ask in one call, or in halves where it is refused.

    So one bad expression spoils no other's answer.

    Raises AwsUnavailable.
    """
    try:
        with asking("reading metrics"):
            return _read(client, batch)
    except ClientError as error:
        if len(batch) == 1 or code(error) not in _REFUSED:
            return dict.fromkeys(batch, CouldNotAsk(f"reading metrics: {error}"))
        half = len(batch) // 2
        return _answered(client, batch[:half]) | _answered(client, batch[half:])


def _read(client: "CloudWatchClient", batch: list[Series]) -> dict[Series, Answer]:
    asked, names = _queries(batch)
    start, end = _window(batch)
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=asked,
        StartTime=datetime.fromtimestamp(start, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
        ScanBy="TimestampAscending",
    )
    points: dict[str, dict[int, float]] = {}
    status: dict[str, str] = {}
    several: set[str] = set()
    for page in pages:
        for result in page["MetricDataResults"]:
            known = points.setdefault(result["Id"], {})
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                if isfinite(value):
                    known[int(at.timestamp())] = value
            status[result["Id"]] = result["StatusCode"]  # PartialData until the last page
        times = Counter(result["Id"] for result in page["MetricDataResults"])
        several |= {name for name in times if times[name] > 1}
    status |= dict.fromkeys(several, "several series")
    series = {name: tuple(sorted(found.items())) for name, found in points.items()}
    answers = {question: _answer(question, names[question], series, status) for question in batch}
    return {
        question: answer if _window([question]) == (start, end) else _within(question, answer)
        for question, answer in answers.items()
    }


def _queries(
    batch: Sequence[Series],
) -> tuple[list["MetricDataQueryTypeDef"], dict[Series, dict[str, str]]]:
    """Return the queries of one call, and each question's own ids as they are called there.

    CloudWatch charges for each metric of a call, so questions that ask for the same one share it.
    One with expressions shares nothing: they name its metrics.
    """
    asked: list[MetricDataQueryTypeDef] = []
    names: dict[Series, dict[str, str]] = {}
    shared: dict[tuple[Metric, int, bool], str] = {}
    for at, question in enumerate(batch):
        own = {query.id: f"q{at}_{query.id}" for query in question.queries}
        alone = any(isinstance(query.source, str) for query in question.queries)
        for query in question.queries:
            name = own[query.id]
            if isinstance(query.source, Metric) and not alone:
                same = (query.source, question.period, query.wanted)
                own[query.id] = shared.setdefault(same, name)
            if own[query.id] == name:
                asked.append(_query(name, query, question, own))
        names[question] = own
    return asked, names


def _within(question: Series, answer: Answer) -> Answer:
    """Cut a call's wider answer down to the question's own window."""
    if isinstance(answer, CouldNotAsk):
        return answer
    return {
        name: tuple(point for point in points if question.start <= point[0] < question.end)
        for name, points in answer.items()
    }


def _answer(
    question: Series, names: dict[str, str], series: dict[str, Points], status: dict[str, str]
) -> Answer:
    """Return the whole answer to a question, or why there is none.

    An answer in part is none, and a query of which nothing was said has not been answered.
    """
    wanted = [query.id for query in question.queries if query.wanted]
    for name in wanted:
        if (said := status.get(names[name], "nothing")) != "Complete":
            return CouldNotAsk(f"CloudWatch answered {said} for {_described(question, name)}")
    return {name: series[names[name]] for name in wanted}


def _described(question: Series, name: str) -> str:
    source = next(query.source for query in question.queries if query.id == name)
    return source if isinstance(source, str) else f"{source.namespace} {source.name}"


def _query(
    name: str, query: Query, question: Series, names: Mapping[str, str]
) -> "MetricDataQueryTypeDef":
    if isinstance(query.source, str):
        expression = _renamed(query.source, names, question.queries)
        return {"Id": name, "ReturnData": query.wanted, "Expression": expression}
    metric = query.source
    return {
        "Id": name,
        "ReturnData": query.wanted,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in metric.dimensions],
            },
            "Period": question.period,
            "Stat": metric.stat,
        },
    }


def _renamed(expression: str, names: Mapping[str, str], queries: Sequence[Query]) -> str:
    """Give the expression's ids the names that they have in the call, but for quoted text.

    METRICS() would take in the metrics of all questions in the call: it becomes a list of its own.
    """
    metrics = [query.id for query in queries if isinstance(query.source, Metric)]

    def word(match: re.Match[str]) -> str:
        if match["metrics"]:
            part = match["a"] or match["b"] or ""
            return f"[{', '.join(names[name] for name in metrics if part in name)}]"
        return names.get(match[0], match[0])

    return _WORDS.sub(word, expression)
