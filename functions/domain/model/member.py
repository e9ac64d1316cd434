"""The members of a release group: each a function with its alias, as they travel in the state."""

from typing import Literal, NotRequired, TypedDict, cast

ARRIVAL = 120  # seconds after a call's end by which its data are expected to have arrived
LATEST = 180  # and by which those have that are late, as CloudWatch's sometimes are


class Tally(TypedDict):
    """The canary's calls and errors in all minutes before `until`, which are final.

    `until` is the start of the first minute that is still open to late data, a whole minute.
    """

    until: int
    calls: int
    errors: int


def empty_tally(at: int) -> Tally:
    """Return a tally that starts with this minute."""
    return Tally(until=at // 60 * 60, calls=0, errors=0)


class Calls(TypedDict):
    """How many calls there were, and how many of them failed."""

    calls: int
    failed: int


class Probed(TypedDict):
    """The probe's calls of one function, in the rollout so far, by the version that answered.

    `latest` are those of the latest probe, to any version; failed are those without an answer.
    `flaw` is what was last wrong with an answer of the canary, `lost` why the last one is missing.
    """

    canary: Calls
    baseline: Calls
    latest: Calls
    flaw: str
    lost: str


class Released(TypedDict):
    """What is known of every member.

    `canary` is the new version, None until Publish has published it (if the code has `sha256`,
    where given). `description` and `revision` are the alias's: the one from before the rollout, the
    other as the rollout last left it, None where there is no alias yet. `timeout` is the function's
    in seconds.
    """

    function: str
    alias: str
    canary: str | None
    sha256: str | None
    description: str
    revision: str | None
    timeout: int


class Shifting(Released):
    """Most members: their traffic goes step by step from the baseline to the canary."""

    part: Literal["shift"]
    baseline: str
    tally: NotRequired[Tally]
    probed: NotRequired[Probed]


class Creating(Released):
    """A member without an alias, which is created at the end of the rollout."""

    part: Literal["create"]
    baseline: None


class Unchanged(Released):
    """A member whose alias routes everything to the new version already, and is left alone."""

    part: Literal["none"]
    baseline: str


Member = Shifting | Creating | Unchanged
Releasing = Shifting | Creating  # of which a new version is to be released
Action = Literal["shift", "create", "none"]


def member_of(released: Released, baseline: str | None) -> Member:
    """Decide what to do with an alias that routes to `baseline`; None where there is no alias yet.

    A version that is still to be published is another than the baseline, as far as one knows.
    """
    if baseline is None:
        return Creating({**released, "part": "create", "baseline": None})
    if baseline == released["canary"]:
        return Unchanged({**released, "part": "none", "baseline": baseline})
    # Cast, since `released` might have a tally or a probe as something else, for all mypy knows.
    return cast(Shifting, {**released, "part": "shift", "baseline": baseline})


def label(member: Member) -> str:
    """Return `function:alias`, as in CloudWatch's Resource dimension."""
    return f"{member['function']}:{member['alias']}"


def canary_of(member: Member) -> str:
    """Return the new version's number. Raises LookupError before Publish, if it has none yet."""
    if member["canary"] is None:
        raise LookupError(f"{label(member)} has not been published yet")
    return member["canary"]
