import pytest

from domain.model.progress import Steering, untouched
from domain.rollout.orders import ORDERS, Order, obey, unknown
from tests.unit.builders import NOW


def after(*words: str) -> Steering:
    """Obey these orders, written a second apart after the start."""
    steering = untouched(NOW)
    for at, word in enumerate(words, start=1):
        steering = obey(steering, Order(word, NOW + at))
    return steering


def test_no_order_changes_nothing() -> None:
    assert obey(untouched(NOW), None) == untouched(NOW)


@pytest.mark.proves("A34")
@pytest.mark.parametrize("word", ORDERS)
@pytest.mark.parametrize("age", [0, 0.001, 86_400])
def test_an_order_as_old_as_the_rollout_or_older_is_ignored(word: str, age: float) -> None:
    assert obey(untouched(NOW), Order(word, NOW - age)) == untouched(NOW)


@pytest.mark.proves("A34")
@pytest.mark.parametrize("word", ORDERS)
def test_an_order_is_taken_in_once(word: str) -> None:
    once = after(word)
    assert obey(once, Order(word, NOW + 1)) == once
    assert once["obeyed"] == [{"order": word, "at": "2026-01-05T09:00:01Z", "ignored": False}]


def test_a_pause_lasts_until_resume() -> None:
    assert after("pause")["paused"]
    assert not after("pause", "resume")["paused"]
    assert after("pause", "approve")["paused"]


def test_of_pause_and_promote_the_later_counts() -> None:
    promote = after("pause", "promote")
    assert (promote["paused"], promote["promote"]) == (False, True)
    pause = after("promote", "pause")
    assert (pause["paused"], pause["promote"]) == (True, False)


def test_an_approval_is_remembered_with_its_time() -> None:
    assert after("approve")["approved_at"] == NOW + 1


def test_roll_back_cannot_be_taken_back() -> None:
    assert after("roll-back", "resume", "promote", "approve")["roll_back"]


@pytest.mark.parametrize("word", ["Pause", " pause\n", "PAUSE"])
def test_an_order_may_have_spaces_and_capitals(word: str) -> None:
    assert after(word)["paused"]


@pytest.mark.parametrize("word", ["stop", "", "pause resume", "x" * 4_096, "\N{PILE OF POO}"])
def test_an_unknown_order_is_remembered_as_ignored_and_changes_nothing_else(word: str) -> None:
    steering = after(word)
    [seen] = steering["obeyed"]
    assert (seen["order"], seen["ignored"]) == (word[:40], True)
    assert {**steering, "read": NOW, "obeyed": []} == untouched(NOW)


@pytest.mark.proves("A33")
@pytest.mark.parametrize("word", ["x" * 8_192, "roll-back\nnow", "AQICAHh+/ciphertext=="])
def test_of_an_order_that_is_none_forty_characters_are_kept(word: str) -> None:
    steering = after(word)
    assert not steering["roll_back"]
    assert steering["obeyed"] == [
        {"order": word.lower()[:40], "at": "2026-01-05T09:00:01Z", "ignored": True}
    ]


def test_an_unknown_order_is_reported_when_it_is_taken_in_and_no_more() -> None:
    before, odd = after("pause"), after("pause", "stop")
    assert unknown(before, odd) == "stop"
    assert unknown(odd, odd) is None
    assert unknown(odd, after("pause", "stop", "resume")) is None
    assert unknown(untouched(NOW), untouched(NOW)) is None


def test_the_last_twenty_orders_are_remembered() -> None:
    seen = [one["order"] for one in after(*(f"order {at}" for at in range(50)))["obeyed"]]
    assert seen == [f"order {at}" for at in range(30, 50)]


def test_a_repeated_read_leaves_the_old_state_alone() -> None:
    before = untouched(NOW)
    obey(before, Order("pause", NOW + 1))
    assert before == untouched(NOW)
