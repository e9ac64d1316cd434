import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from sandbox.kernel.signals import Invocation
from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import Answer, behave
from tests.sandbox import given


class Echo:
    """Answers its version in 40 ms; version 2 fails."""

    def answer(self, version: str, event: bytes, now: float) -> Answer:  # noqa: ARG002
        return Answer(payload=json.dumps(version).encode(), error=version == "2", milliseconds=40)


@pytest.fixture
def shop(sandbox: Sandbox) -> str:
    """Provide a function with two versions; its alias calls the second one in four times."""
    given.versions(sandbox, "shop", 2)
    sandbox.client("lambda").create_alias(
        FunctionName="shop",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
    )
    return "shop"


def test_a_weighted_alias_routes_by_its_weights_and_says_where(sandbox: Sandbox, shop: str) -> None:
    behave(shop, Echo())
    functions = sandbox.client("lambda")
    executed = Counter(
        functions.invoke(FunctionName=shop, Qualifier="live")["ExecutedVersion"] for _ in range(200)
    )
    assert executed.keys() == {"1", "2"}
    assert 30 <= executed["2"] <= 70


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("name", "qualifier", "version"),
    [
        ("shop", {"Qualifier": "2"}, "2"),
        ("shop:2", {}, "2"),
        ("arn:aws:lambda:us-east-1:123456789012:function:shop:2", {}, "2"),
        ("shop", {"Qualifier": "$LATEST"}, "$LATEST"),
        ("shop", {}, "$LATEST"),
    ],
)
def test_a_qualifier_is_taken_from_wherever_clients_put_it(
    sandbox: Sandbox, name: str, qualifier: dict[str, str], version: str
) -> None:
    assert given.invoke(sandbox, name, **qualifier) == version


@pytest.mark.usefixtures("shop")
def test_an_event_that_reads_like_a_query_is_no_query(sandbox: Sandbox) -> None:
    assert given.invoke(sandbox, "shop", "a=b&Qualifier=2&c=d") == "$LATEST"


def test_an_invocation_is_told_with_its_alias_version_and_times(
    sandbox: Sandbox, shop: str
) -> None:
    behave(shop, Echo())
    told: list[Invocation] = []
    sandbox.signals.invoked.append(told.append)
    answer = sandbox.client("lambda").invoke(FunctionName=shop, Qualifier="live")
    (invocation,) = told
    assert (invocation.function, invocation.alias) == ("shop", "live")
    assert invocation.version == answer["ExecutedVersion"]
    assert invocation.ended - invocation.started == pytest.approx(0.045, abs=1e-6)
    assert invocation.error == (invocation.version == "2")


@pytest.mark.proves("S22")
def test_a_failure_is_marked_as_unhandled(sandbox: Sandbox, shop: str) -> None:
    behave(shop, Echo())
    functions = sandbox.client("lambda")
    assert "FunctionError" not in functions.invoke(FunctionName=shop, Qualifier="1")
    assert functions.invoke(FunctionName=shop, Qualifier="2")["FunctionError"] == "Unhandled"


@pytest.mark.proves("S22")
def test_reserved_concurrency_of_zero_throttles_every_call_and_counts_none(
    sandbox: Sandbox, shop: str
) -> None:
    told: list[Invocation] = []
    sandbox.signals.invoked.append(told.append)
    functions = sandbox.client("lambda")
    functions.put_function_concurrency(FunctionName=shop, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException") as refused:
        functions.invoke(FunctionName=shop, Qualifier="1")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert told == []


def test_an_asynchronous_call_answers_at_once_and_runs_later(sandbox: Sandbox, shop: str) -> None:
    behave(shop, Echo())
    told: list[Invocation] = []
    sandbox.signals.invoked.append(told.append)
    before = sandbox.clock.now
    answer = sandbox.client("lambda").invoke(FunctionName=shop, InvocationType="Event")
    assert answer["StatusCode"] == 202
    assert sandbox.clock.now - before == pytest.approx(0.005, abs=1e-6)
    assert told == []
    sandbox.run_for(1)
    assert [invocation.version for invocation in told] == ["$LATEST"]


def test_the_tail_of_the_log_comes_with_the_answer(sandbox: Sandbox) -> None:
    given.function(sandbox, "talks", "def handler(event, context):\n    print('spoken')")
    answer = sandbox.client("lambda").invoke(FunctionName="talks", LogType="Tail")
    assert answer["LogResult"] == "c3Bva2Vu"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("name", ["nope", "shop:nope", "shop:9"])
def test_whatever_does_not_exist_is_not_found(sandbox: Sandbox, name: str) -> None:
    functions = sandbox.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match="Function not found"):
        functions.invoke(FunctionName=name)


@pytest.mark.usefixtures("shop")
def test_an_event_that_is_not_json_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        sandbox.client("lambda").invoke(FunctionName="shop", Payload=b"{")
