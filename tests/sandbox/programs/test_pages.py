"""The server's own pages: what a foreign page can send never makes one act."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.programs.pages import Pages
from sandbox.sandbox import Sandbox
from tests.raw_http import Served, served

ACTS = {"Content-Type": "application/json"}


@pytest.fixture
def acted() -> list[Any]:
    return []


@pytest.fixture
def with_pages(acted: list[Any]) -> Iterator[Served]:
    pages = Pages({"/tells": lambda: {"said": 1}}, {"/acts": acted.append})
    with Sandbox() as sandbox, served(sandbox, pages) as server:
        yield server


def test_a_page_that_acts_is_asked_by_json_alone(with_pages: Served, acted: list[Any]) -> None:
    answer = with_pages.ask("POST", "/acts", ACTS, b'{"do": "this"}')
    assert (answer.status, answer.json) == (200, None)
    assert acted == [{"do": "this"}]


@pytest.mark.proves("A90", "S11")
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", ACTS, 405),
        ("HEAD", ACTS, 405),
        ("PUT", ACTS, 405),
        ("OPTIONS", ACTS, 405),
        ("POST", {}, 415),
        # What a form, or a script without leave, can say a body is.
        ("POST", {"Content-Type": "text/plain"}, 415),
        ("POST", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("POST", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ("POST", {"Content-Type": "text/plain; application/json"}, 415),
        ("POST", {"Content-Type": "application/json, text/plain"}, 415),
        ("POST", {**ACTS, "Origin": "http://127.0.0.1:1"}, 403),
        ("POST", {**ACTS, "Origin": "null"}, 403),
        ("POST", {**ACTS, "Sec-Fetch-Site": "same-site"}, 403),
        ("POST", {**ACTS, "Host": "attacker.example"}, 403),
    ],
)
def test_nothing_that_a_foreign_page_can_send_acts(
    with_pages: Served, acted: list[Any], method: str, headers: dict[str, str], status: int
) -> None:
    assert with_pages.ask(method, "/acts", headers, b'{"do": "this"}').status == status
    assert acted == []


def test_a_page_that_tells_only_tells(with_pages: Served) -> None:
    assert with_pages.ask("GET", "/tells").json == {"said": 1}
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = with_pages.ask(method, "/tells", ACTS, b"{}")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.proves("A90")
def test_no_frame_of_another_page_shows_one_of_its_own(with_pages: Served) -> None:
    answer = with_pages.ask("GET", "/tells")
    assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_that_is_no_json_acts_not(with_pages: Served, acted: list[Any]) -> None:
    for body in (b"", b"{", b"\xff", b"[" * 100_000):
        assert with_pages.ask("POST", "/acts", ACTS, body).status == 400
    assert acted == []
