"""How scenarios end: the promises of every end, asked of what was really seen."""

from tests.scenario.observed import AliasState, Released, Rollout
from tests.scenario.world import DESCRIPTION

REFUSALS = ("InvalidInput", "PreflightFailed")


def then_promoted(
    rollout: Rollout, released: Released, weights: list[float], version: str = "2"
) -> None:
    """Through exactly these weights, with the old version as the primary until the very end."""
    assert (rollout.status, rollout.error, rollout.cause) == ("SUCCEEDED", None, "")
    assert released.weights == weights
    assert released.primaries == ["1"] * len(weights) + [version]
    then_whole(released, version)
    assert {
        "function-name": released.name,
        "alias-name": released.alias,
        "old-version": "1",
        "new-version": version,
    } in rollout.output["functions"]
    assert [shift["weight"] for shift in rollout.output["weights"]] == weights
    assert rollout.told[-1] == "SUCCEEDED"
    assert rollout.last_words["result"] == rollout.output


def then_rolled_back(
    rollout: Rollout, released: Released, weights: list[float], error: str = "HealthCheckFailed"
) -> None:
    """After exactly these weights, with the old version as the primary all the time."""
    assert (rollout.status, rollout.error) == ("FAILED", error), rollout.cause
    assert released.weights == weights
    assert set(released.primaries) <= {"1"}
    then_whole(released, "1")
    assert f"{released.alias} of {released.name} routes 100 % to version 1" in rollout.cause
    then_failure_is_told(rollout)


def then_refused(rollout: Rollout, *released: Released, error: str = "PreflightFailed") -> None:
    """Nothing has changed."""
    assert (rollout.status, rollout.error) == ("FAILED", error), rollout.cause
    assert [one.seen for one in released] == [[]] * len(released)
    assert rollout.cause.endswith("Now: nothing has changed.")
    then_failure_is_told(rollout)


def then_whole(released: Released, version: str, description: str = DESCRIPTION) -> None:
    """Assert that the alias gives everything to one version, under its old description."""
    now = released.now
    assert now == AliasState(version, {}, description, now.revision if now else "")


def then_left(released: Released, theirs: AliasState | None, execution: str) -> None:
    """Assert that the alias routes as somebody else left it, and that our mark is gone from it."""
    now = released.now
    assert theirs is not None
    assert now is not None
    description = DESCRIPTION if theirs.description == execution else theirs.description
    assert now == AliasState(theirs.version, theirs.weights, description, now.revision)
    if theirs.description != execution:
        assert now.revision == theirs.revision


def then_failure_is_told(rollout: Rollout) -> None:
    """In the last message, with the execution's own error and cause."""
    assert rollout.told[-1:] == ["FAILED"]
    assert rollout.last_words["error"] == rollout.error
    assert rollout.last_words["cause"] == rollout.cause
