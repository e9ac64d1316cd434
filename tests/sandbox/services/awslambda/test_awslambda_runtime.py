import json
import subprocess
import sys
import textwrap
from importlib import metadata

import pytest

from sandbox.kernel.signals import ApiCall
from sandbox.sandbox import Sandbox
from sandbox.services.awslambda import process
from tests.long import long
from tests.sandbox import given

HANDLER = """
import os, random, sys, time, uuid
import boto3

def handler(event, context):
    return globals()[event["do"]](event, context)

def describe(event, context):
    time.sleep(0.5)
    return {
        "arn": context.invoked_function_arn,
        "id": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(),
        "memory": context.memory_limit_in_mb,
        "name": context.function_name,
        "now": time.time(),
        "variable": os.environ["COLOUR"],
        "version": context.function_version,
    }

def print_lines(event, context):
    print("one")
    sys.stderr.write("two\\nthree")

def fail(event, context):
    raise KeyError("missing")

def leave(event, context):
    os._exit(3)

def answer_nonsense(event, context):
    return object()

def sleep_for_long(event, context):
    time.sleep(100)

def roll_dice(event, context):
    return [random.random(), str(uuid.uuid4())]

def call_itself(event, context):
    client = boto3.client("lambda")
    return client.get_function_configuration(FunctionName=context.function_name)["FunctionName"]

def count(event, context):
    global calls
    calls = globals().get("calls", 0) + 1
    return calls

def import_of_the_sandbox(event, context):
    import sandbox

def import_of_a_package_of_this_machine(event, context):
    import awscrt
"""


@pytest.fixture
def worker(sandbox: Sandbox) -> str:
    environment = {"Variables": {"COLOUR": "blue"}}
    return given.function(sandbox, "worker", HANDLER, Timeout=3, Environment=environment)


def test_a_handler_sees_its_context_and_virtual_time(sandbox: Sandbox, worker: str) -> None:
    started = sandbox.clock.now
    seen = given.invoke(sandbox, worker, {"do": "describe"})
    assert seen["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:worker"
    assert (seen["name"], seen["version"], seen["memory"]) == ("worker", "$LATEST", "128")
    assert seen["variable"] == "blue"
    assert seen["now"] == pytest.approx(started + 0.505, abs=1e-6)
    assert seen["left"] == 2495


def test_what_it_writes_is_told_line_by_line(sandbox: Sandbox, worker: str) -> None:
    logged: list[tuple[str, str]] = []
    sandbox.signals.logged.append(lambda name, line: logged.append((name, line)))
    given.invoke(sandbox, worker, {"do": "print_lines"})
    assert logged == [("worker", "one"), ("worker", "two"), ("worker", "three")]
    assert sandbox.logs(worker) == ["one", "two", "three"]


@pytest.mark.proves("S21")
def test_what_it_wrote_before_it_died_is_kept(sandbox: Sandbox) -> None:
    code = "import os\ndef handler(event, context):\n    print('last words')\n    os._exit(3)"
    given.function(sandbox, "mortal", code)
    for _ in range(2):
        assert given.invoke(sandbox, "mortal")["errorType"] == "Runtime.ExitError"
    assert sandbox.logs("mortal") == ["last words", "last words"]


@pytest.mark.proves("S21")
def test_a_library_that_a_package_brings_is_the_one_that_it_gets(sandbox: Sandbox) -> None:
    """Though others share what was imported for all."""
    code = "import jmespath\ndef handler(event, context):\n    return jmespath.__version__"
    own = {"jmespath": "__version__ = 'its own'"}
    given.function(sandbox, "brings-it", code, modules=own)
    given.function(sandbox, "brings-nothing", code)
    assert given.invoke(sandbox, "brings-it") == "its own"
    assert given.invoke(sandbox, "brings-nothing") == metadata.version("jmespath")


@pytest.mark.proves("S21")
def test_functions_share_nothing_that_one_of_them_changes(sandbox: Sandbox) -> None:
    code = """
import os, boto3
def handler(event, context):
    seen = getattr(boto3, "changed", None), os.environ.get("CHANGED"), os.environ.get("OWN")
    boto3.changed = os.environ["CHANGED"] = context.function_name
    return seen
"""
    variables = {"Variables": {"OWN": "first's"}}
    given.function(sandbox, "first", code, Environment=variables)
    given.function(sandbox, "second", code)
    assert given.invoke(sandbox, "first") == [None, None, "first's"]
    assert given.invoke(sandbox, "first") == ["first", "first", "first's"]
    assert given.invoke(sandbox, "second") == [None, None, None]


def test_an_exception_is_answered_with_its_type_and_the_paths_of_lambda(
    sandbox: Sandbox, worker: str
) -> None:
    error = given.invoke(sandbox, worker, {"do": "fail"})
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'missing'")
    assert 'File "/var/task/app.py"' in error["stackTrace"][0]
    assert "lambda-canary-sandbox" not in json.dumps(error)


@pytest.mark.proves("S21")
@pytest.mark.parametrize(
    ("do", "error_type", "words"),
    [
        ("leave", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("answer_nonsense", "Runtime.MarshalError", "Unable to marshal response"),
        ("sleep_for_long", "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
        ("import_of_the_sandbox", "ModuleNotFoundError", "No module named 'sandbox'"),
        ("import_of_a_package_of_this_machine", "ModuleNotFoundError", "import of awscrt"),
    ],
)
def test_how_a_function_can_die(
    sandbox: Sandbox, worker: str, do: str, error_type: str, words: str
) -> None:
    error = given.invoke(sandbox, worker, {"do": do})
    assert error["errorType"] == error_type
    assert words in error["errorMessage"]


def test_one_that_closes_its_pipes_and_goes_on_is_ended(sandbox: Sandbox) -> None:
    code = """
import os, threading
def handler(event, context):
    os.closerange(3, 64)
    threading.Event().wait()
"""
    error = given.invoke(sandbox, given.function(sandbox, "closes", code, Timeout=3))
    assert (error["errorType"], "signal: killed" in error["errorMessage"]) == (
        "Runtime.ExitError",
        True,
    )


@pytest.mark.proves("S21")
def test_a_timeout_takes_exactly_the_functions_timeout(sandbox: Sandbox, worker: str) -> None:
    started = sandbox.clock.now
    given.invoke(sandbox, worker, {"do": "sleep_for_long"})
    assert sandbox.clock.now - started == pytest.approx(3.005, abs=1e-6)


def test_a_handler_that_computes_for_ever_times_out(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PATIENCE_SECONDS", 0.5)
    given.function(sandbox, "endless", "def handler(event, context):\n    while True: pass")
    assert given.invoke(sandbox, "endless")["errorType"] == "Sandbox.Timedout"


@pytest.mark.proves("S21")
def test_a_process_serves_call_after_call_until_it_dies(sandbox: Sandbox, worker: str) -> None:
    counts = [given.invoke(sandbox, worker, {"do": "count"}) for _ in range(3)]
    given.invoke(sandbox, worker, {"do": "leave"})
    assert [*counts, given.invoke(sandbox, worker, {"do": "count"})] == [1, 2, 3, 1]


def test_its_calls_of_aws_are_made_in_its_name_and_take_5_ms_each(
    sandbox: Sandbox, worker: str
) -> None:
    calls: list[ApiCall] = []
    sandbox.signals.called.append(calls.append)
    started = sandbox.clock.now
    assert given.invoke(sandbox, worker, {"do": "call_itself"}) == "worker"
    assert [(call.operation, call.caller) for call in calls] == [
        ("GetFunctionConfiguration", "worker"),
        ("Invoke", "operator"),
    ]
    assert sandbox.clock.now - started == pytest.approx(0.015, abs=1e-6)


def test_chance_is_the_same_in_every_sandbox_of_the_same_seed() -> None:
    rolled = []
    for seed in (1, 1, 2):
        with Sandbox(seed=seed) as sandbox:
            name = given.function(sandbox, "worker", HANDLER)
            rolled.append(given.invoke(sandbox, name, {"do": "roll_dice"}))
    assert rolled[0] == rolled[1] != rolled[2]


@pytest.mark.parametrize(
    ("code", "error_type"),
    [
        ("import nonexistent", "Runtime.ImportModuleError"),
        ("def handler(:", "Runtime.UserCodeSyntaxError"),
        ("def other(event, context): ...", "Runtime.HandlerNotFound"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_handler_that_cannot_be_loaded(sandbox: Sandbox, code: str, error_type: str) -> None:
    given.function(sandbox, "broken", code)
    assert given.invoke(sandbox, "broken")["errorType"] == error_type


def test_no_process_outlives_the_sandbox() -> None:
    program = textwrap.dedent("""
        from sandbox.sandbox import Sandbox
        from tests.sandbox import given
        sandbox = Sandbox()
        code = "import os\\ndef handler(event, context): return os.getpid()"
        given.function(sandbox, "pid", code)
        print(given.invoke(sandbox, "pid"))
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["kill", "-0", done.stdout.strip()], capture_output=True, check=True)


@long
def test_ctrl_c_ends_it_without_a_word() -> None:
    program = textwrap.dedent("""
        import os, signal, threading, time
        from sandbox.sandbox import Sandbox
        from tests.sandbox import given
        # A shell has its background jobs ignore Ctrl-C, and these their children.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with Sandbox() as sandbox:
                code = "import time\\ndef handler(event, context):\\n    while True: time.sleep(1)"
                given.function(sandbox, "sleeper", code, Timeout=900)
                machine = given.machine(sandbox, {"Sleep": given.task("sleeper")})
                sandbox.clock.every(1, lambda: None, "second")
                threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
                sandbox.start({}, machine=machine)
                while True:
                    sandbox.run_for(3600)
        except KeyboardInterrupt:
            print("interrupted")
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")
