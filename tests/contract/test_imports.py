"""Who may import what: a pure domain in layers, adapters without decisions, glue in handlers."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.bench.imports import CLIENTS
from tests.long import parametrize

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
FILES = {
    ".".join(path.relative_to(FUNCTIONS).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(FUNCTIONS.rglob("*.py"))
}
DOMAIN = [name for name in FILES if name.startswith("domain")]
ADAPTERS = [name for name in FILES if name.startswith("adapters")]
SHARED_BY_HANDLERS = {
    "account", "app", "call_note", "farewell", "gatehouse", "gatekeeper", "handing_over",
    "hook_run", "last_resort", "move", "ports", "repair", "restore", "restorer", "runtime",
    "steering", "telling", "undoing", "watch",
}  # fmt: skip
HANDLERS = [name for name in FILES if "." not in name and name not in SHARED_BY_HANDLERS
            and name not in ("domain", "adapters")]  # fmt: skip

# The packages of the domain. Each may import those of the lines above it, and itself.
LAYERS = (
    {"model"},
    {"limits", "judging"},
    {"checks"},
    {"planning", "input", "probing", "rollout"},
    {"ending"},
    {"recovery", "gate"},
    {"macro", "view"},
)

# What else than the standard library and itself the domain imports, and where.
PYDANTIC = {"pydantic", "pydantic_core"}
BESIDES = {
    "domain.input.model": PYDANTIC,
    "domain.input.validation": PYDANTIC,
    "domain.input.parse_checks": PYDANTIC,
    "domain.checks.support.conditions": {"jmespath"},
}
# The domain is told the time and its settings, and asks nobody.
IMPURE = {"os", "time", "random", "secrets", "socket", "subprocess", "threading", "uuid", "urllib"}
STDLIB = set(sys.stdlib_module_names)
READS_INPUT = {"macro", "plan"}


def lines(name: str) -> list[str]:
    return FILES[name].read_text(encoding="utf-8").splitlines()


@cache
def imported(name: str) -> frozenset[str]:
    """Return the modules that it needs to run: not those that only the type checker imports."""
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & FILES.keys() or {str(node.module)}
    return frozenset(found)


def top_level(name: str) -> set[str]:
    return {module.split(".")[0] for module in imported(name)}


def layer(name: str) -> int:
    return next(at for at, packages in enumerate(LAYERS) if name.split(".")[1] in packages)


def test_no_import_leads_back_to_where_it_came_from() -> None:
    """Raises CycleError, which names the modules of a circle."""
    TopologicalSorter({name: imported(name) for name in FILES}).prepare()


@pytest.mark.parametrize("name", DOMAIN[1:])
def test_each_package_of_the_domain_imports_only_those_below_it(name: str) -> None:
    others = {
        module
        for module in imported(name)
        if module.startswith("domain.") and module.split(".")[1] != name.split(".")[1]
    }
    assert [module for module in others if layer(module) >= layer(name)] == []


@pytest.mark.parametrize("name", DOMAIN)
def test_domain_imports_only_itself_and_the_standard_library(name: str) -> None:
    allowed = (STDLIB - IMPURE) | {"annotated_types", "domain"} | BESIDES.get(name, set())
    assert top_level(name) <= allowed


@pytest.mark.parametrize("name", DOMAIN)
def test_domain_is_told_the_time(name: str) -> None:
    text = "\n".join(lines(name))
    assert not [call for call in (".now(", ".utcnow(", ".today(") if call in text]


@pytest.mark.parametrize("name", ADAPTERS)
def test_adapters_know_aws_and_the_domain(name: str) -> None:
    assert top_level(name) <= STDLIB | {"boto3", "botocore", "domain", "adapters"}


@pytest.mark.parametrize("name", FILES)
def test_nothing_deployed_imports_the_sandbox_or_tests(name: str) -> None:
    assert not top_level(name) & {"moto", "sandbox", "tests", "conftest", "pytest", "hypothesis"}


@pytest.mark.parametrize("name", FILES)
def test_no_module_grows_beyond_reading(name: str) -> None:
    most = 300 if name not in HANDLERS else 95 if name == "simple_deploy" else 65
    assert len(lines(name)) <= most


def test_the_cost_of_importing_each_handler_is_measured() -> None:
    assert set(CLIENTS) == set(HANDLERS)


@parametrize("name", HANDLERS, short=2)
def test_only_what_reads_input_loads_pydantic(name: str) -> None:
    """It takes a third of the time that everything else takes to import."""
    assert ("pydantic" in loaded_by(name)) == (name in READS_INPUT)


def test_a_health_check_loads_what_calls_and_fetches_only_when_it_does() -> None:
    loaded = loaded_by("check_health")
    assert "adapters.cloudwatch" in loaded
    assert not {"adapters.http", "adapters.invocations"} & loaded


def loaded_by(name: str) -> set[str]:
    """Return the modules that are there once this one is imported, in a fresh process."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{FUNCTIONS}:{FUNCTIONS.parent}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:topic",
        "ORDERS_PREFIX": "lambda-canary",
        "GATE_EXPORT": "lambda-canary-GateServiceToken",
        "CALL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/calls",
        "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
        "GATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:gate",
        "ALLOW_OTHER_STACKS": "false",
    }
    answer = subprocess.run(
        [sys.executable, "-c", f"import sys, {name}; print(*sys.modules)"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(answer.stdout.split())


def test_the_command_shows_its_help_without_loading_aws() -> None:
    loaded = loaded_by("lambda_canary.commands")
    assert "click" in loaded
    assert not {"boto3", "botocore", "rich"} & loaded
