"""What sandbox/README.md says of adding to the sandbox, done as it says."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sandbox import services
from sandbox.sandbox import Sandbox
from sandbox.services import stepfunctions
from sandbox.services.cloudformation.resources import RESOURCE_TYPES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "sandbox/README.md").read_text()
LAYERS = ("kernel", "services", "traffic", "sandbox", "programs")


def example(title: str) -> ModuleType:
    """Return the module that the section with this title shows."""
    section = README.partition(f"## {title}\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    module = ModuleType(title)
    exec(compile(code, title, "exec"), vars(module))
    return module


@pytest.mark.proves("S64")
def test_a_call_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    added, install = example("To add a call"), stepfunctions.install

    def with_it(account: Any) -> None:
        install(account)
        added.install(account.patches)

    monkeypatch.setattr(stepfunctions, "install", with_it)
    with Sandbox() as sandbox:
        client = sandbox.client("stepfunctions")
        answer = client.validate_state_machine_definition(definition="{}")
    assert (answer["result"], answer["diagnostics"]) == ("OK", [])


@pytest.mark.proves("S64")
def test_a_service_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    added = example("To add a service")
    monkeypatch.setattr(services, "_SERVICES", (*services._SERVICES, added))
    with Sandbox() as sandbox:
        drawn = sandbox.client("secretsmanager").get_random_password()
    assert drawn["RandomPassword"] == "drawn by the sandbox"


@pytest.mark.proves("S64")
def test_a_resource_type_is_added(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kind = example("To add a resource type of CloudFormation").LogStream()
    monkeypatch.setitem(RESOURCE_TYPES, kind.name, kind)
    template = tmp_path / "template.yaml"
    template.write_text("""
    Resources:
      Group: {Type: AWS::Logs::LogGroup}
      Stream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Group}}
    """)
    stack = sandbox.deploy(template, "logs")
    logs = sandbox.client("logs")
    group = stack.physical_id("Group")
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert stream["logStreamName"] == stack.physical_id("Stream")


def layers() -> Iterator[tuple[str, str]]:
    """Each import of one folder from another."""
    for path in (ROOT / "sandbox").rglob("*.py"):
        own = path.relative_to(ROOT / "sandbox").with_suffix("").parts[0]
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sandbox"):
                parts = (node.module or "").split(".")
                found = parts[1:2] or [alias.name for alias in node.names]
                yield from ((own, other) for other in found if other != own)


@pytest.mark.proves("S64")
def test_no_folder_imports_what_stands_on_it() -> None:
    assert {
        (own, other)
        for own, other in layers()
        if own in LAYERS and LAYERS.index(own) < LAYERS.index(other)
    } == set()


def test_no_service_imports_another_in_a_circle() -> None:
    needs: dict[str, set[str]] = {}
    for path in (ROOT / "sandbox/services").rglob("*.py"):
        own = path.relative_to(ROOT / "sandbox/services").with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and "sandbox.services." in (node.module or ""):
                needs.setdefault(own, set()).add((node.module or "").split(".")[2])
    needs.pop("account")
    needs.pop("__init__", None)
    for own, others in needs.items():
        others -= {own, "account"}
    TopologicalSorter(needs).prepare()
