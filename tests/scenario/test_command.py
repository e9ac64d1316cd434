"""`lambda-canary`, the command, against the sandbox: what it does, says and exits with."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lambda_canary.account import Account
from lambda_canary.commands import main
from lambda_canary.following import PACE, PATIENCE
from sandbox.kernel.faults import FOREVER, OPERATOR
from tests.long import parametrize
from tests.sandbox import given
from tests.scenario.observed import Released
from tests.scenario.test_rights import OPERATOR as STEERING
from tests.scenario.test_rights import STARTER, WATCHER, filled
from tests.scenario.world import BAD, World

QUICK = ("--weights", "10,50,100", "--interval", "120")
PROMOTED, NOT_PROMOTED, REFUSED, LOST = range(4)


@dataclass
class User:
    """Somebody at a shell, for whom the sandbox's time passes while the command waits."""

    world: World
    meanwhile: Callable[[], object] = lambda: None

    def does(self, *words: str) -> Result:
        account = Account(self.world.sandbox.client, self._sleep, self._now, "lambda-canary")
        done = CliRunner(mix_stderr=False).invoke(main, [*words], obj=account)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done

    def releases(self, released: Released, *words: str, version: str = "2") -> Result:
        target = (released.name, released.alias, "--new-version", version)
        return self.does("release", *target, *QUICK, *words)

    def _now(self) -> float:
        return float(self.world.sandbox.clock.now)

    def _sleep(self, seconds: float) -> None:
        self.world.sandbox.run_for(seconds)
        self.meanwhile()

    def asked(self, *operations: str) -> int:
        """Count the operator's own calls so far."""
        mine = [one for one in self.world.calls if one.caller == OPERATOR]
        return sum(one.operation in operations for one in mine)


LOOKS = ("DescribeExecution", "GetExecutionHistory", "ListExecutions")


@pytest.fixture
def user(world: World) -> User:
    return User(world)


def lines(done: Result) -> list[str]:
    return done.stdout.splitlines()


def events(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(done)]


def test_release_and_wait_tells_each_change_and_ends_with_0(user: User) -> None:
    checkout = user.world.given_function()
    done = user.releases(checkout, "--wait")
    assert done.exit_code == PROMOTED
    assert checkout.weights == [10, 50, 100]
    told = [line for line in lines(done) if checkout.name in line and " %" in line]
    assert re.match(r"At 10 % since \d\d:\d\d \(weight 1 of 3\): ", told[0])
    assert "; next: 50 % at " in told[0]
    assert re.fullmatch(
        rf"Promoted at \d\d:\d\d: {checkout.name} live, version 1 to 2", lines(done)[-1]
    )


def test_a_version_that_is_rolled_back_ends_with_1_and_the_cause(user: User) -> None:
    checkout = user.world.given_function(canary=BAD)
    done = user.releases(checkout, "--wait")
    assert done.exit_code == NOT_PROMOTED
    assert any(line.startswith("Rolled back at ") for line in lines(done))
    assert lines(done)[-1].startswith("HealthCheckFailed: judge: ")
    assert lines(done)[-1].endswith(f"live of {checkout.name} routes 100 % to version 1.")


def test_what_the_account_does_not_allow_ends_with_2(user: User) -> None:
    checkout = user.world.given_function()
    done = user.releases(checkout, "--wait", version="7")
    assert done.exit_code == REFUSED
    assert lines(done)[-1].startswith("PreflightFailed: ")
    assert checkout.seen == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["release", "one"], "alias-name not given"),
        (["release", "one", "live", "--steps", "few"], "--steps few: cannot be read"),
        (["release", "one", "live", "--dry-run", "maybe"], "--dry-run maybe: cannot be read"),
        (["release", "--input", "/nowhere.json"], "/nowhere.json: No such file or directory"),
        (["release", "one", "live", "--name", "no/name"], "no/name cannot be a rollout's name"),
        (["watch", "nobody"], "there is no rollout nobody"),
        (["report", "nobody"], "there is no rollout nobody"),
        (["pause", "nobody"], "there is no rollout nobody"),
        (["status", "--stack", "another"], "there is no stack another"),
        (["undo", "never-released", "live"], "no promotion of never-released live is known"),
    ],
)
def test_what_cannot_be_names_the_cause_and_what_to_do(
    user: User, words: list[str], said: str
) -> None:
    account_free = "another" in words
    done = user.does(*words) if not account_free else in_stack(user, "another", "status")
    assert done.exit_code == REFUSED
    cause, then = done.stderr.splitlines()
    assert cause.startswith(f"lambda-canary: {said}")
    assert then.startswith("Next: ")
    assert user.asked("PutParameter") == 0


def in_stack(user: User, stack: str, *words: str) -> Result:
    account = Account(user.world.sandbox.client, lambda _: None, lambda: 0.0, stack)
    return CliRunner(mix_stderr=False).invoke(main, [*words], obj=account)


def test_an_input_file_is_taken_and_options_go_above_it(user: User, tmp_path: Any) -> None:
    checkout = user.world.given_function()
    file = tmp_path / "input.json"
    whole = {"function-name": checkout.name, "alias-name": "live", "new-version": 2, "steps": 4}
    file.write_text(json.dumps(whole))
    done = user.does("plan", "--input", str(file), "--steps", "2", "--json")
    [plan] = events(done)
    assert [step["weight"] for step in plan["steps"]] == [50, 100]


def test_a_file_that_is_no_input(user: User, tmp_path: Any) -> None:
    for text, said in (("{", "is not JSON"), ("[]", "is no JSON object")):
        file = tmp_path / "input.json"
        file.write_text(text)
        done = user.does("release", "--input", str(file))
        assert done.exit_code == REFUSED
        assert said in done.stderr


def test_a_name_that_is_taken_is_refused(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "taken")
    done = user.releases(checkout, "--name", "taken", "--max-hold", "7")
    assert done.exit_code == REFUSED
    assert "there is or was a rollout taken" in done.stderr
    user.does("roll-back", "taken")


def test_a_plan_is_drawn_and_changes_nothing(user: User) -> None:
    checkout = user.world.given_function()
    done = user.does("plan", checkout.name, "live", "--new-version", "2", *QUICK)
    assert done.exit_code == PROMOTED
    assert lines(done)[0] == "Planned, nothing has changed"
    assert [line.split()[0] for line in lines(done) if " % " in line] == ["10", "50", "100"]
    assert checkout.seen == []
    done = user.does("plan", checkout.name, "live", "--new-version", "7", *QUICK)
    assert done.exit_code == REFUSED
    assert lines(done)[0].startswith("Refused at ")


def test_status_draws_what_is_under_way_by_two_calls_each(user: User) -> None:
    group = [user.world.given_function(name) for name in ("one", "two")]
    for at, one in enumerate(group):
        user.releases(one, "--name", f"status-{at}")
    user.world.when_at(50, group[1])
    before = user.asked(*LOOKS)
    done = user.does("status", "--json")
    running = [one for one in events(done) if not one["over"]]
    assert [one["name"] for one in running] == ["status-0", "status-1"]
    assert [one["weight"] for one in running] == [50, 50]
    ended = len(events(done)) - len(running)
    lists = 2
    assert user.asked(*LOOKS) - before <= lists + 2 * (len(running) + ended)
    drawn = user.does("status")
    assert f"status-0: {group[0].name} live, version 1 to 2" in lines(drawn)
    assert any(re.match(r">\s+50 % \S+\s+\d\d:\d\d", line) for line in lines(drawn))
    for at in range(2):
        assert user.does("roll-back", f"status-{at}").exit_code == PROMOTED
    assert "No rollout is under way." in user.does("status", "--all").stdout
    assert re.search(r"Rolled back at .*\[status-1\]", user.does("status", "--all").stdout)


def test_watching_makes_no_more_than_a_call_in_two_seconds(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "watched")
    began, before = user.world.sandbox.clock.now, user.asked(*LOOKS)
    done = user.does("watch", "watched")
    assert done.exit_code == PROMOTED
    seconds = user.world.sandbox.clock.now - began
    assert user.asked(*LOOKS) - before <= seconds / PACE + 4


def test_orders_wait_until_they_are_obeyed(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "steered", "--approvals", "50")
    user.world.when_at(10, checkout)
    done = user.does("pause", "steered")
    assert done.exit_code == PROMOTED
    assert "Obeyed: pause. Paused at 10 %" in done.stderr
    assert "Obeyed: resume. " in user.does("resume", "steered").stderr
    user.world.when_at(50, checkout)
    user.world.sandbox.run_for(180)
    assert "Obeyed: approve. " in user.does("approve", "steered").stderr
    user.world.when_at(100, checkout)
    assert "Obeyed: promote. " in user.does("promote", "steered").stderr
    assert user.does("watch", "steered").exit_code == PROMOTED
    done = user.does("pause", "steered")
    assert done.exit_code == NOT_PROMOTED
    assert "steered is over: Promoted at " in done.stderr


def test_a_roll_back_is_waited_for_until_the_alias_is_back(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "unwanted")
    user.world.when_at(50, checkout)
    done = user.does("roll-back", "unwanted")
    assert done.exit_code == PROMOTED
    assert "RolledBackByOperator: an operator ordered roll-back" in done.stdout
    assert checkout.now is not None
    assert (checkout.now.version, checkout.now.weights) == ("1", {})


def test_an_order_that_would_be_refused_is_not_written(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "content")
    user.world.when_at(10, checkout)
    done = user.does("approve", "content")
    assert done.exit_code == NOT_PROMOTED
    assert "approve is not given: nothing waits for approval at 10 %" in done.stderr
    assert user.asked("PutParameter") == 0
    user.does("roll-back", "content")


def test_an_order_that_is_refused_after_all_is_told(user: User) -> None:
    """Somebody else ends the pause in the second before."""
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "contended")
    user.world.when_at(10, checkout)
    user.does("pause", "contended")
    user.world.when_ordered("resume", checkout)
    done = user.does("resume", "contended")
    assert done.exit_code == NOT_PROMOTED
    assert "resume contended was not obeyed, and the topic was told why" in done.stderr
    user.does("roll-back", "contended")


def test_a_promotion_is_taken_back_once_and_only_as_it_was_left(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "regretted", "--wait", "--json")
    done = user.does("undo", checkout.name, "live")
    assert done.exit_code == PROMOTED
    assert f"Takes back regretted: {checkout.name} live to version 1." in done.stderr
    assert checkout.now is not None
    assert (checkout.now.version, checkout.now.weights) == ("1", {})
    user.world.functions.update_alias(FunctionName=checkout.name, Name="live", FunctionVersion="2")
    done = user.does("undo", checkout.name, "live")
    assert done.exit_code == REFUSED
    assert f"{checkout.name} live is at version 2 now, not at 1, to which undo-" in done.stderr
    assert checkout.now.version == "2"


def test_an_alias_that_a_rollout_made_has_nothing_to_go_back_to(user: User) -> None:
    name = given.function(user.world.sandbox, "made", "def handler(event, context): pass")
    done = user.does("release", name, "live", "--wait")
    assert done.exit_code == PROMOTED
    assert lines(done)[-1].startswith("Created at ")
    done = user.does("undo", name, "live")
    assert done.exit_code == REFUSED
    assert f"created {name} live: there is no version before it" in done.stderr


def test_an_interrupted_wait_says_that_the_rollout_goes_on(user: User) -> None:
    checkout = user.world.given_function()

    def interrupt() -> None:
        if checkout.weights:
            raise KeyboardInterrupt

    user.meanwhile = interrupt
    done = user.releases(checkout, "--name", "long", "--wait")
    assert done.exit_code == LOST
    assert "The rollout long goes on.\n" in done.stderr
    assert "lambda-canary roll-back long" in done.stderr
    user.meanwhile = lambda: None
    assert user.does("watch", "long").exit_code == PROMOTED


def test_an_order_stands_though_its_wait_is_interrupted(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "ordered")
    user.world.when_at(10, checkout)

    def interrupt() -> None:
        raise KeyboardInterrupt

    user.meanwhile = interrupt
    done = user.does("roll-back", "ordered")
    assert done.exit_code == LOST
    assert "The order stands: roll-back ordered.\n" in done.stderr
    assert "Next: " not in done.stderr
    user.meanwhile = lambda: None
    assert user.does("watch", "ordered").exit_code == NOT_PROMOTED


def test_a_connection_that_breaks_is_waited_for(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "far")
    user.world.faults.on_call(
        "stepfunctions", "GetExecutionHistory", caller=OPERATOR, error="ConnectionClosed",
        skip=3, times=20,
    )  # fmt: skip
    done = user.does("watch", "far")
    assert done.exit_code == PROMOTED
    assert done.stderr.count("Trying again ...") == 1


def test_a_rollout_without_an_answer_is_lost_sight_of_and_goes_on(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "away", "--max-hold", "600")
    user.world.faults.on_call(
        "stepfunctions", "GetExecutionHistory", caller=OPERATOR, error="ConnectionClosed",
        skip=1, times=FOREVER,
    )  # fmt: skip
    began = user.world.sandbox.clock.now
    done = user.does("watch", "away")
    assert done.exit_code == LOST
    assert user.world.sandbox.clock.now - began >= PATIENCE
    assert "lost sight of it: " in done.stderr
    assert "The rollout away goes on.\n" in done.stderr


def test_credentials_that_expire_are_named(user: User) -> None:
    checkout = user.world.given_function()
    user.world.faults.on_call(
        "stepfunctions", "GetExecutionHistory", caller=OPERATOR, error="ExpiredTokenException",
        skip=2, times=FOREVER,
    )  # fmt: skip
    done = user.releases(checkout, "--name", "overnight", "--wait")
    assert done.exit_code == LOST
    assert "the credentials have expired" in done.stderr
    assert "log in again" in done.stderr
    assert "The rollout overnight goes on.\n" in done.stderr


def test_a_rollout_that_is_stopped_is_not_called_rolled_back(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "stopped")
    user.world.when_at(10, checkout)
    arn = f"{user.world.machine.replace(':stateMachine:', ':execution:')}:stopped"
    user.world.when_stopped(arn)
    done = user.does("watch", "stopped")
    assert done.exit_code == LOST
    assert re.match(r"Stopped by hand at \d\d:\d\d, midway at 10 %: ", lines(done)[0])
    assert "the guard looks at it within minutes" in lines(done)[0]
    assert "olled back" not in done.stdout


def test_a_report_has_what_was_decided_and_no_markup_of_others(user: User) -> None:
    checkout = user.world.given_function(canary=BAD)
    user.releases(checkout, "--name", "reported", "--wait")
    done = user.does("report", "reported")
    assert done.exit_code == PROMOTED
    assert lines(done)[0].startswith("## Rolled back at 20")
    assert f"| {checkout.name} | live | 1 | 2 |" in lines(done)
    [judged] = [line for line in lines(done) if line.startswith("| judge | fail | ")]
    assert judged.endswith("(rolls back at 2) |")
    whole = json.loads(user.does("report", "reported", "--format", "json").stdout)
    assert whole["phase"] == "rolled-back"
    assert whole["standings"] == [f"live of {checkout.name} routes 100 % to version 1"]


@parametrize(
    ("policies", "words"),
    [
        ([WATCHER], ["status"]),
        ([WATCHER], ["watch", "NAME"]),
        ([WATCHER], ["report", "NAME"]),
        ([STARTER, WATCHER], ["plan", "FUNCTION", "live", "--new-version", "2"]),
        (
            [STARTER, WATCHER],
            ["release", "FUNCTION", "live", "--new-version", "2", "--wait", *QUICK],
        ),
        ([STEERING, WATCHER], ["roll-back", "NAME"]),
    ],
    short=1,
)
def test_the_documented_policies_are_enough_for_each_command(
    user: User, policies: list[str], words: list[str]
) -> None:
    world, checkout = user.world, user.world.given_function()
    name = f"by-{words[0]}"
    if "NAME" in words:
        user.releases(checkout, "--name", name)
    allowed = [one for text in policies for one in filled(world, text)["Statement"]]
    who = given.role(world.sandbox, name, *allowed)
    named = {"NAME": name, "FUNCTION": checkout.name}
    with world.sandbox.acting_as(who):
        done = user.does(*(named.get(word, word) for word in words))
    assert done.exit_code == PROMOTED, done.output
    if words == ["status"]:
        user.does("roll-back", name)


def test_who_may_not_look_is_told_which_right_is_missing(user: User) -> None:
    checkout = user.world.given_function()
    user.releases(checkout, "--name", "secret")
    starter = given.role(
        user.world.sandbox, "starter-only", *filled(user.world, STARTER)["Statement"]
    )
    arn = f"{user.world.machine.replace(':stateMachine:', ':execution:')}:secret"
    with user.world.sandbox.acting_as(starter):
        done = user.does("watch", arn)
    assert done.exit_code == LOST
    assert "not authorized to perform: states:GetExecutionHistory" in done.stderr
    assert '"Who may release" in docs/operating.md' in done.stderr
    user.does("roll-back", "secret")
