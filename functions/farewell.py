"""The end of every rollout, before the state machines that run them go."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import get_args

from domain.model.alias import AliasStatus
from domain.model.naming import execution_of
from domain.recovery.farewell import CAUSE, QUIET, RECENT, TRYING, Left, Machines
from domain.recovery.guard import Bad
from ports import Executions
from repair import Repair
from runtime import logger

_PAUSE = 10  # seconds between two looks


@dataclass(frozen=True)
class Farewell:
    """Ends what runs on these machines, and has the aliases given back as the guard does.

    Everything is listed anew at each look: what AWS lists may be seconds old, and somebody may
    start another rollout meanwhile. `calls` counts the rollouts in one call that may be under way
    or killed, until GuardCall has looked after them.
    """

    machines: Machines
    executions: Executions
    repair: Repair
    calls: Callable[[], int]
    _whole: set[str] = field(default_factory=set)
    _waited: set[str] = field(default_factory=set)  # for what it had in flight, and told of

    def until_quiet(self, began: float, ends: float) -> Left:
        """Go on until nothing has been left for a while, or until `ends`; what is left then.

        What cannot be given back is tried for some minutes since it `began`.
        """
        quiet = None
        while True:
            left, now = self._tried(ends), time.time()
            logger.info("looked", extra={"stranded": left.stranded, "busy": left.busy})
            if not left:
                quiet = quiet or now
                if now - quiet >= QUIET:
                    return left
            else:
                quiet = None
                if now >= ends or (left.stranded and now >= began + TRYING):
                    return left
            time.sleep(_PAUSE)

    def _tried(self, ends: float) -> Left:
        try:
            return self._look(ends)
        except Exception as error:  # which must not keep CloudFormation from its answer
            logger.exception("not looked")
            return Left(stranded=(f"nobody can tell what is left ({error})",))

    def _look(self, ends: float) -> Left:
        """Stop what runs; give back at once, and again when no write can be in flight any more."""
        stopped = self._stopped(self.machines.deploy)
        self._whole.difference_update(stopped)
        self._waited.difference_update(stopped)
        dead = {**self._dead(), **stopped}
        found: dict[str, Left] = {}
        for wait in (False, True):
            for arn, over in dead.items():
                if time.time() >= ends:
                    found[arn] = Left(busy=(f"{arn} is yet to be looked at",))
                elif arn not in self._whole and not (wait and arn in self._waited):
                    found[arn] = self._after(arn, over, wait=wait)
            self._waited.update(dead if wait else ())
        self._whole.update(arn for arn, left in found.items() if not left)
        for machine in self.machines.helpers:
            self._stopped(machine)
        busy = [one for left in found.values() for one in left.busy] + self._waited_for()
        return Left(tuple(one for left in found.values() for one in left.stranded), tuple(busy))

    def _stopped(self, machine: str) -> dict[str, float]:
        """Stop all that runs on this machine, and tell when."""
        stopped = {}
        for name in self.executions.running(machine, ""):
            arn = execution_of(machine, name)
            self.executions.stop(arn, CAUSE)
            stopped[arn] = time.time()
        return stopped

    def _dead(self) -> dict[str, float]:
        """List what has ended badly of late, and when; the longest ran at first."""
        since = time.time() - RECENT
        recent = [
            one
            for how in get_args(Bad)
            for one in self.executions.ended_badly(self.machines.deploy, how)
            if one.at >= since
        ]
        recent.sort(key=lambda one: one.lasted, reverse=True)
        return {one.arn: one.at for one in recent}

    def _after(self, arn: str, over: float, *, wait: bool) -> Left:
        try:
            statuses: list[AliasStatus] = self.repair.after(arn, wait=wait, over=over)
        except Exception as error:
            logger.exception("not looked at", extra={"execution": arn})
            return Left(stranded=(f"what {arn} left cannot be looked at ({error})",))
        return Left(stranded=tuple(one.text for one in statuses if one.stranded))

    def _waited_for(self) -> list[str]:
        """Say what ends by itself, and is waited for."""
        waiters = self.executions.running(self.machines.waiter, "")
        busy = [f"{execution_of(self.machines.waiter, name)} still answers" for name in waiters]
        if calls := self.calls():
            busy.append(
                f"rollouts in one call: {calls} may be under way, or have left aliases weighted, "
                "which GuardCallFunction goes on to give back"
            )
        return busy
