import json
from dataclasses import replace
from typing import Any

import pytest

from domain.checks.http import ask, judge
from domain.input.parse import parse
from domain.model.errors import InvalidInput
from domain.model.questions import Answers, CouldNotAsk, Fetch, Fetched
from domain.model.verdict import Outcome, Verdict
from domain.model.web import Web
from tests.unit.builders import HOME, context, parsed, rollout

URL = "https://example.com/health"


def options(raw: dict[str, Any] | None = None, /, **keys: Any) -> dict[str, Any]:
    """As a health check gets them; `raw` holds the keys that are no Python names."""
    more = {**(raw or {}), **{k.replace("_", "-"): keys[k] for k in keys}}
    check = {"type": "http", "url": URL, **more}
    [found] = parsed(rollout(checks=[check])).settings["checks"]
    return found


def judged(asked: dict[str, Any], status: int = 200, body: str = "", **more: Any) -> Verdict:
    found = Fetched(**{"status": status, "body": body, "cut": False, "milliseconds": 50, **more})
    return judge(asked, context(), Answers(dict.fromkeys(ask(asked, context()), found)))


def test_a_url_is_asked_for_with_get_by_default() -> None:
    assert ask(options(), context()) == [Fetch("GET", URL, (), "", 10.0)]


def test_a_body_is_sent_as_json_unless_it_is_a_text() -> None:
    [sent] = ask(options(method="POST", body={"a": 1}), context())
    assert (sent.body, sent.headers) == ('{"a": 1}', (("Content-Type", "application/json"),))
    [sent] = ask(options(method="POST", body="a=1", headers={"X": "y"}), context())
    assert (sent.body, sent.headers) == ("a=1", (("X", "y"),))
    [sent] = ask(options(method="POST", body=[], headers={"content-type": "x/y"}), context())
    assert sent.headers == (("content-type", "x/y"),)


def test_any_status_of_success_passes_by_default() -> None:
    for status in (200, 204, 299):
        assert judged(options(), status).outcome is Outcome.PASS
    for status in (199, 300, 404, 500):
        assert judged(options(), status).outcome is Outcome.FAIL


def test_the_verdict_holds_the_numbers() -> None:
    assert judged(options(), 204, milliseconds=1_234.5) == Verdict(
        Outcome.PASS, f"GET {URL}: status 204 in 1,234 ms"
    )
    assert judged(options(status=201), 200).reason == f"GET {URL}: status 200 instead of 201"


def test_a_redirect_is_an_answer_that_can_be_asked_for() -> None:
    assert judged(options(status=302), 302).outcome is Outcome.PASS
    assert judged(options(), 302).reason.endswith("status 302 instead of 200 to 299")


def test_an_answer_fails_only_above_its_time() -> None:
    assert judged(options(max_ms=50)).outcome is Outcome.PASS
    assert judged(options(max_ms=50), milliseconds=51).reason.endswith(
        "took 51 ms; at most 50 ms is allowed"
    )


def test_every_condition_has_to_hold_of_the_json() -> None:
    asked = options({"assert": ["status == 'up'", "queue < `9`"]})
    assert judged(asked, body='{"status": "up", "queue": 3}').outcome is Outcome.PASS
    assert judged(asked, body='{"status": "up", "queue": 10}').reason.endswith(
        "does not hold: queue < `9` (is false)"
    )


def test_what_is_not_json_holds_no_condition() -> None:
    asked = options({"assert": ["@"]})
    assert judged(asked, body="<html>").reason.endswith("the answer is not JSON")
    assert judged(asked, body="[" * 99_999).outcome is Outcome.FAIL
    assert judged(options(), body="<html>").outcome is Outcome.PASS


def test_what_is_not_read_whole_holds_no_condition() -> None:
    verdict = judged(options({"assert": ["@"]}), body="[1]", cut=True)
    assert verdict.outcome is Outcome.FAIL
    assert judged(options(), body="[1]", cut=True).outcome is Outcome.PASS


def test_no_answer_is_an_error_and_a_query_stays_secret() -> None:
    asked = options(url=f"{URL}?token=secret")
    with pytest.raises(CouldNotAsk, match="refused"):
        judge(
            asked, context(), Answers(dict.fromkeys(ask(asked, context()), CouldNotAsk("refused")))
        )
    assert "secret" not in judged(asked, 500).reason


def test_the_stack_can_open_plain_http_and_private_addresses() -> None:
    check = {"type": "http", "url": "http://10.0.0.1:8080/"}
    home = replace(HOME, web=Web(plain=True, private=True))
    [found] = parse(rollout(checks=[check]), home).settings["checks"]
    assert found["url"] == "http://10.0.0.1:8080/"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"url": None}, "checks[0].url: null was given"),
        ({"url": ""}, 'checks[0].url: "" was given; allowed: a URL like'),
        ({"url": "x" * 2_001}, "checks[0].url: "),
        ({"url": "example.com"}, 'checks[0].url: "example.com" is not a URL like'),
        ({"url": "file:///etc/passwd"}, 'checks[0].url: "file:///etc/passwd" is not a URL'),
        ({"url": "http://example.com/"}, "is not https; the stack's parameter AllowPlainHttp"),
        ({"url": "https://u:p@example.com/"}, "checks[0].url: "),
        ({"url": "https://127.0.0.1/"}, "leads to 127.0.0.1, which is private"),
        ({"url": "https://[::1]/"}, "leads to ::1, which is private"),
        ({"url": "https://169.254.169.254/"}, "which is a metadata service"),
        ({"url": "https://[::ffff:169.254.169.254]/"}, "which is no plain IPv6 address"),
        ({"url": "https://e.com/\r\nHost: x"}, "checks[0].url: "),
        ({"method": "DELETE"}, 'checks[0].method: "DELETE" was given; allowed: GET or POST'),
        ({"method": "get"}, 'checks[0].method: "get" was given'),
        ({"body": {}}, "checks[0]: body goes with method POST"),
        ({"method": "POST", "body": float("nan")}, "checks[0]: body: is not JSON"),
        ({"method": "POST", "body": "\ud800"}, "checks[0]: body: is not JSON"),
        ({"headers": {"Host": "x"}}, 'checks[0].headers: "Host" is set by the request itself'),
        ({"headers": {"X": "a\r\nb: c"}}, 'checks[0].headers: "X" has a value with control'),
        ({"headers": {"X: y\r\nZ": "a"}}, "is not a header's name"),
        ({"headers": {"X": 5}}, "checks[0].headers.X: a number was given"),
        ({"headers": {"a": "", "A": ""}}, "checks[0]: headers: the same header is named twice"),
        ({"headers": {f"X-{n}": "" for n in range(21)}}, "checks[0].headers: 21 were given"),
        ({"headers": ["X"]}, "checks[0].headers: "),
        ({"status": 600}, "checks[0].status: 600 was given"),
        ({"max-ms": -1}, "checks[0].max-ms: -1 was given"),
        ({"timeout": 0}, "checks[0].timeout: 0 was given"),
        ({"timeout": 31}, "checks[0].timeout: 31 was given"),
        ({"timeout": float("nan")}, "checks[0].timeout: NaN was given"),
        ({"assert": ["a["]}, 'checks[0].assert[0]: "a[" is not JMESPath'),
        ({"follow-redirects": True}, "checks[0].follow-redirects: unknown key"),
        ({"verify": False}, "checks[0].verify: unknown key"),
    ],
)
def test_bad_options_are_refused_by_their_keys(keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parsed(rollout(checks=[{"type": "http", "url": URL, **keys}]))
    assert problem in str(refused.value)
    assert str(refused.value).startswith("1 problem in the input: ")
    assert len(json.dumps(str(refused.value))) < 600


def test_a_url_must_be_given() -> None:
    with pytest.raises(InvalidInput, match=r"checks\[0\].url: missing"):
        parsed(rollout(checks=[{"type": "http"}]))
