"""Templates are read as CloudFormation reads them."""

import pytest

from sandbox.services.cloudformation import TemplateError
from sandbox.services.cloudformation.template import parse


@pytest.mark.proves("S56")
def test_short_forms_are_the_functions_they_stand_for() -> None:
    text = """
    Resources:
      A:
        Type: T
        Condition: Wanted
        Properties:
          Ref: !Ref B
          Att: !GetAtt B.Nested.Arn
          Sub: !Sub ["${X}", {X: !Ref B}]
          If: !If [Wanted, !Split [",", "a,b"], !Ref AWS::NoValue]
    """
    assert parse(text)["Resources"]["A"]["Properties"] == {
        "Ref": {"Ref": "B"},
        "Att": {"Fn::GetAtt": ["B", "Nested.Arn"]},
        "Sub": {"Fn::Sub": ["${X}", {"X": {"Ref": "B"}}]},
        "If": {"Fn::If": ["Wanted", {"Fn::Split": [",", "a,b"]}, {"Ref": "AWS::NoValue"}]},
    }


def test_an_unquoted_date_is_text() -> None:
    assert parse("Version: 2012-10-17\nResources: {}")["Version"] == "2012-10-17"


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    with pytest.raises(TemplateError, match=r"line 2: \['A'\] given twice"):
        parse("Resources:\n  A: {Type: T}\n  A: {Type: U}")


@pytest.mark.parametrize("text", ["", "[]", "Resources:", "a: b", "Resources: ["])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="Template format error"):
        parse(text)


def test_an_alias_is_refused_and_an_ampersand_is_not() -> None:
    with pytest.raises(TemplateError, match="YAML aliases are not allowed"):
        parse("Metadata: &m [1]\nResources: {A: {Type: T, Metadata: *m}}")
    assert parse('Description: "a & b *c"\nResources: {}')["Description"] == "a & b *c"


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000])
def test_a_document_too_deep_to_read_is_refused(text: str) -> None:
    """At some depth, libyaml ends the process."""
    with pytest.raises(TemplateError, match="more than 1,000 levels deep"):
        parse(text)
