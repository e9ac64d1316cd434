import pytest

from sandbox.sandbox import Sandbox
from tests.sandbox import given

ANSWERS = "def handler(event, context):\n    return {!r}"


@pytest.mark.proves("S20")
def test_publishing_an_unchanged_function_gives_the_version_that_is_there(
    sandbox: Sandbox,
) -> None:
    functions = sandbox.client("lambda")
    given.function(sandbox, "shop", ANSWERS.format("a"))
    functions.update_function_configuration(FunctionName="shop", MemorySize=256)
    assert functions.publish_version(FunctionName="shop")["Version"] == "1"
    assert functions.publish_version(FunctionName="shop")["Version"] == "1"
    functions.update_function_code(FunctionName="shop", ZipFile=given.package(ANSWERS.format("b")))
    assert functions.publish_version(FunctionName="shop")["Version"] == "2"
    assert functions.publish_version(FunctionName="shop", Description="x")["Version"] == "2"


@pytest.mark.proves("S20")
def test_a_published_version_keeps_its_code_and_configuration(sandbox: Sandbox) -> None:
    functions = sandbox.client("lambda")
    given.function(sandbox, "shop", ANSWERS.format("a"), Timeout=3)
    first = functions.publish_version(FunctionName="shop", Description="the first")
    functions.update_function_code(FunctionName="shop", ZipFile=given.package(ANSWERS.format("b")))
    functions.update_function_configuration(
        FunctionName="shop", Timeout=9, Environment={"Variables": {"A": "b"}}
    )
    kept = functions.get_function_configuration(FunctionName="shop", Qualifier="1")
    assert (kept["CodeSha256"], kept["Timeout"]) == (first["CodeSha256"], 3)
    assert kept["Description"] == "the first"
    assert "Environment" not in kept
    assert given.invoke(sandbox, "shop", Qualifier="1") == "a"
    assert given.invoke(sandbox, "shop") == "b"


def test_the_number_of_a_deleted_version_is_never_used_again(sandbox: Sandbox) -> None:
    given.versions(sandbox, "shop", 2)
    functions = sandbox.client("lambda")
    functions.delete_function(FunctionName="shop", Qualifier="2")
    functions.update_function_configuration(FunctionName="shop", MemorySize=512)
    assert functions.publish_version(FunctionName="shop")["Version"] == "3"


def test_publishing_is_guarded_by_hash_and_revision(sandbox: Sandbox) -> None:
    functions = sandbox.client("lambda")
    given.function(sandbox, "shop", ANSWERS.format("a"))
    latest = functions.get_function_configuration(FunctionName="shop")
    functions.update_function_configuration(FunctionName="shop", MemorySize=256)
    with pytest.raises(functions.exceptions.PreconditionFailedException):
        functions.publish_version(FunctionName="shop", RevisionId=latest["RevisionId"])
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="CodeSHA256"):
        functions.publish_version(FunctionName="shop", CodeSha256="x")
    latest = functions.get_function_configuration(FunctionName="shop")
    published = functions.publish_version(
        FunctionName="shop", CodeSha256=latest["CodeSha256"], RevisionId=latest["RevisionId"]
    )
    assert published["Version"] == "1"


def test_the_waiters_that_a_release_needs_end_at_once(sandbox: Sandbox) -> None:
    given.versions(sandbox, "shop", 1)
    functions, before = sandbox.client("lambda"), sandbox.clock.now
    functions.get_waiter("function_updated_v2").wait(FunctionName="shop")
    functions.get_waiter("published_version_active").wait(FunctionName="shop", Qualifier="1")
    assert sandbox.clock.now - before < 1


def test_a_missing_version_is_not_found(sandbox: Sandbox) -> None:
    given.versions(sandbox, "shop", 1)
    functions = sandbox.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match="function:shop:7"):
        functions.get_function(FunctionName="shop", Qualifier="7")
