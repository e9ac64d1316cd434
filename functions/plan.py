"""Plan: parse the input, look at the account, and lay out the rollout. Changes nothing."""

import os
from dataclasses import replace

import app
from account import facts_of
from domain.checks.registry import needs_of
from domain.input.parse import parse
from domain.model.errors import PreflightFailed
from domain.model.naming import Home
from domain.model.state import State
from domain.model.text import joined
from domain.planning.plan import begin
from domain.planning.preflight import (
    is_there,
    problems_of_alarms,
    problems_of_asked,
    problems_of_request,
)
from ports import Aliases, CloudWatch, Versions
from runtime import ITSELF, WEB, task


def plan(state: State, aliases: Aliases, versions: Versions, cloudwatch: CloudWatch) -> State:
    """Plan the rollout. Raises InvalidInput or PreflightFailed, each with all that is wrong."""
    home = replace(Home.of(state["execution"]["id"]), web=WEB, itself=ITSELF)
    request = parse(state["input"], home, ORDERS_PREFIX)
    facts = {target: facts_of(target, aliases, versions) for target in request.targets}
    idle = all(is_there(target, found) for target, found in facts.items())
    needs, hooks = needs_of(request.settings["checks"]), request.settings["hooks"].values()
    names = [] if idle else needs.alarms
    alarms = cloudwatch.alarms(names)
    asked = dict.fromkeys([*(hook["function"] for hook in hooks), *needs.functions])
    exists = {} if idle else {name: versions.exists(name) for name in asked}
    problems = [
        *problems_of_request(request, facts),
        *problems_of_asked(exists),
        *problems_of_alarms(names, alarms, ignore=request.ignore_firing_alarms),
    ]
    if problems:
        raise PreflightFailed(joined(problems, "the account"))
    firing = [name for name, found in alarms.items() if found == "ALARM"]
    return begin(state, request, facts, firing)


ORDERS_PREFIX = f"/{os.environ['ORDERS_PREFIX']}"
app.ready(app.aliases, app.versions, app.cloudwatch)
handler = task(lambda state: plan(state, app.aliases(), app.versions(), app.cloudwatch()))
