import pytest

from domain.model.progress import Progress
from domain.model.state import State
from domain.rollout.orders import Refusal, approval, obey
from domain.rollout.parameters import Order
from domain.rollout.words import ORDERS
from tests.unit.builders import EXECUTION, NOW, baking, planned, rollout

NAMED = {"approve": "approve rollout-1"}  # of which rollout an approval is


def waiting(**keys: object) -> State:
    """In the bake after 10 %, whose approval is wanted."""
    return baking(rollout(**{"approvals": [10, 50], "steps": 10, **keys}), at=NOW)


def after(*texts: str, state: State | None = None) -> tuple[State, list[Refusal]]:
    """Obey these orders, written a second apart after the weight was set."""
    orders = [Order(text, NOW + at) for at, text in enumerate(texts, start=1)]
    return obey(state or waiting(), orders)


def obeyed(*texts: str) -> dict[str, object]:
    """Return what stands after these orders, all of which were obeyed."""
    state, refused = after(*texts)
    assert refused == []
    return {**state["progress"]["steering"]}


def why(*texts: str, state: State | None = None) -> str:
    """Return why the last of these orders was refused; that it changed nothing is a test's too."""
    before, _ = after(*texts[:-1], state=state)
    now, refused = after(*texts, state=state)
    standing = [{**one["progress"]["steering"], "obeyed": [], "seen": []} for one in (before, now)]
    assert standing[0] == standing[1]
    assert now["progress"]["steering"]["obeyed"][-1]["ignored"]
    return refused[-1].why


def test_no_order_changes_nothing() -> None:
    state = waiting()
    assert obey(state, []) == (state, [])


@pytest.mark.parametrize("word", [word for word in ORDERS if word != "resume"])
def test_each_order_is_remembered_with_its_time(word: str) -> None:
    said = obeyed(NAMED.get(word, word))["obeyed"]
    assert said == [{"order": word, "at": "2026-01-05T09:00:01Z", "ignored": False}]


def test_a_pause_lasts_until_resume_or_promote() -> None:
    assert obeyed("pause")["paused"]
    assert obeyed("pause", "approve rollout-1")["paused"]
    assert not obeyed("pause", "resume")["paused"]
    assert not obeyed("pause", "promote")["paused"]


def test_of_pause_and_promote_the_later_counts() -> None:
    assert (obeyed("pause", "promote")["promote"], obeyed("promote")["promote"]) == (
        NOW + 2,
        NOW + 1,
    )
    paused = obeyed("promote", "pause")
    assert (paused["paused"], paused["promote"]) == (True, 0.0)


def test_an_approval_is_remembered_with_its_time() -> None:
    assert obeyed("approve rollout-1")["approved_at"] == NOW + 1
    assert obeyed(f"approve {EXECUTION}")["approved_at"] == NOW + 1


@pytest.mark.parametrize("word", ["pause", "promote", "approve rollout-1", "roll-back"])
def test_roll_back_is_final(word: str) -> None:
    assert why("roll-back", word) == (
        "roll-back was ordered at 2026-01-05T09:00:01Z, which is final"
    )


def test_an_order_to_roll_back_is_obeyed_also_after_twenty_others() -> None:
    state, _ = after("roll-back", *["pause"] * 30)
    steering = state["progress"]["steering"]
    assert steering["roll_back"] == "2026-01-05T09:00:01Z"
    assert len(steering["obeyed"]) == 20


@pytest.mark.parametrize("word", ORDERS)
def test_an_order_of_another_rollout_is_refused(word: str) -> None:
    assert why(f"{word} rollout-0") == "it names the rollout rollout-0, and this one is rollout-1"


def test_of_another_rollouts_orders_only_those_that_bring_no_version_further_are_offered() -> None:
    state = obey(waiting(), [Order("pause", NOW + 1)])[0]
    meant = {word: obey(state, [Order(f"{word} x", NOW + 2)])[1][0].meant for word in ORDERS}
    assert meant == {
        "pause": "pause",
        "resume": "resume",
        "approve": "",
        "promote": "",
        "roll-back": "roll-back",
    }


def test_any_order_may_name_its_rollout() -> None:
    assert obeyed("roll-back rollout-1")["roll_back"]
    assert obeyed("pause rollout-1")["paused"]


def test_an_approval_that_names_no_rollout_is_refused_with_the_order_that_was_meant() -> None:
    state, [refused] = after("approve")
    assert refused.meant == approval(state) == "approve rollout-1"
    assert "an approval names its rollout" in refused.why
    assert state["progress"]["steering"]["approved_at"] == 0.0


def test_an_approval_where_none_is_wanted_is_refused() -> None:
    assert why("approve rollout-1", state=waiting(approvals=[50])) == (
        "nothing waits for approval at 10 %; weights that do: 50 %"
    )
    assert why("approve rollout-1", state=planned(rollout())) == (
        "nothing waits for approval at 0 %; weights that do: none"
    )


def test_an_approval_from_before_the_weight_was_set_is_refused() -> None:
    late = baking(rollout(approvals=[10]), at=NOW + 600)
    assert why("approve rollout-1", state=late) == "it was written before 10 % was set"


def test_in_a_hold_any_weight_can_be_approved() -> None:
    state = waiting(approvals=[50])
    held: State = {**state, "progress": Progress({**state["progress"], "hold_began": NOW})}
    assert after("approve rollout-1", state=held)[1] == []


def test_a_resume_without_a_pause_is_refused() -> None:
    assert why("resume") == "there was no pause to end"


@pytest.mark.proves("A33")
@pytest.mark.parametrize(
    "text", ["x" * 8_192, "roll-back\nnow at once", "AQICAHh+/ciphertext==", "", "\N{PILE OF POO}"]
)
def test_of_an_order_that_is_none_forty_characters_are_kept(text: str) -> None:
    assert why(text).startswith("no order is written so; known: pause, resume, approve")
    state, [refused] = after(text)
    assert refused.order.text == text
    assert state["progress"]["steering"]["obeyed"] == [
        {"order": text.lower()[:40], "at": "2026-01-05T09:00:01Z", "ignored": True}
    ]


def test_a_text_that_is_nearly_an_order_is_answered_with_that() -> None:
    _, [refused] = after("rol-bak")
    assert refused.meant == "roll-back"


def test_the_last_twenty_orders_are_remembered() -> None:
    state, _ = after(*(f"order {at}" for at in range(50)))
    seen = [one["order"] for one in state["progress"]["steering"]["obeyed"]]
    assert seen == [f"order {at}" for at in range(30, 50)]


def test_a_repeated_read_leaves_the_old_state_alone() -> None:
    before = waiting()
    obey(before, [Order("pause", NOW + 1)])
    assert before == waiting()
