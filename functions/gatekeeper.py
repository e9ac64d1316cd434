"""The gate's work: it hears events, has rollouts started, and sees how they end."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.gate.answer import Answer, granted, refused
from domain.gate.direction import Direction, Standing, direction_of
from domain.gate.ending import has_given_back, is_whole, remembered, why
from domain.gate.event import Address, Asked, Wanted, address_of, asked_of, kind_of
from domain.gate.naming import name_of, prefix_of
from domain.gate.release import (
    DIRECT,
    input_of,
    problems_of_properties,
    problems_of_time,
    seconds_for,
)
from domain.model.alias import Alias
from domain.model.errors import AwsUnavailable, InvalidInput
from domain.model.naming import Home, execution_of
from domain.model.text import joined
from ports import Aliases, Executions, Stacks, Versions
from runtime import WEB, logger
from undoing import LOOKS, PAUSE, RECENT, Undoing, patiently

_ASKING = 120  # seconds for which CloudFormation is asked which way it goes
_GIVING_BACK = 600  # seconds for which it is tried to give an alias back


@dataclass(frozen=True)
class Gatekeeper:
    """Answers for aliases. `machine` runs rollouts, and `waiter` waits for those of the gate.

    `foreign`: functions of other stacks may be released.
    """

    machine: str
    waiter: str
    executions: Executions
    aliases: Aliases
    versions: Versions
    stacks: Stacks
    undoing: Undoing
    foreign: bool = False

    @property
    def home(self) -> Home:
        """The account and region in which all of this is."""
        return replace(Home.of(self.machine), web=WEB)

    def hear(self, event: Mapping[str, Any], *, last: bool = False) -> Answer | None:
        """Answer an event; None where a waiter will, once the rollout has ended.

        With `last`, nothing is begun any more: the gate itself could not run.
        """
        address = address_of(event)
        if kind_of(event) == "Delete":
            return self._deleted(address, event)
        try:
            asked = asked_of(event, self.home)
        except InvalidInput as problem:
            return refused(address, f"InvalidInput: {problem}")
        try:
            found = self._found(asked)
        except AwsUnavailable:
            raise
        except Exception as error:  # most likely it is denied
            return self._untouchable(asked, error)
        if asked.kind == "Create" and not any(found.values()):
            return granted(asked, "CloudFormation makes the alias")
        standing = self._standing(address)
        direction = direction_of(asked, found, standing, self.stacks.events(address.stack))
        logger.info("asked", extra={"direction": direction, "standing": standing})
        return self._towards(direction, asked, standing, event, last=last)

    def _towards(
        self,
        direction: Direction,
        asked: Asked,
        standing: Standing | None,
        event: Mapping[str, Any],
        *,
        last: bool,
    ) -> Answer | None:
        if direction == "back":
            return patiently(lambda: self._back(asked), _GIVING_BACK)
        if direction in ("nobody", "late"):
            if self._are_whole(asked):
                return granted(asked, _WHOLE)
            return refused(asked.address, _NOBODY, asked.physical)
        if asked.mode == "direct":
            return granted(asked, _DIRECT)
        if self.undoing.knows(asked.address):
            return None
        self.undoing.stop(asked.address, looks=1)
        if self._are_whole(asked):
            return granted(asked, _WHOLE)
        if last:
            return refused(asked.address, f"the gate could not run; {DIRECT}", asked.physical)
        return self._release(asked, standing, event)

    def _found(self, asked: Asked) -> dict[Wanted, Alias | None]:
        return {one: self.aliases.read(one.function, one.alias) for one in asked.members}

    def _untouchable(self, asked: Asked, error: Exception) -> Answer:
        """Release nothing that may not be read; what never was touched need not go back."""
        standing = self._standing(asked.address)
        if standing is not None and standing.goes_back:
            self.undoing.stop(asked.address, looks=LOOKS)
            if self._is_touched(asked):
                begun = f"the alias may not be read any more, and its rollout had begun ({error})"
                return refused(asked.address, begun, asked.physical)
            return granted(asked, "the alias may not be read, and was not touched")
        if asked.mode == "direct":
            return granted(asked, _DIRECT)
        why_not = f"the alias cannot be read, maybe by FunctionNamePattern ({error}); {DIRECT}"
        return refused(asked.address, why_not, asked.physical)

    def _is_touched(self, asked: Asked) -> bool:
        """Tell whether a rollout to another version has begun that has not said it went back."""
        since, address = time.time() - RECENT, asked.address
        newest = self.executions.newest(self.waiter, prefix_of(address), since)
        waiter = self.executions.described(newest) if newest else None
        if waiter is None or asked_of(waiter.given["event"], self.home).members == asked.members:
            return False
        rollout = self.executions.described(execution_of(self.machine, waiter.given["name"]))
        return rollout is not None and not has_given_back(rollout)

    def _are_whole(self, asked: Asked) -> bool:
        """Tell whether nothing is left to do; an alias that is not there CloudFormation makes."""
        found = self._found(asked)
        return all(alias is None or is_whole(one, alias) for one, alias in found.items())

    def _standing(self, address: Address, patience: float = _ASKING) -> Standing | None:
        """Ask how stack and resource stand; None where CloudFormation does not answer."""

        def ask() -> Standing:
            standing = self.stacks.standing(address.stack, address.resource)
            for _ in range(LOOKS - 1):
                if standing.waits:
                    break
                time.sleep(PAUSE)
                standing = self.stacks.standing(address.stack, address.resource)
            return standing

        try:
            return patiently(ask, patience)
        except Exception:
            logger.exception("nobody knows which way the stack goes")
            return None

    def _release(
        self, asked: Asked, standing: Standing | None, event: Mapping[str, Any]
    ) -> Answer | None:
        """Have a rollout begun, or refuse it with all that speaks against it."""
        from domain.input.parse import parse  # here: only what releases needs them
        from domain.input.texts import typed

        found = self._found(asked)
        members = [one for one in asked.members if found[one]]
        now = time.time()
        left = seconds_for(asked, standing, now)
        problems = [*problems_of_properties(asked), *self._foreign(asked, members, standing)]
        rollout: dict[str, Any] = {}
        if not problems:
            rollout = input_of(asked, members, typed(asked.rollout))
            try:
                settings = parse(rollout, self.home).settings
                problems = problems_of_time(settings, left, asked, standing)
            except InvalidInput as problem:
                problems = [str(problem)]
        if problems:
            return refused(
                asked.address, f"InvalidInput: {joined(problems, 'the rollout')}", asked.physical
            )
        name = name_of(asked.address, standing.since if standing else 0)
        order = {
            "name": name,
            "seconds": left,
            "input": rollout,
            "event": _remembered(event),
            "before": remembered(found),
        }
        self.executions.start(self.waiter, name, order)
        return None

    def _foreign(self, asked: Asked, members: list[Wanted], standing: Standing | None) -> list[str]:
        """List what belongs to others: aliases that this stack would make, functions of others."""
        problems = []
        if standing and standing.express:
            problems.append("the stack is deployed in EXPRESS mode, which waits for no rollout")
        for one in members:
            known = (one.function, one.alias) in asked.before
            if not known and not self.stacks.has(
                asked.address.stack, f"{self._arn(one)}:{one.alias}"
            ):
                problems.append(
                    f"alias {one.name} is there, and is not this stack's: delete it, or import it "
                    "into the stack"
                )
            if owner := self._owner(asked, one):
                problems.append(f"function {one.function} belongs to another stack, {owner}")
        return problems

    def _arn(self, wanted: Wanted) -> str:
        _, partition, *_ = self.machine.split(":")
        home = f"{self.home.region}:{self.home.account}"
        return f"arn:{partition}:lambda:{home}:function:{wanted.function}"

    def _owner(self, asked: Asked, wanted: Wanted) -> str | None:
        """Return the id of the stack to which the function belongs, where that is another's."""
        if self.foreign:
            return None
        owner = self.versions.tags(self._arn(wanted)).get("aws:cloudformation:stack-id")
        return owner if owner != asked.address.stack else None

    def _back(self, asked: Asked) -> Answer:
        """Give every alias back, at once, whatever of ours is under way.

        Those of others' functions never were released from here.
        """
        self.undoing.stop(asked.address, looks=LOOKS)
        stands = []
        for one in asked.members:
            if owner := self._owner(asked, one):
                stands.append(f"{one.name} stays: its function belongs to another stack, {owner}")
            else:
                self.undoing.route(one, asked.address)
                stands.append(f"{one.name} is at version {one.version}")
        return granted(asked, "; ".join(["the stack goes back", *stands]))

    def _deleted(self, address: Address, event: Mapping[str, Any]) -> Answer:
        """Let the resource go, always. The alias stays, but in a rollback not on a new version."""
        try:
            standing = self.stacks.standing(address.stack, address.resource)
            if standing and standing.lets_go:
                self.undoing.stop(address, looks=1)
            if standing and standing.goes_back:
                self.undoing.demote(asked_of(event, self.home))
        except Exception:  # the guard goes on
            logger.exception("not stopped")
        return Answer("SUCCESS", "nothing is deleted", address.physical or "none")

    def conclude(self, order: Mapping[str, Any]) -> Answer:
        """Say how the rollout ended for which a waiter has waited; one that runs is stopped."""
        asked = asked_of(order["event"], self.home)
        arn = execution_of(self.machine, order["name"])
        rollout = self.executions.described(arn)
        if rollout is None or rollout.status != "SUCCEEDED":
            if rollout is not None:
                self.undoing.end(arn)
            if asked.kind == "Create" and rollout is not None and not has_given_back(rollout):
                self.undoing.demote(asked)  # a new resource is asked for no older version
            return self._failed(asked, why(rollout, order.get("trouble")))
        standing = self._standing(asked.address, patience=10)
        if standing is not None and (standing.goes_back or not standing.waits):
            if standing.goes_back:
                self.undoing.demote(asked)
            return self._failed(asked, "the stack does not wait for this rollout any more")
        if not self._are_whole(asked):
            return self._failed(asked, "the alias was changed after the rollout had promoted it")
        return granted(asked, f"released by {arn}")

    def _failed(self, asked: Asked, reason: str) -> Answer:
        return refused(asked.address, reason, asked.physical)


_DIRECT = "Mode: direct; CloudFormation moves the alias"
_WHOLE = "the alias routes everything to this version already"
_NOBODY = "the stack does not wait for this; nothing was changed"


def _remembered(event: Mapping[str, Any]) -> dict[str, Any]:
    """Keep as much of an event as its answer takes."""
    properties = {
        name: value for name, value in event["ResourceProperties"].items() if name != "Rollout"
    }
    kept = {name: value for name, value in event.items() if name != "OldResourceProperties"}
    return {**kept, "ResourceProperties": properties}
