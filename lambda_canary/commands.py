"""The commands. What takes long to import is imported by the command that needs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lambda_canary.keys import KEYS, input_of
from lambda_canary.trouble import Trouble

if TYPE_CHECKING:
    from lambda_canary.session import Session

F = TypeVar("F", bound=Callable[..., Any])

_COMMON = (
    click.option("--stack", default="lambda-canary", help="Name of lambda-canary's own stack."),
    click.option("--profile", help="Profile of AWS's configuration (else AWS_PROFILE)."),
    click.option("--region", help="AWS region (else AWS_DEFAULT_REGION, or the profile's)."),
    click.option("--endpoint-url", help="Where AWS is (else AWS_ENDPOINT_URL): the sandbox."),
    click.option("--json", "as_json", is_flag=True, help="Print lines of JSON."),
)


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from importlib import metadata

    try:
        version = metadata.version("lambda-canary")
    except metadata.PackageNotFoundError:
        version = "of a checkout, which is not installed"
    click.echo(f"lambda-canary {version}")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Say which version this is, and exit.",
)  # fmt: skip
def main() -> None:
    """Release AWS Lambda functions gradually, and see and steer what is under way.

    \b
    lambda-canary plan MyFunction MyAlias             what would happen
    lambda-canary release MyFunction MyAlias --wait   publish $LATEST, shift, judge
    lambda-canary status                              all that is under way
    lambda-canary watch NAME                          one rollout, to its end
    lambda-canary roll-back NAME                      give the alias back now

    A rollout runs in your account: closing this command stops nothing.
    """  # noqa: D301 (click's mark for text that stays as it is)


def command(function: F) -> Any:
    """Make a command that gets a `session`, and that says what went wrong."""

    @wraps(function)
    def run(
        *, stack: str, profile: str | None, region: str | None, endpoint_url: str | None,
        as_json: bool, **given: Any,
    ) -> None:  # fmt: skip
        from lambda_canary.session import session_of

        made = session_of(click.get_current_context().obj, stack, profile, region, endpoint_url)
        made.as_json = as_json
        sys.exit(_run(lambda: function(made, **given), made))

    for option in reversed(_COMMON):
        run = option(run)
    name = function.__name__.replace("_", "-")
    return main.command(name)(run)


def _run(function: Callable[[], int | None], session: Session) -> int:
    from lambda_canary.faults import FAULTS, trouble_of
    from lambda_canary.showing import complain

    try:
        return function() or 0
    except Trouble as trouble:
        told = trouble
    except FAULTS as error:
        told = trouble_of(error)
    except KeyboardInterrupt:
        told = Trouble("interrupted", "" if session.following else "run the command again")
    complain(f"lambda-canary: {told.cause}.")
    if told.then:
        complain(f"Next: {told.then}")
    for line in session.reassurance():
        complain(line)
    return told.code


def _with_keys(function: F) -> F:
    for key, one in reversed(KEYS.items()):
        function = click.option(f"--{key}", help=one.help)(function)
    for name in ("alias", "function"):
        function = click.argument(name, required=False)(function)
    file = click.Path(path_type=Path)
    option = click.option("--input", "file", type=file, help="The input as JSON, as in events/.")
    return option(function)


@command
@_with_keys
@click.option("--name", help="Name of the rollout (default: the function's, and the time).")
@click.option("--wait", is_flag=True, help="Follow it to its end: see the exit codes.")
def release(
    session: Session, function: str | None, alias: str | None, file: Path | None,
    name: str | None, wait: bool, **keys: str | None,
) -> int:  # fmt: skip
    """Release a new version of FUNCTION through its ALIAS.

    Publishes $LATEST, unless --new-version names one. With --wait it ends with 0 if the version was
    promoted, 1 if it was not (rolled back, or stopped), 2 if the rollout was refused, 3 if this
    command lost sight of it: then the rollout goes on.
    """
    given = input_of(function, alias, file, _keyed(keys))
    return session.release(given, name, wait=wait)


@command
@_with_keys
def plan(
    session: Session, function: str | None, alias: str | None, file: Path | None,
    **keys: str | None,
) -> int:  # fmt: skip
    """Draw what a release would do, or say why it would be refused. Changes nothing."""
    return session.plan(input_of(function, alias, file, _keyed(keys)))


@command
@click.option("--all", "everything", is_flag=True, help="All that ended, as far as it is known.")
def status(session: Session, everything: bool) -> None:
    """Show all rollouts that are under way, and the last that ended."""
    session.status(everything=everything)


@command
@click.argument("name")
def watch(session: Session, name: str) -> int:
    """Follow the rollout NAME to its end, with the exit codes of `release --wait`."""
    return session.watch(name)


@command
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown")
def report(session: Session, name: str, form: str) -> None:
    """Write down the rollout NAME as it stands, for a change record."""
    session.report(name, form)


@command
@click.argument("name")
def pause(session: Session, name: str) -> int:
    """Hold the weight until resume, promote or roll-back. Health checks go on."""
    return session.order("pause", name)


@command
@click.argument("name")
def resume(session: Session, name: str) -> int:
    """End the pause of the rollout NAME."""
    return session.order("resume", name)


@command
@click.argument("name")
def approve(session: Session, name: str) -> int:
    """Approve the present weight, or end a hold: the rollout goes on from there."""
    return session.order("approve", name)


@command
@click.argument("name")
def promote(session: Session, name: str) -> int:
    """Skip the bakes that are left, not the checks: 100 %, the last look, promotion."""
    return session.order("promote", name)


@command
@click.argument("name")
def roll_back(session: Session, name: str) -> int:
    """Give the aliases of the rollout NAME back, and wait until that is done."""
    return session.order("roll-back", name)


@command
@click.argument("function")
@click.argument("alias")
def undo(session: Session, function: str, alias: str) -> int:
    """Take back the last promotion of FUNCTION's ALIAS, at once and without checks.

    What was released as a group goes back as a group. Refused where the alias has changed since.
    """
    return session.undo(function, alias)


def _keyed(options: dict[str, str | None]) -> dict[str, str | None]:
    return {name.replace("_", "-"): text for name, text in options.items()}
