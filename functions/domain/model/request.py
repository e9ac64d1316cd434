"""What a sound input asks for."""

from dataclasses import dataclass

from domain.model.state import Settings


@dataclass(frozen=True)
class Target:
    """One function of the group. Without a `version`, $LATEST is published (if it has `sha256`)."""

    function: str
    alias: str
    version: str | None
    sha256: str | None


@dataclass(frozen=True)
class Request:
    """A sound input: names resolved, defaults filled in.

    `create_alias`: one that is not there is meant to be new, whatever others there are.
    """

    targets: tuple[Target, ...]
    settings: Settings
    create_alias: bool
    ignore_firing_alarms: bool
    dry_run: bool
