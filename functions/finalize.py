"""Finalize: promote the new versions, now that every check has passed."""

import time

import app
from domain.ending.outcome import success
from domain.model.alias import created, order_of_promotion, promoted
from domain.model.member import Creating, Member, Shifting
from domain.model.state import State
from move import move
from ports import Aliases
from runtime import task


def finalize(state: State, aliases: Aliases) -> State:
    """Route everything to the new versions, and create the aliases that were not there.

    Raises AliasChanged where somebody else changed an alias's routing.
    """

    def promote(member: Shifting | Creating) -> Member:
        function, alias = member["function"], member["alias"]
        if member["part"] == "create":
            wanted = created(member, state["execution"]["id"])
            return {**member, "revision": aliases.create(function, alias, wanted)}
        return move(state, member, promoted, aliases)

    in_turn = order_of_promotion(state["members"])
    done = {(member["function"], member["alias"]): promote(member) for member in in_turn}
    members = [done.get((one["function"], one["alias"]), one) for one in state["members"]]
    after: State = {**state, "members": members, "next": "succeed"}
    return {**after, "result": success(after, time.time())}


app.ready(app.aliases)
handler = task(lambda state: finalize(state, app.aliases()))
