import json

import pytest

from tools.audit.requirements import read
from tools.audit.template import ACCEPTED, objections


def test_a_finding_without_a_reason_is_told() -> None:
    found = {"CKV_1": ["Topic: not encrypted"], "CKV_2": ["Queue: not encrypted"]}
    accepted = {"CKV_2": "why not"}
    assert list(objections(found, accepted)) == ["CKV_1 Topic: not encrypted"]


def test_a_reason_that_nothing_needs_any_more_is_told() -> None:
    assert list(objections({}, {"CKV_2": "why not"})) == [
        "CKV_2 is accepted, but nothing is found any more"
    ]


def test_every_accepted_finding_has_a_reason() -> None:
    assert all(len(reason.split()) > 5 for reason in ACCEPTED.values())


@pytest.mark.proves("A96")
def test_a_vulnerability_is_told_with_what_mends_it() -> None:
    found = {"id": "PYSEC-1", "fix_versions": ["1.2"], "description": "..."}
    package = {"name": "parser", "version": "1.1", "vulns": [found]}
    other = {"name": "reader", "version": "2.0", "vulns": []}
    audit = read(json.dumps({"dependencies": [package, other]}))
    assert audit.vulnerable == ["parser 1.1: PYSEC-1, fixed in 1.2"]
    assert audit.words == "vulnerabilities in 2 packages: 1"


@pytest.mark.proves("A96")
def test_packages_that_nobody_knows_are_not_taken_for_sound() -> None:
    known = {"name": "reader", "version": "2.0", "vulns": []}
    unknown = {"name": "parser", "skip_reason": "not found"}
    some = read(json.dumps({"dependencies": [known, unknown]}))
    assert some.words == (
        "vulnerabilities in 1 packages: 0; NOT AUDITED: 1, which the index does not know"
    )
    none = read(json.dumps({"dependencies": [unknown]}))
    assert none.words.startswith("NOT AUDITED")
    assert read("").words.startswith("NOT AUDITED")
