"""Who may import what: a pure domain, adapters that decide nothing, handlers that are glue."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.imports import CLIENTS

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
MODULES = sorted(path.relative_to(FUNCTIONS).as_posix() for path in FUNCTIONS.rglob("*.py"))
DOMAIN = [name for name in MODULES if name.startswith("domain/")]
ADAPTERS = [name for name in MODULES if name.startswith("adapters/")]
SHARED_BY_HANDLERS = {
    "account.py", "call_note.py", "clients.py", "give_back.py", "repair.py", "restore.py",
    "runtime.py",
}  # fmt: skip
HANDLERS = [name for name in MODULES if "/" not in name and name not in SHARED_BY_HANDLERS]

# These turn an input into a request, and are imported by Plan alone.
PARSING = {"domain/input_model.py", "domain/parse_checks.py", "domain/validation.py"}
# The domain is told the time and its settings, and asks nobody.
IMPURE = {"os", "time", "random", "secrets", "socket", "subprocess", "threading", "uuid", "urllib"}
SANDBOX = {"moto", "sandbox", "tests", "conftest", "pytest", "hypothesis"}
READS_INPUT = {"plan.py"}


def parsed(name: str) -> ast.Module:
    return ast.parse((FUNCTIONS / name).read_text(encoding="utf-8"))


def imported(name: str) -> set[str]:
    """The top-level packages a module needs to run: not what only the type checker imports."""
    tree = parsed(name)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("name", DOMAIN)
def test_domain_imports_only_itself_and_the_standard_library(name: str) -> None:
    allowed = (set(sys.stdlib_module_names) - IMPURE) | {"annotated_types", "domain"}
    if name in PARSING:
        allowed |= {"pydantic", "pydantic_core"}
    if name == "domain/conditions.py":
        allowed |= {"jmespath"}
    assert imported(name) - allowed == set()


@pytest.mark.parametrize("name", DOMAIN)
def test_domain_is_told_the_time(name: str) -> None:
    asked = {
        ast.unparse(node.func)
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not [call for call in asked if call.split(".")[-1] in ("now", "utcnow", "today")]


@pytest.mark.parametrize("name", ADAPTERS)
def test_adapters_know_aws_and_the_domain(name: str) -> None:
    allowed = set(sys.stdlib_module_names) | {"boto3", "botocore", "domain", "adapters"}
    assert imported(name) - allowed == set()


@pytest.mark.parametrize("name", MODULES)
def test_nothing_deployed_imports_the_sandbox_or_tests(name: str) -> None:
    assert imported(name) & SANDBOX == set()


@pytest.mark.parametrize("name", HANDLERS)
def test_handlers_are_short(name: str) -> None:
    most = 95 if name == "simple_deploy.py" else 65
    assert len((FUNCTIONS / name).read_text(encoding="utf-8").splitlines()) <= most


@pytest.mark.parametrize("name", MODULES)
def test_no_module_grows_beyond_reading(name: str) -> None:
    assert len((FUNCTIONS / name).read_text(encoding="utf-8").splitlines()) <= 300


def test_the_cost_of_importing_each_handler_is_measured() -> None:
    assert {f"{name}.py" for name in CLIENTS} == set(HANDLERS)


@pytest.mark.parametrize("name", HANDLERS)
def test_only_what_reads_input_loads_pydantic(name: str) -> None:
    """It takes a third of the time that everything else takes to import."""
    assert ("pydantic" in loaded_by(name)) == (name in READS_INPUT)


def test_a_health_check_loads_what_calls_and_fetches_only_when_it_does() -> None:
    loaded = loaded_by("check_health.py")
    assert "adapters.cloudwatch" in loaded
    assert not {"adapters.http", "adapters.invocations"} & loaded


def loaded_by(name: str) -> set[str]:
    """The modules that are there once this one is imported, in a fresh process."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(FUNCTIONS),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:topic",
        "ORDERS_PREFIX": "lambda-canary",
        "CALL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/calls",
        "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    }
    script = f"import sys, {name.removesuffix('.py')}; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return set(answer.stdout.split())
