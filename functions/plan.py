"""Plan: parse the input, look at the account, and lay out the rollout. Changes nothing."""

import os
from dataclasses import replace

from botocore.exceptions import ClientError

from adapters.aliases import Aliases
from adapters.cloudwatch import CloudWatch
from adapters.versions import Versions
from clients import cloudwatch_client, lambda_client, stepfunctions_client
from domain.alias import Routing, marked_by
from domain.checks import alarm
from domain.errors import PreflightFailed
from domain.naming import Home
from domain.parse import parse
from domain.plan import begin
from domain.preflight import Facts, is_there, problems_of_alarms, problems_of_request
from domain.problems import joined
from domain.request import Wanted
from domain.state import State
from runtime import ITSELF, WEB, task


def plan(state: State, aliases: Aliases, versions: Versions, cloudwatch: CloudWatch) -> State:
    """Raises InvalidInput or PreflightFailed, each with all that is wrong."""
    home = replace(Home.of(state["execution"]["id"]), web=WEB, itself=ITSELF)
    request = parse(state["input"], home, ORDERS_PREFIX)
    facts = {wanted: _facts(wanted, aliases, versions) for wanted in request.wanted}
    idle = all(is_there(wanted, found) for wanted, found in facts.items())
    names = [] if idle else alarm.named_in(request.settings["checks"])
    alarms = cloudwatch.alarms(names)
    problems = [
        *problems_of_request(request, facts),
        *problems_of_alarms(names, alarms, ignore=request.ignore_firing_alarms),
    ]
    if problems:
        raise PreflightFailed(joined(problems, "the account"))
    firing = [name for name, found in alarms.items() if found == "ALARM"]
    return begin(state, request, facts, firing)


def _facts(wanted: Wanted, aliases: Aliases, versions: Versions) -> Facts:
    latest = versions.facts(wanted.function)
    if latest is None:
        return Facts(exists=False)
    canary = versions.facts(wanted.function, wanted.version) if wanted.version else latest
    alias = aliases.read(wanted.function, wanted.alias)
    if alias is None:
        return Facts(exists=True, canary=canary)
    return Facts(
        exists=True,
        alias=alias,
        baseline=versions.facts(wanted.function, alias.routing.version),
        canary=canary,
        provisioned=versions.provisioned(wanted.function, wanted.alias),
        rollout=rollout_status(alias.routing),
    )


def rollout_status(routing: Routing) -> str:
    """How the execution stands that has weighted an alias: `RUNNING` or how it ended.

    Empty where there is none, and where nobody knows, as of another stack's.
    """
    if not routing.weights or marked_by(routing.description) != "execution":
        return ""
    from adapters.executions import Executions

    try:
        return Executions(stepfunctions_client()).status(routing.description)[0]
    except ClientError:
        return ""


ORDERS_PREFIX = f"/{os.environ['ORDERS_PREFIX']}"
_ALIASES, _VERSIONS = Aliases(lambda_client()), Versions(lambda_client())
_CLOUDWATCH = CloudWatch(cloudwatch_client())
handler = task(lambda state: plan(state, _ALIASES, _VERSIONS, _CLOUDWATCH))
