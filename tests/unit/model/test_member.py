import pytest

from domain.model.member import Released, canary_of, member_of

CHECKOUT = Released(
    function="checkout",
    alias="live",
    canary=None,
    sha256=None,
    description="",
    revision="r1",
    timeout=30,
)


@pytest.mark.parametrize(
    ("baseline", "canary", "action"),
    [
        (None, "2", "create"),
        (None, None, "create"),
        ("1", "2", "shift"),
        ("1", None, "shift"),
        ("2", "2", "none"),
    ],
)
def test_what_is_done_with_a_member(baseline: str | None, canary: str | None, action: str) -> None:
    member = member_of({**CHECKOUT, "canary": canary}, baseline)
    assert (member["part"], member["baseline"], member["canary"]) == (action, baseline, canary)


def test_what_has_not_been_published_has_no_canary_yet() -> None:
    assert canary_of(member_of({**CHECKOUT, "canary": "2"}, "1")) == "2"
    with pytest.raises(LookupError, match="checkout:live has not been published yet"):
        canary_of(member_of(CHECKOUT, "1"))
