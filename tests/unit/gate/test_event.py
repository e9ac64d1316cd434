from typing import Any

import pytest

from domain.gate.event import address_of, asked_of, kind_of
from domain.model.errors import InvalidInput
from tests.unit.builders import HOME
from tests.unit.gate.builders import STACK, event, properties


def test_an_event_says_who_asks_for_what() -> None:
    asked = asked_of(event(properties("2"), properties("1"), Mode="direct"), HOME)
    [member] = asked.members
    assert (member.function, member.alias, member.version) == ("checkout", "live", "2")
    assert asked.before == {("checkout", "live"): "1"}
    assert (asked.physical, asked.data) == ("checkout:live", {"Version": "2"})
    assert asked.rises({})
    assert asked.address == address_of(event())
    assert (asked.address.stack, asked.mode) == (STACK, "")


def test_members_are_answered_in_their_order() -> None:
    members = [properties("7", "b"), properties("3", "a")]
    asked = asked_of(event({"Members": members}), HOME)
    assert asked.data == {"Version1": "7", "Version2": "3"}
    assert asked.physical == "a:live+b:live"
    assert not asked.rises({})


def test_one_member_is_a_group_too() -> None:
    assert asked_of(event({"Members": [properties("7")]}), HOME).data == {"Version1": "7"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "3 problems in the resource's properties: FunctionName"),
        (properties("latest"), 'NewVersion: "latest" is not a published version'),
        ({**properties("1"), "AliasName": "7"}, 'AliasName: "7" is not an alias'),
        ({"Members": []}, "Members: [] was given; allowed: 1 to 25 objects"),
        ({"Members": ["checkout"]}, "Members[0].FunctionName"),
        ({**properties("1"), "Members": [properties("1")]}, "NewVersion: goes inside Members"),
        ({"Members": [properties("1"), properties("2")]}, "live of checkout is there twice"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        asked_of(event(given), HOME)
    assert problem in str(error.value)


def test_what_is_no_event_is_nobodys() -> None:
    with pytest.raises(InvalidInput, match="'LogicalResourceId' is missing"):
        address_of({"StackId": STACK})
    with pytest.raises(InvalidInput, match='RequestType: "Change" is unknown'):
        kind_of({"RequestType": "Change"})
