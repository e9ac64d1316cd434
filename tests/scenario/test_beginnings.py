"""Where a rollout starts from: a first deployment, a version to publish, nothing to do."""

import base64
import hashlib

import pytest

from sandbox.services.awslambda.names import find_function
from sandbox.traffic import package
from tests.scenario.then import then_promoted, then_refused, then_whole
from tests.scenario.world import World, release_of


def sha256(code: bytes) -> str:
    """As Lambda shows it."""
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


def test_the_first_deployment_of_an_alias_creates_it_without_a_shift(world: World) -> None:
    checkout = world.given_function(published=1)
    world.functions.delete_alias(FunctionName=checkout.name, Name="live")
    checkout.seen.clear()
    rollout = world.when_released(checkout, new_version=None)
    assert rollout.status == "SUCCEEDED"
    assert checkout.primaries == ["2"]
    assert checkout.weights == []
    then_whole(checkout, "2", description=f"Created by {rollout.arn}")
    assert rollout.output["summary"] == f"live of {checkout.name} created at 2"
    assert rollout.output["functions"][0]["old-version"] is None
    assert rollout.messages[-1].subject == f"Created: {checkout.name} live"
    assert "CheckHealth" not in rollout.states


@pytest.mark.proves("F65")
def test_a_named_version_that_is_still_made_is_waited_for(world: World) -> None:
    checkout = world.given_function()
    version = find_function(checkout.name, "2")
    version.state = "Pending"
    execution = world.when_started(release_of(checkout, steps=2))
    world.sandbox.run_for(120)
    assert (world.status_of(execution), checkout.seen) == ("RUNNING", [])
    version.state = "Active"
    then_promoted(world.when_ended(execution), checkout, [50, 100])


@pytest.mark.proves("F66")
@pytest.mark.parametrize("at", ["start", "later"])
def test_a_named_version_that_fails_ends_it_before_anything_has_changed(
    world: World, at: str
) -> None:
    checkout = world.given_function()
    version = find_function(checkout.name, "2")
    version.state = "Failed" if at == "start" else "Pending"
    execution = world.when_started(release_of(checkout))
    world.sandbox.run_for(60)
    version.state = "Failed"
    rollout = world.when_ended(execution)
    assert f"version 2 of {checkout.name} is Failed, not Active" in rollout.cause
    assert rollout.error == ("PreflightFailed" if at == "start" else "InternalError")
    assert checkout.seen == []


def test_a_misspelt_alias_is_refused_and_not_created(world: World) -> None:
    checkout = world.given_function()
    misspelt = release_of(checkout) | {"alias-name": "lvie"}
    rollout = world.when_ended(world.when_started(misspelt))
    then_refused(rollout, checkout)
    assert f"alias lvie of {checkout.name} does not exist, and others do; did you mean live?" in (
        rollout.cause
    )
    names = world.functions.list_aliases(FunctionName=checkout.name)["Aliases"]
    assert [alias["Name"] for alias in names] == ["live"]


def test_a_second_alias_is_created_where_that_is_said(world: World) -> None:
    checkout = world.given_function()
    given = release_of(checkout, create_alias=True) | {"alias-name": "beta"}
    rollout = world.when_ended(world.when_started(given))
    assert rollout.output["summary"] == f"beta of {checkout.name} created at 2"
    then_whole(checkout, "1")


def test_an_alias_at_the_version_already_is_left_alone(world: World) -> None:
    checkout = world.given_function()
    rollout = world.when_released(checkout, new_version="1")
    assert rollout.status == "SUCCEEDED"
    assert checkout.seen == []
    assert rollout.output["summary"] == f"live of {checkout.name} at 1 already"
    assert rollout.told == ["SUCCEEDED"]
    assert rollout.messages[-1].subject == f"Nothing to do: {checkout.name} live"


def test_publishing_what_has_not_changed_since_leaves_the_alias_alone(world: World) -> None:
    checkout = world.given_function()
    world.functions.update_alias(FunctionName=checkout.name, Name="live", FunctionVersion="2")
    checkout.seen.clear()
    rollout = world.when_released(checkout, new_version=None)
    assert rollout.status == "SUCCEEDED"
    assert checkout.seen == []
    assert rollout.output["summary"] == f"live of {checkout.name} at 2 already"


def test_a_version_is_published_where_none_is_named(world: World) -> None:
    checkout = world.given_function(published=1)
    rollout = world.when_released(checkout, new_version=None, steps=2)
    then_promoted(rollout, checkout, [50, 100])


def test_a_version_is_published_if_the_code_is_as_named(world: World) -> None:
    checkout = world.given_function(published=1)
    rollout = world.when_released(
        checkout, new_version=None, code_sha256=sha256(package(2)), steps=2
    )
    then_promoted(rollout, checkout, [50, 100])


@pytest.mark.proves("A4")
def test_other_code_than_named_is_refused(world: World) -> None:
    checkout = world.given_function(published=1)
    rollout = world.when_released(
        checkout, new_version=None, code_sha256=sha256(b"something else"), steps=2
    )
    then_refused(rollout, checkout)
    versions = world.functions.list_versions_by_function(FunctionName=checkout.name)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1"]


def test_names_may_be_arns(world: World) -> None:
    checkout = world.given_function()
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{checkout.name}"
    given = release_of(checkout, steps=2) | {"function-name": arn, "new-version": f"{arn}:2"}
    then_promoted(world.when_ended(world.when_started(given)), checkout, [50, 100])


def test_a_dry_run_shows_the_plan_and_changes_nothing(world: World) -> None:
    checkout = world.given_function(published=1)
    rollout = world.when_released(
        checkout,
        new_version=None,
        type="exponential",
        steps=3,
        interval=90,
        check_interval=30,
        dry_run=True,
    )
    assert rollout.status == "SUCCEEDED"
    assert rollout.output["status"] == "PLANNED"
    assert rollout.output["weights"] == [14.29, 42.86, 100]
    assert rollout.output["intervals"] == [90, 90, 270]
    assert rollout.output["functions"][0]["new-version"] == "to be published"
    assert checkout.seen == []
    assert rollout.messages == []
    versions = world.functions.list_versions_by_function(FunctionName=checkout.name)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1"]
    writes = {call.operation for call in world.calls if call.caller != "operator"}
    assert writes.isdisjoint({"UpdateAlias", "CreateAlias", "PublishVersion", "Publish"})


def test_a_dry_run_of_what_is_refused_is_refused(world: World) -> None:
    checkout = world.given_function()
    then_refused(world.when_released(checkout, new_version="9", dry_run=True), checkout)
