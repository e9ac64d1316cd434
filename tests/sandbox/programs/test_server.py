"""`make sandbox`, as its users meet it: the real `aws` command against a process of its own."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.programs.listener import MOST_CONNECTIONS
from sandbox.programs.server import COMMANDS
from sandbox.traffic import package
from tests.fuzz import Fuzz, host, problems
from tests.fuzz_stage import prepare
from tests.long import long, parametrize
from tests.raw_http import connect
from tests.served import OPERATING, README, ROOT, SECONDS, Server, documents, eventually, section


def started(directory: Path) -> Server:
    (directory / "events").symlink_to(ROOT / "events")
    return Server(directory, ready=COMMANDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = started(tmp_path_factory.mktemp("user"))
    yield server
    assert server.stop(signal.SIGTERM) == "Stopped."


@pytest.fixture
def at_version_one(server: Server) -> None:
    """MyFunction's alias, whatever rollouts were stopped before."""
    server.client("lambda").update_alias(
        FunctionName="MyFunction",
        Name="MyAlias",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {}},
    )


def test_the_commands_that_it_prints_are_the_readmes() -> None:
    assert textwrap.indent(COMMANDS, "    ") in README


@pytest.mark.proves("S9")
@pytest.mark.usefixtures("at_version_one")
def test_every_line_of_the_readmes_sandbox_section_works(server: Server) -> None:
    lines = section("The sandbox").replace("make sandbox\n", "")
    # Those of `lambda-canary`, test_served_command.py runs.
    lines = re.sub(r"^(lambda-canary |export PATH=).*\n", "", lines, flags=re.MULTILINE)
    lines = lines.replace("http://127.0.0.1:4600", server.url)
    lines = lines.replace("ARN=...", f"ARN={server.variables['STATE_MACHINE_ARN']}")
    # curl need not be installed here: other tests read the page.
    lines = lines.replace('curl "$AWS_ENDPOINT_URL/sandbox/messages"', "")
    assert len(re.findall("^aws ", lines, re.MULTILINE)) == 6

    started, alarms, alias, invoked, history, execution = documents(server.shell(lines))

    assert started["executionArn"].endswith(":first")
    assert execution["executionArn"] == started["executionArn"]
    assert execution["status"] in ("RUNNING", "SUCCEEDED")
    ids = [number for number, _ in history]
    assert ids == [ids[0] - offset for offset in range(5)]
    assert alias["Name"] == "MyAlias"
    assert invoked["ExecutedVersion"] in ("1", "2")
    payload = json.loads(server.shell("cat out.json"))
    assert payload["version"] == invoked["ExecutedVersion"]
    assert "MyFunctionErrors" in [name for name, _ in alarms]
    describe = f"stepfunctions describe-execution --execution-arn {started['executionArn']}"
    ended = eventually(lambda: server.aws(describe).get("output"))
    assert json.loads(ended)["summary"] == "MyAlias of MyFunction promoted from 1 to 2"


@parametrize(
    ("command", "listed"),
    [
        ("stepfunctions list-state-machines", "stateMachines"),
        ("sns list-topics", "Topics"),
        ("lambda list-versions-by-function --function-name MyFunction", "Versions"),
    ],
    short=1,
)
def test_what_was_deployed_can_be_listed(server: Server, command: str, listed: str) -> None:
    assert server.aws(command)[listed]


@long
def test_traffic_has_been_coming_since_before_it_was_ready(server: Server) -> None:
    ended = datetime.fromisoformat(server.page("clock")["now"])
    query = {
        "Id": "calls",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": "Invocations",
                "Dimensions": [{"Name": "FunctionName", "Value": "MyOtherFunction"}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }
    metrics = server.aws(
        "cloudwatch get-metric-data --scan-by TimestampAscending"
        f" --start-time {(ended - timedelta(minutes=10)).isoformat()}"
        f" --end-time {ended.isoformat()}"
        f" --metric-data-queries {shlex.quote(json.dumps([query]))}"
    )
    calls = metrics["MetricDataResults"][0]["Values"][1:]
    assert len(calls) >= 2
    assert all(1_000 < count < 1_400 for count in calls)


def test_time_runs_also_when_nobody_asks_for_anything_else(server: Server) -> None:
    first = server.page("clock")["now"]
    assert eventually(lambda: server.page("clock")["now"] > first)


@long
def test_a_stopped_rollouts_alias_is_given_back_and_an_alarm_says_so(server: Server) -> None:
    rollout = {
        "function-name": "MyOtherFunction",
        "alias-name": "MyAlias",
        "new-version": "2",
        "interval": 36_000,
        "check-interval": 3_600,
    }
    execution = server.aws(
        'stepfunctions start-execution --state-machine-arn "$STATE_MACHINE_ARN"'
        f" --input {shlex.quote(json.dumps(rollout))}"
    )["executionArn"]
    functions = server.client("lambda")  # the command takes half a second to ask
    alias = {"FunctionName": "MyOtherFunction", "Name": "MyAlias"}
    weighted = {"AdditionalVersionWeights": {"2": 0.1}}
    eventually(lambda: functions.get_alias(**alias).get("RoutingConfig") == weighted)

    server.aws(f"stepfunctions stop-execution --execution-arn {execution}")

    status = server.aws(f"stepfunctions describe-execution --execution-arn {execution}")["status"]
    assert status == "ABORTED"
    given_back = eventually(lambda: unweighted(functions.get_alias(**alias)))
    assert given_back["FunctionVersion"] == "1"
    told = eventually(
        lambda: [
            message
            for message in server.page("messages")
            if message["subject"].startswith("ALARM") and "Aborted" in message["subject"]
        ]
    )
    assert "stopped by hand" in told[0]["text"]
    listed = server.aws(
        'stepfunctions list-executions --state-machine-arn "$STATE_MACHINE_ARN"'
        " --status-filter ABORTED"
    )
    assert execution in [one["executionArn"] for one in listed["executions"]]


def unweighted(alias: dict[str, Any]) -> dict[str, Any] | None:
    return None if "RoutingConfig" in alias else alias


@long
@pytest.mark.usefixtures("at_version_one")
def test_the_documented_short_rollout_answers_when_it_has_ended(server: Server) -> None:
    server.client("lambda").update_function_code(FunctionName="MyFunction", ZipFile=package(99))
    server.shell(section("Short rollouts in one call", OPERATING))
    result = json.loads(server.shell("cat out.json"))
    assert result.get("status") == "SUCCEEDED", result
    assert result["functions"][0]["new-version"] == "5"
    assert "Promoted: MyFunction MyAlias" in [one["subject"] for one in server.page("messages")]


@pytest.mark.proves("S9")
@pytest.mark.usefixtures("at_version_one")
def test_others_are_answered_while_a_call_waits(server: Server) -> None:
    rollout = {
        "function-name": "MyFunction",
        "alias-name": "MyAlias",
        "new-version": "2",
        "steps": 2,
        "interval": 300,
    }
    name = server.variables["SIMPLE_DEPLOY_FUNCTION"]
    invoke = server.client("lambda").invoke
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(invoke, FunctionName=name, Payload=json.dumps(rollout))
        answered = 0
        while not waiting.done():
            server.page("clock")
            answered += 1
    assert json.load(waiting.result()["Payload"])["status"] == "SUCCEEDED"
    assert answered > 10


def test_what_the_sandbox_does_not_do_it_says_in_one_line(server: Server) -> None:
    done = server.run("aws dynamodb list-tables")
    assert done.returncode != 0
    assert done.stderr.strip() == (
        "An error occurred (SandboxNotImplemented) when calling the ListTables operation: "
        "The sandbox does not do dynamodb as it was asked for: it has cloudformation, "
        "cloudwatch, events, iam, kms, lambda, logs, s3, sns, sqs, ssm, stepfunctions, sts. "
        "docs/sandbox.md says what it models."
    )


def test_more_connections_than_it_takes_hold_up_nobody(server: Server) -> None:
    port = int(server.url.rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(2 * MOST_CONNECTIONS):
            stack.enter_context(connect(port)).sendall(b"GET /")
        assert server.page("clock")


@long
def test_requests_that_no_client_means_are_answered_and_change_nothing_else(server: Server) -> None:
    """`test_thousands_of_requests_that_no_client_means`, in brief."""
    assert problems(server, Fuzz(1, host(server), prepare(server.client)), 150) == []


def test_ctrl_c_ends_it_with_all_that_it_started(tmp_path: Path) -> None:
    server = started(tmp_path)
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    invoke = server.client("lambda").invoke
    with ThreadPoolExecutor() as pool:
        rollout = json.loads((ROOT / "events" / "publish.json").read_text())
        name = server.variables["SIMPLE_DEPLOY_FUNCTION"]
        waiting = pool.submit(invoke, FunctionName=name, Payload=json.dumps(rollout))
        polling = pool.submit(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        workers = eventually(lambda: children(server.process.pid))
        assert server.stop(signal.SIGINT) == "Stopped."
        # Whether the client still gets a status of 503 is a race with the end of the process.
        with pytest.raises((BotoCoreError, ClientError)):
            waiting.result()
        with suppress(BotoCoreError, ClientError):
            polling.result()
    assert not [worker for worker in workers if is_alive(worker)]
    port = int(server.url.rpartition(":")[2])
    socket.create_server(("127.0.0.1", port)).close()


def test_make_passes_its_variables_on() -> None:
    given = ["PORT=4700", "SPEED=90", "EMPTY=1"]
    plan = ["make", "--dry-run", "--old-file=.venv/ready", "sandbox", *given]
    printed = subprocess.run(plan, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m sandbox.programs.server --port '4700' --speed '90' --empty" in printed


def test_a_port_in_use_is_told_in_one_line(server: Server) -> None:
    port = server.url.rpartition(":")[2]
    assert refusal("--port", port) == (
        f"Port {port} of 127.0.0.1: Address already in use. Choose one with PORT=\n"
    )


@pytest.mark.parametrize("port", ["", "http", "-1", "4600.5", "65536"])
def test_a_port_that_is_none_is_told_in_one_line(port: str) -> None:
    expected = f"PORT must be a whole number from 0 (any free one) to 65535, not {port!r}\n"
    assert refusal(f"--port={port}") == expected


@pytest.mark.parametrize("speed", ["", "fast", "0", "-60", "nan", "3601"])
def test_a_speed_that_is_none_is_told_in_one_line(speed: str) -> None:
    assert refusal(f"--speed={speed}") == f"SPEED must be a number from 1 to 3600, not {speed!r}\n"


def refusal(*arguments: str) -> str:
    """All that a server that exits with 1 printed."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.programs.server", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 1
    return done.stdout


def children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,pid="], capture_output=True, check=True)
    pairs = [line.split() for line in listed.stdout.decode().splitlines()]
    return [int(pid) for parent, pid in pairs if int(parent) == process]


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
