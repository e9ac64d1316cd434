import pytest

from domain.model.naming import BadName, Home
from tests.unit.builders import EXECUTION, HOME

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:checkout"


def test_home_is_where_the_execution_runs() -> None:
    assert Home.of(EXECUTION) == Home(region="us-east-1", account="123456789012")
    assert Home.of(f"{FUNCTION}:some-request-id") == HOME


def test_a_function_goes_by_name_or_unqualified_arn() -> None:
    assert HOME.function("checkout") == "checkout"
    assert HOME.function(FUNCTION) == "checkout"


def test_an_arn_of_another_partition_is_an_arn_too() -> None:
    china = Home("cn-north-1", "123456789012")
    assert china.function("arn:aws-cn:lambda:cn-north-1:123456789012:function:f") == "f"


@pytest.mark.proves("A5")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FUNCTION.replace("us-east-1", "eu-west-1"), "is in eu-west-1 of account 123456789012"),
        (FUNCTION.replace("123456789012", "999999999999"), "of account 999999999999"),
        (f"{FUNCTION}:live", r"has a qualifier \(:live\); leave it out"),
        (f"{FUNCTION}:$LATEST", r"has a qualifier \(:\$LATEST\)"),
        ("check out", "is not a function's name or ARN"),
        ("checkout:live", "is not a function's name or ARN"),
        ("f" * 65, "is not a function's name or ARN"),
        ("checkout\n", "is not a function's name or ARN"),
        ("", "is not a function's name or ARN"),
        ("arn:aws:s3:::bucket", "is not a function's name or ARN"),
    ],
)
def test_what_is_no_function_of_this_account_and_region_says_why(text: str, why: str) -> None:
    with pytest.raises(BadName, match=why):
        HOME.function(text)


@pytest.mark.parametrize("given", [7, "7", f"{FUNCTION}:7"])
def test_a_version_goes_by_number_text_or_arn(given: str | int) -> None:
    assert HOME.version(given, "checkout") == "7"


@pytest.mark.proves("A6")
@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("$LATEST", "cannot be released; leave new-version out to publish it"),
        (f"{FUNCTION}:$LATEST", "cannot be released"),
        (0, "is not a published version's number"),
        (-1, "is not a published version's number"),
        ("0", "is not a published version's number"),
        ("007", "is not a published version's number"),
        ("1.0", "is not a published version's number"),
        ("", "is not a published version's number"),
        (10**400, "is not a published version's number"),
        (FUNCTION, "is not a published version's number"),
        (f"{FUNCTION}:live", "is not a published version's number"),
        (f"{FUNCTION}:7".replace("checkout", "cart"), "is a version of cart, not of checkout"),
        (f"{FUNCTION}:7".replace("us-east-1", "eu-west-1"), "is in eu-west-1"),
    ],
)
def test_what_is_no_version_of_the_function_says_why(given: str | int, why: str) -> None:
    with pytest.raises(BadName, match=why):
        HOME.version(given, "checkout")


def test_an_alarm_goes_by_any_name_or_by_its_arn() -> None:
    assert HOME.alarm("checkout: 5xx, all regions") == "checkout: 5xx, all regions"
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:checkout: 5xx"
    assert HOME.alarm(arn) == "checkout: 5xx"


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("canary-GuardFunction-Q7dDuF1uXkYt", True),
        ("canary-Guard-Q7dDuF1uXkY", False),  # CloudFormation's names of one stack end alike
        ("canary-shop-Checkout-Q7dDuF1uXkYt", False),
        ("canary-checkout", False),
        ("checkout", False),
    ],
)
def test_the_stacks_own_functions_are_known_by_their_names(name: str, own: bool) -> None:
    home = Home("us-east-1", "123456789012", itself="canary-PlanFunction-vNq0MfKhS2ab")
    if own:
        with pytest.raises(BadName, match="belongs to lambda-canary itself"):
            home.function(name)
    else:
        assert home.function(name) == name
    assert Home("us-east-1", "123456789012").function(name) == name
