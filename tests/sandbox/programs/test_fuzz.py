"""Thousands of requests that no client means, and a rollout afterwards."""

import json
import signal
from collections.abc import Iterator

import pytest

from sandbox.programs.server import COMMANDS
from tests.fuzz import Fuzz, host, problems
from tests.fuzz_stage import prepare
from tests.served import ROOT, Server, eventually

COUNT = 2_500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("user"), ready=COMMANDS)
    yield server
    assert server.stop(signal.SIGTERM).endswith("Stopped.")


@pytest.mark.proves("S12")
@pytest.mark.long
def test_thousands_of_requests_that_no_client_means(server: Server) -> None:
    """Of every service: good ones, ones with a defect, and noise; over HTTP, one by one.

    Each is answered within seconds, and if with an error, then with one of AWS's or of the
    sandbox's own, in its service's form. Afterwards the sandbox is as good as before.
    """
    fuzz = Fuzz(2, host(server), prepare(server.client))
    assert problems(server, fuzz, COUNT) == []

    machines = server.client("stepfunctions")
    rollout = (ROOT / "events" / "linear.json").read_text()
    machine = server.variables["STATE_MACHINE_ARN"]
    started = machines.start_execution(stateMachineArn=machine, input=rollout)["executionArn"]
    ended = eventually(lambda: machines.describe_execution(executionArn=started).get("output"))
    assert json.loads(ended)["summary"] == "MyAlias of MyFunction promoted from 1 to 2"
