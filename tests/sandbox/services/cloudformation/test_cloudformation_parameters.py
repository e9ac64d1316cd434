"""Parameters: defaults, types and constraints, all problems in one error."""

import pytest

from sandbox.services.cloudformation import TemplateError
from sandbox.services.cloudformation.parameters import resolve, secrets

TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 4},
        "Count": {"Type": "Number", "MinValue": 1, "MaxValue": 10, "Default": 5},
        "Level": {"Type": "String", "AllowedValues": ["INFO", "DEBUG"], "Default": "INFO"},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Flag": {"Type": "String", "Default": True},
        "Key": {"Type": "String", "NoEcho": True, "Default": "abcd", "MinLength": 4},
    }
}


def problems(**given: str) -> list[str]:
    with pytest.raises(TemplateError) as refused:
        resolve(TEMPLATE, given)
    return refused.value.problems


def test_what_is_not_given_has_its_default() -> None:
    assert resolve(TEMPLATE, {"Name": "abc", "Count": "7"}) == {
        "Name": "abc",
        "Count": "7",
        "Level": "INFO",
        "Zones": ["a", "b"],
        "Flag": "true",
        "Key": "abcd",
    }


@pytest.mark.proves("S56")
def test_all_missing_parameters_are_named_in_one_error() -> None:
    template = {"Parameters": {name: {"Type": "String"} for name in ("One", "Two", "Three")}}
    with pytest.raises(TemplateError, match=r"^Parameters: \[One, Three\] must have values$"):
        resolve(template, {"Two": "2"})


def test_a_parameter_the_template_does_not_have_is_refused() -> None:
    assert problems(Name="abc", Nmae="abc") == ["Parameters: [Nmae] do not exist in the template"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"Name": "a"}, "Parameter Name: 'a' must be at least 2 characters long"),
        ({"Name": "abcde"}, "Parameter Name: 'abcde' must be at most 4 characters long"),
        ({"Name": "abC"}, "Parameter Name: 'abC' must match the pattern [a-z]+"),
        ({"Count": "0"}, "Parameter Count: '0' must be at least 1"),
        ({"Count": "10.5"}, "Parameter Count: '10.5' must be at most 10"),
        ({"Count": "many"}, "Parameter Count: 'many' must be a number"),
        ({"Count": "nan"}, "Parameter Count: 'nan' must be a number"),
        ({"Level": "info"}, "Parameter Level: 'info' must be one of ['INFO', 'DEBUG']"),
    ],
)
def test_a_broken_constraint_is_told_with_what_was_given(
    given: dict[str, str], problem: str
) -> None:
    assert problems(**{"Name": "abc", **given}) == [problem]


def test_a_secret_is_not_shown_even_when_it_is_wrong() -> None:
    assert problems(Name="abc", Key="xyz") == [
        "Parameter Key: **** must be at least 4 characters long"
    ]
    assert secrets(TEMPLATE) == {"Key"}


def test_every_item_of_a_list_is_checked() -> None:
    template = {"Parameters": {"Ports": {"Type": "List<Number>", "MaxValue": 99}}}
    assert resolve(template, {"Ports": "1, 2"}) == {"Ports": ["1", "2"]}
    with pytest.raises(TemplateError, match="'100' must be at most 99"):
        resolve(template, {"Ports": "1, 100"})


def test_a_type_that_is_not_known_is_refused() -> None:
    template = {"Parameters": {"Image": {"Type": "AWS::EC2::Image::Id", "Default": "ami"}}}
    with pytest.raises(TemplateError, match="the type AWS::EC2::Image::Id is not supported"):
        resolve(template, {})
