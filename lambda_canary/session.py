"""What the commands do, once it is known in which account."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from adapters.aws import code
from domain.view.look import Look
from domain.view.view import View, view_of
from lambda_canary import markdown, ordering, showing, undoing
from lambda_canary.account import Account, account_of
from lambda_canary.following import Follower
from lambda_canary.lookout import Lookout
from lambda_canary.trouble import LOST, NOT_PROMOTED, PROMOTED, REFUSED, Mistaken

_LAST = 5  # rollouts that have ended, which `status` shows
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_-]+")


def session_of(
    account: Account | None,
    stack: str,
    profile: str | None,
    region: str | None,
    endpoint: str | None,
) -> "Session":
    """Begin in this account, which tests give, or in the one that AWS's settings name."""
    return Session(account or account_of(stack, profile, region, endpoint))


class Session:
    """One run of the command. `following` names the rollout that goes on without it."""

    def __init__(self, account: Account) -> None:
        self.as_json = False
        self.following = ""
        self._ordered = ""
        self._account = account
        self._clock = showing.local_clock(account.now)

    def reassurance(self) -> list[str]:
        """Say that the rollout does not end with the command, and how to see and stop it."""
        name = self.following
        if not name:
            return []
        stands = [f"The order stands: {self._ordered}."] if self._ordered else []
        return [
            *stands,
            f"The rollout {name} goes on.",
            f"To see it:       lambda-canary watch {name}",
            f"To roll it back: lambda-canary roll-back {name}",
        ]

    def release(self, given: Mapping[str, Any], name: str | None, *, wait: bool) -> int:
        """Start a rollout, and follow it if asked to."""
        arn = self._start(given, name or self._named(given))
        called = arn.rpartition(":")[2]
        if wait:
            return self._follow(arn, started=True)
        if self.as_json:
            showing.say(json.dumps({"execution": arn, "name": called}))
        else:
            showing.say(f"Started {called}. To see it: lambda-canary watch {called}")
        return PROMOTED

    def plan(self, given: Mapping[str, Any]) -> int:
        """Have a dry run made, and draw it."""
        look = self._dry(given, self._named(given))
        view = view_of(look, self._clock)
        self._once(view)
        return _code(view)

    def status(self, *, everything: bool) -> None:
        """Show what is under way in full, and what has ended in a line each."""
        machine, lookout = self._account.machine(), self._lookout()
        running = [view_of(look, self._clock) for look in lookout.running(machine)]
        if not self.as_json and not running:
            showing.say("No rollout is under way.")
        for at, view in enumerate(running):
            if at and not self.as_json:
                showing.say("")
            self._once(view)
        told = False
        for look in lookout.ended(machine, None if everything else _LAST):
            view = view_of(look, self._clock)
            if self.as_json:
                showing.say(json.dumps(view.as_json()))
                continue
            if not told:
                showing.say("\nEnded:")
            told = True
            showing.say(f"  {view.headline} [{view.name}]")

    def watch(self, name: str) -> int:
        """Follow a rollout to its end."""
        return self._follow(self._account.execution(name), started=False)

    def report(self, name: str, form: str) -> None:
        """Write a rollout down."""
        look = self._lookout().look(self._account.execution(name))
        view = view_of(look)
        as_json = self.as_json or form == "json"
        showing.say(json.dumps(view.as_json()) if as_json else markdown.text_of(view).rstrip())

    def order(self, word: str, name: str) -> int:
        """Give an order, and say when it is obeyed. A roll-back is, when the aliases are back."""
        follower = self._follower(showing.complain)
        arn = self._account.execution(name)
        look = ordering.planned(follower, arn, self._clock)
        text = ordering.given(self._account, look, word)
        every = look.state["settings"]["check_interval"] if look.state else 0
        showing.complain(f"Ordered: {text}. It is read at the next check, every {every} s.")
        self.following, self._ordered = look.name, text
        with showing.shower(self._clock, as_json=self.as_json) as show:
            show.known(view_of(look, self._clock))
            try:
                look, read = ordering.until_read(
                    follower, look, word, text, lambda seen: show.show(view_of(seen, self._clock))
                )
            except ordering.NotObeyed:
                self._ordered = ""
                raise
            while word == "roll-back" and look.status == "RUNNING":
                look = follower.next(look)
                show.show(view_of(look, self._clock))
        view = view_of(look, self._clock)
        self.following = ""
        if word == "roll-back":
            done = view.phase in ("rolled-back", "not-released")
            return PROMOTED if done else NOT_PROMOTED
        if read:
            showing.complain(f"Obeyed: {word}. {view.headline}.")
            return PROMOTED
        showing.complain(f"Too late for {word}: {view.headline}.")
        return NOT_PROMOTED

    def undo(self, function: str, alias: str) -> int:
        """Take the last promotion back, if the alias is still as it left it."""
        found = undoing.undoing(self._account, self._lookout(), function, alias)
        name = self._named(found.given, "undo-")
        plan = self._dry(found.given, f"{name}-plan")
        if plan.status != "SUCCEEDED":
            self._once(view_of(plan, self._clock))
            return REFUSED
        undoing.require_unchanged(found, plan)
        back = ", ".join(
            f"{one['function-name']} {one['alias-name']} to version {one['new-version']}"
            for one in found.given["functions"]
        )
        showing.complain(f"Takes back {found.promotion}: {back}.")
        return self._follow(self._start(found.given, name), started=True)

    def _dry(self, given: Mapping[str, Any], name: str) -> Look:
        arn = self._start({**given, "dry-run": True}, name)
        *_, last = self._follower(showing.complain).looks(arn, started=True)
        return last

    def _start(self, given: Mapping[str, Any], name: str) -> str:
        try:
            answer = self._account.client("stepfunctions").start_execution(
                stateMachineArn=self._account.machine(), name=name, input=json.dumps(given)
            )
        except ClientError as error:
            match code(error):
                case "ExecutionAlreadyExists":
                    then = f"lambda-canary watch {name}, or choose another --name"
                    raise Mistaken(f"there is or was a rollout {name}", then) from error
                case "InvalidName":
                    then = "use up to 80 letters, digits, - and _"
                    raise Mistaken(f"{name} cannot be a rollout's name", then) from error
            raise
        return str(answer["executionArn"])

    def _follow(self, arn: str, *, started: bool) -> int:
        name = arn.rpartition(":")[2]
        self.following = name if started else ""
        with showing.shower(self._clock, as_json=self.as_json) as show:
            for look in self._follower(show.tell).looks(arn, started=started):
                self.following = name if look.status == "RUNNING" else ""
                view = view_of(look, self._clock)
                show.show(view)
        return _code(view)

    def _once(self, view: View) -> None:
        if self.as_json:
            showing.say(json.dumps(view.as_json()))
        else:
            showing.draw(view, self._clock)

    def _lookout(self) -> Lookout:
        return Lookout(self._account.client("stepfunctions"))

    def _follower(self, tell: Any) -> Follower:
        return Follower(self._account, self._lookout(), tell)

    def _named(self, given: Mapping[str, Any], prefix: str = "") -> str:
        """Name a rollout by its function and the time, within the 80 characters there are."""
        group = given.get("functions")
        first = group[0] if isinstance(group, list) and group else given
        function = str(first.get("function-name", "")) if isinstance(first, dict) else ""
        plain = _NOT_PLAIN.sub("-", function.rpartition(":")[2])[:40].strip("-") or "release"
        return f"{prefix}{plain}-{datetime.fromtimestamp(self._account.now(), UTC):%Y%m%d-%H%M%S}"


def _code(view: View) -> int:
    """Return what the command exits with, by how the rollout has ended."""
    if view.good:
        return PROMOTED
    if view.phase == "unknown":
        return LOST
    return REFUSED if view.phase == "refused" else NOT_PROMOTED
