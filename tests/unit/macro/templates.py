"""Templates as the macro gets them, most of them as SAM's own translator makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.macro.gated import Surroundings, gated
from domain.macro.problems import TemplateRefused
from domain.model.naming import Home
from sandbox.services.cloudformation.sam import SAM, transform
from sandbox.services.cloudformation.template import load

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "tests" / "e2e" / "templates"
EXPORT = "lambda-canary-GateServiceToken"
HOME = Home("us-east-1", "123456789012")

Template = dict[str, Any]


def translated(path: Path, **parameters: str) -> Template:
    """Read a template, and have SAM translate it as if its code had been packaged."""
    template: Template = dict(load(path))
    named = template.pop("Transform", [])
    resources = template["Resources"].values()
    settings = [one.get("Properties", {}) for one in resources]
    for each in [*settings, template.get("Globals", {}).get("Function", {})]:
        if isinstance(each.get("CodeUri"), str):
            each["CodeUri"] = "s3://bucket/key"
    given = values(template, **parameters)
    return dict(transform(template, given, HOME.region)) if SAM in named else template


def values(template: Any, **given: str) -> dict[str, Any]:
    """Return the parameters' values, as CloudFormation tells a macro of them."""
    declared = template.get("Parameters", {}).items() if isinstance(template, dict) else ()
    return {name: one["Default"] for name, one in declared if "Default" in one} | given


def made(template: Any, **parameters: str) -> Template:
    return gated(template, Surroundings(values(template, **parameters), EXPORT, HOME))


def refused(template: Any, **parameters: str) -> str:
    with pytest.raises(TemplateRefused) as caught:
        made(template, **parameters)
    return str(caught.value)


def lints(template: Template) -> list[str]:
    """Return what cfn-lint finds wrong with a template; its advice on style is none of ours."""
    from cfnlint.api import ManualArgs, lint

    found = lint(json.dumps(template), config=ManualArgs(regions=[HOME.region]))
    return [str(one) for one in found if one.rule.id.startswith("E")]
