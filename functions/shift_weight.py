"""ShiftWeight: give the canary of every function of the group its next weight."""

import time

import app
from domain.model.alias import shifted
from domain.model.member import Member
from domain.model.state import State, plan_of
from domain.rollout.shift import after_shift
from move import move
from ports import Aliases
from runtime import metric, task


def shift_weight(state: State, aliases: Aliases) -> State:
    """Route the next weight to every canary of the group.

    Raises AliasChanged where somebody else changed an alias's routing since the last step.
    """
    weight = plan_of(state).weights[state["progress"]["step"]]
    execution = state["execution"]["id"]

    def shift(member: Member) -> Member:
        if member["part"] != "shift":
            return member
        moved = move(state, member, lambda one: shifted(one, weight, execution), aliases)
        function, alias = member["function"], member["alias"]
        metric("Weight", weight, "Percent", function=function, alias=alias)
        return moved

    members = [shift(member) for member in state["members"]]
    return after_shift({**state, "members": members}, weight, time.time())


app.ready(app.aliases)
handler = task(lambda state: shift_weight(state, app.aliases()))
