"""`make sandbox`, as its users meet it: the real `aws` command against a process of its own.

Nothing here waits by the wall clock: commands are asked again, each of which takes its time.
"""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.server import COMMANDS
from sandbox.traffic import package

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
# Fast enough for rollouts of minutes to end between two commands.
SPEED = 600
SECONDS = 60  # of patience, real ones, with anything


class Server:
    """A server process on a free port, and a shell in which what it printed was pasted."""

    def __init__(self, directory: Path) -> None:
        (directory / "events").symlink_to(ROOT / "events")
        self._directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.server", "--port", "0", "--speed", str(SPEED)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        impatience = Timer(SECONDS, self.process.kill)
        impatience.daemon = True
        impatience.start()
        assert self.process.stdout is not None
        self.welcome = ""
        while not self.welcome.endswith(COMMANDS):
            line = self.process.stdout.readline()
            assert line, f"it ended: {self.welcome}"
            self.welcome += line
        impatience.cancel()
        exports = "".join(re.findall(r"^export [^$]+?[^\\]\n", self.welcome, re.MULTILINE))
        self.variables = dict(
            word.split("=", 1) for word in shlex.split(exports) if word not in ("export", "\n")
        )
        self.url = self.variables["AWS_ENDPOINT_URL"]

    def shell(self, commands: str) -> str:
        """What the commands print; they must succeed."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self._directory,
            env={**clean, **self.variables, "PATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def aws(self, command: str) -> Any:
        """What `aws ...` answers, parsed."""
        return json.loads(self.shell(f"aws {command}"))

    def page(self, name: str) -> Any:
        with urlopen(f"{self.url}/sandbox/{name}", timeout=SECONDS) as answer:
            return json.load(answer)

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def stop(self, number: signal.Signals) -> str:
        """What it still printed; it must exit with 0."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == 0, rest
        return rest.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("user"))
    yield server
    assert server.stop(signal.SIGTERM) == "Stopped."


def documents(text: str) -> list[Any]:
    """The JSON documents that several commands printed, one after the other."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def eventually(ask: Callable[[], Any]) -> Any:
    """The first answer that is not empty."""
    began = monotonic()
    while monotonic() - began < SECONDS:
        if answer := ask():
            return answer
    raise AssertionError(f"still nothing after {SECONDS} s")


def section(title: str) -> str:
    """The commands of a section of the README."""
    parts = re.split("^#+ ", README, flags=re.MULTILINE)
    (text,) = (part for part in parts if part.startswith(f"{title}\n"))
    return "".join(re.findall(r"^    .*\n", text, re.MULTILINE)).replace("\n    ", "\n")


def test_the_commands_that_it_prints_are_the_readmes():
    assert textwrap.indent(COMMANDS, "    ") in README


def test_every_line_of_the_readmes_sandbox_section_works(server):
    lines = section("The sandbox").replace("    make sandbox\n", "")
    lines = lines.replace("http://127.0.0.1:4600", server.url)
    lines = lines.replace("ARN=...", f"ARN={server.variables['STATE_MACHINE_ARN']}")
    # curl need not be installed here: other tests read the page.
    lines = lines.replace('curl "$AWS_ENDPOINT_URL/sandbox/messages"', "")
    assert len(re.findall("^aws ", lines, re.MULTILINE)) == 7

    started, execution, history, alias, invoked, alarms, stopped = documents(server.shell(lines))

    assert started["executionArn"].endswith(":first")
    assert execution["executionArn"] == started["executionArn"]
    assert execution["status"] in ("RUNNING", "SUCCEEDED")
    ids = [event["id"] for event in history["events"]]
    assert ids == [ids[0] - offset for offset in range(5)]
    assert alias["Name"] == "MyAlias"
    assert invoked["ExecutedVersion"] in ("1", "2")
    payload = json.loads(server.shell("cat out.json"))
    assert payload["version"] == invoked["ExecutedVersion"]
    assert "MyFunctionErrors" in [alarm["AlarmName"] for alarm in alarms["MetricAlarms"]]
    assert stopped["stopDate"] > started["startDate"]


@pytest.mark.parametrize(
    ("command", "listed"),
    [
        ("stepfunctions list-state-machines", "stateMachines"),
        ("sns list-topics", "Topics"),
        ("lambda list-versions-by-function --function-name MyFunction", "Versions"),
    ],
)
def test_what_was_deployed_can_be_listed(server, command, listed):
    assert server.aws(command)[listed]


def test_traffic_has_been_coming_since_before_it_was_ready(server):
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


def test_time_runs_also_when_nobody_asks_for_anything_else(server):
    first = server.page("clock")["now"]
    assert eventually(lambda: server.page("clock")["now"] > first)


def test_a_stopped_rollout_leaves_the_alias_weighted_and_an_alarm_says_so(server):
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
    alias = "--function-name MyOtherFunction --name MyAlias"
    weighted = {"AdditionalVersionWeights": {"2": 0.1}}
    eventually(lambda: server.aws(f"lambda get-alias {alias}").get("RoutingConfig") == weighted)

    server.aws(f"stepfunctions stop-execution --execution-arn {execution}")

    status = server.aws(f"stepfunctions describe-execution --execution-arn {execution}")["status"]
    assert status == "ABORTED"
    assert server.aws(f"lambda get-alias {alias}")["RoutingConfig"] == weighted
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
    given_back = server.aws(
        f"lambda update-alias {alias} --routing-config AdditionalVersionWeights={{}}"
    )
    assert (given_back["FunctionVersion"], "RoutingConfig" in given_back) == ("1", False)


@pytest.fixture
def at_version_one(server):
    """MyFunction's alias, whatever rollouts were stopped before."""
    server.client("lambda").update_alias(
        FunctionName="MyFunction",
        Name="MyAlias",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {}},
    )


@pytest.mark.usefixtures("at_version_one")
def test_the_readmes_short_rollout_answers_when_it_has_ended(server):
    server.client("lambda").update_function_code(FunctionName="MyFunction", ZipFile=package(99))
    server.shell(section("Short rollouts in one call"))
    result = json.loads(server.shell("cat out.json"))
    assert result.get("status") == "SUCCEEDED", result
    assert result["functions"][0]["new-version"] == "5"
    assert "Promoted: MyFunction MyAlias" in [one["subject"] for one in server.page("messages")]


@pytest.mark.usefixtures("at_version_one")
def test_others_are_answered_while_a_call_waits(server):
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


def test_ctrl_c_ends_it_with_all_that_it_started(tmp_path):
    server = Server(tmp_path)
    invoke = server.client("lambda").invoke
    with ThreadPoolExecutor() as pool:
        rollout = json.loads((ROOT / "events" / "publish.json").read_text())
        name = server.variables["SIMPLE_DEPLOY_FUNCTION"]
        waiting = pool.submit(invoke, FunctionName=name, Payload=json.dumps(rollout))
        workers = eventually(lambda: children(server.process.pid))
        assert server.stop(signal.SIGINT) == "Stopped."
        # Whether the client still gets a status of 503 is a race with the end of the process.
        with pytest.raises((BotoCoreError, ClientError)):
            waiting.result()
    assert not [worker for worker in workers if is_alive(worker)]
    port = int(server.url.rpartition(":")[2])
    socket.create_server(("127.0.0.1", port)).close()


def test_make_passes_port_and_speed_on():
    plan = ["make", "--dry-run", "--old-file=.venv/ready", "sandbox", "PORT=4700", "SPEED=90"]
    printed = subprocess.run(plan, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m sandbox.server --port '4700' --speed '90'" in printed


def test_a_port_in_use_is_told_in_one_line(server):
    port = server.url.rpartition(":")[2]
    assert refusal("--port", port) == (
        f"Port {port} of 127.0.0.1: Address already in use. Choose one with PORT=\n"
    )


@pytest.mark.parametrize("port", ["", "http", "-1", "4600.5", "65536"])
def test_a_port_that_is_none_is_told_in_one_line(port):
    expected = f"PORT must be a whole number from 0 (any free one) to 65535, not {port!r}\n"
    assert refusal(f"--port={port}") == expected


@pytest.mark.parametrize("speed", ["", "fast", "0", "-60", "nan", "3601"])
def test_a_speed_that_is_none_is_told_in_one_line(speed):
    assert refusal(f"--speed={speed}") == f"SPEED must be a number from 1 to 3600, not {speed!r}\n"


def refusal(*arguments: str) -> str:
    """All that a server that exits with 1 printed."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.server", *arguments],
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
