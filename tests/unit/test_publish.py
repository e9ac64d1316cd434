from typing import Any

from domain.model.state import State
from publish import publish
from tests.unit import fakes
from tests.unit.builders import alias, facts, planned, rollout

LATEST = {"function-name": "checkout", "alias-name": "live"}


def published(raw: dict[str, Any], routes: str = "1") -> tuple[State, fakes.Versions]:
    versions = fakes.Versions()
    return publish(planned(raw, facts(alias=alias(routes))), versions), versions


def test_a_version_that_was_named_is_not_published() -> None:
    state, versions = published(rollout())
    assert versions.published == []
    assert state["next"] == "shift"


def test_latest_is_published_with_the_hash_that_was_asked_for() -> None:
    state, versions = published(LATEST | {"code-sha256": "a" * 44})
    assert versions.published == [("checkout", "a" * 44)]
    assert state["members"][0]["canary"] == "2"
    assert state["next"] == "shift"


def test_versions_of_a_group_become_active_side_by_side() -> None:
    named = {"function-name": "cart", "alias-name": "live", "new-version": "2"}
    others = [LATEST, named, LATEST | {"function-name": "stock"}]
    _, versions = published({"functions": others})
    assert versions.waited_for == [(2, "checkout", "2"), (2, "cart", "2"), (2, "stock", "2")]


def test_a_version_that_was_named_is_waited_for() -> None:
    _, versions = published(rollout())
    assert versions.waited_for == [(0, "checkout", "2")]


def test_what_is_live_already_is_not_waited_for() -> None:
    _, versions = published(LATEST, routes="2")
    assert versions.waited_for == []


def test_an_unchanged_latest_that_is_live_already_ends_the_rollout() -> None:
    state, _ = published(LATEST, routes="2")
    assert state["members"][0]["part"] == "none"
    assert state["next"] == "finalize"
