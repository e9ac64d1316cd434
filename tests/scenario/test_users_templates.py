"""Applications as their teams have them: each template released, taken back, mended, again."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.long import long, parametrize
from tests.scenario.team import Asked, Teams
from tests.served import README
from tests.unit.macro.templates import ROOT, TEMPLATES

EXAMPLES = ROOT / "examples"
USERS: dict[str, Path] = {
    "sam": EXAMPLES / "sam" / "template.yaml",
    "group": TEMPLATES / "group.yaml",
    "preference": TEMPLATES / "preference.yaml",
    "hooks": TEMPLATES / "hooks.yaml",
    "cdk": EXAMPLES / "cdk" / "synthesised.json",
    "by-hand": TEMPLATES / "by-hand.yaml",
    "conditions": TEMPLATES / "conditions.yaml",
    "serverless": EXAMPLES / "serverless" / "packaged.json",
}
NUMBERS = r"HealthCheckFailed: judge: \S+: canary (\d+) of \1 calls failed, baseline 0 of \d+ "
FIRING = r"HealthCheckFailed: alarm: \S*Errors\S*: firing, at 10 %"  # if that is sooner
OLD, NEW = {"200 first"}, {"200 second"}
HEALTHY = "pass"
# Of a group one function alone is bad. `items` has the call that a check of a template makes.
BAD = "if 'heckout' in context.function_name and 'items' not in (event or {}): raise ValueError"


PLAIN = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Checkout:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: code/
      AutoPublishAlias: live
      FunctionUrlConfig: {AuthType: NONE}
  CheckoutErrors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref Checkout}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 10
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
Outputs:
  Url: {Value: !GetAtt CheckoutUrl.FunctionUrl}
"""


@pytest.mark.proves("F100", "F101")
@parametrize("user", USERS, short=1)
def test_a_team_releases_and_its_bad_build_goes_back_twice_and_its_fix_through(
    teams: Teams, user: str
) -> None:
    team = teams.of(USERS[user])
    assert team.deploys(HEALTHY, "first") == "CREATE_COMPLETE"
    assert (team.versions(), team.rollouts()) == ({"1"}, [])
    team.is_called()

    assert team.deploys(HEALTHY, "second") == "UPDATE_COMPLETE"
    gates = len(team.rollouts())
    assert team.versions() == {"2"}

    for times in (1, 2):  # the same build again is another rollout
        assert team.deploys(BAD, "bad") == "UPDATE_ROLLBACK_COMPLETE"
        assert team.versions() == {"2"}
        assert len(team.rollouts()) == (times + 1) * gates
        assert re.search(f"{NUMBERS}|{FIRING}", team.reason()), team.reason()
        # A second gate has a rollout to stop first, of which a shift may be in flight.
        assert team.stack.events[-1].at - team.verdict_at() < (60 if gates == 1 else 180)
        teams.world.sandbox.run_for(300)  # until no alarm fires any more

    assert team.deploys(HEALTHY, "fixed") == "UPDATE_COMPLETE"
    assert team.versions().isdisjoint({"1", "2"})


@long
def test_triggers_call_the_alias_before_in_and_after_a_release(teams: Teams) -> None:
    team, sandbox = teams.of(TEMPLATES / "triggers.yaml"), teams.world.sandbox
    assert team.deploys(HEALTHY, "first") == "CREATE_COMPLETE"
    calls = Counter[str | None]()
    sandbox.signals.invoked.append(lambda call: calls.update([call.alias]))
    asked = Asked(team, Url="GET", Api="POST")
    orders = asked.orders("Orders")
    sandbox.run_for(60)
    assert asked.answers() == {"Url": OLD, "Api": OLD}

    assert team.deploys(HEALTHY, "second") == "UPDATE_COMPLETE"
    assert asked.answers() == {"Url": OLD | NEW, "Api": OLD | NEW}
    sandbox.run_for(60)
    assert asked.answers() == {"Url": NEW, "Api": NEW}

    assert team.deploys(BAD, "bad") == "UPDATE_ROLLBACK_COMPLETE"
    assert re.search(NUMBERS, team.reason()), team.reason()
    seen = asked.answers()
    assert seen["Url"] > NEW
    assert seen["Api"] > NEW
    assert {answer[:3] for answers in seen.values() for answer in answers} == {"200", "502"}
    sandbox.run_for(60)
    assert asked.answers() == {"Url": NEW, "Api": NEW}

    orders.stop()
    sandbox.run_for(120)  # what failed is delivered again
    assert calls["live"] >= sum(callers.calls for callers in team.callers) > 900
    assert sandbox.queue(team.stack.resources["Orders"].attributes["Arn"]) == []


@parametrize("way_out", ["without the lines", "gate: false"], short=1)
def test_the_readmes_lines_are_put_in_and_taken_out_and_no_caller_notices(
    teams: Teams, way_out: str
) -> None:
    team, sandbox = teams.of(TEMPLATES / "triggers.yaml"), teams.world.sandbox
    recipe = README.partition("**Release by `sam deploy`.**")[2].partition("```yaml\n")[2]
    lines = recipe.partition("```")[0]
    gated = PLAIN.replace("Transform: AWS::Serverless-2016-10-31\n", lines)
    assert lines.count("\n") == gated.count("\n") - PLAIN.count("\n") + 1 == 4
    team.template.write_text(PLAIN)
    assert team.deploys(HEALTHY, "first") == "CREATE_COMPLETE"
    asked = Asked(team, Url="GET")

    team.template.write_text(gated)
    assert team.deploys(HEALTHY, "first") == "UPDATE_COMPLETE"
    assert (team.gates(), team.versions(), team.rollouts()) == (1, {"1"}, [])
    assert team.deploys(HEALTHY, "second") == "UPDATE_COMPLETE"
    assert (team.versions(), len(team.rollouts())) == ({"2"}, 1)
    assert asked.answers() == {"Url": OLD | NEW}

    revision = team.revision()
    out = (
        PLAIN
        if way_out == "without the lines"
        else gated.replace("{alarms", "{gate: false, alarms")
    )
    team.template.write_text(out)
    assert team.deploys(HEALTHY, "second") == "UPDATE_COMPLETE"
    sandbox.run_for(60)
    assert (team.gates(), team.versions(), team.revision()) == (0, {"2"}, revision)
    assert asked.answers() == {"Url": NEW}
    assert team.deploys(HEALTHY, "third") == "UPDATE_COMPLETE"  # at once, as before
    assert (team.versions(), len(team.rollouts())) == ({"3"}, 1)
