"""What examples/ holds besides templates: parsed, and their commands are those of the documents."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from typing import Any

import hcl2
import yaml

from domain.input.parse import parse
from domain.model.naming import Home
from sandbox.services.cloudformation.template import load
from tests.served import ROOT

EXAMPLES = ROOT / "examples"
TERRAFORM = (EXAMPLES / "terraform" / "main.tf").read_text()
RELEASE = EXAMPLES / "terraform" / "release.sh"
DEPLOY = ["sam build", "sam deploy"]
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
WORKFLOW = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
JOB = {"name", "permissions", "needs", "if", "runs-on", "environment", "env", "steps"}
JOB |= {"concurrency", "timeout-minutes", "strategy", "continue-on-error", "container", "uses"}
STEP = {"id", "if", "name", "uses", "run", "with", "env", "shell", "timeout-minutes"}
# https://docs.gitlab.com/ci/yaml/
GITLAB_JOB = {"stage", "image", "rules", "resource_group", "interruptible", "timeout"}
GITLAB_JOB |= {"id_tokens", "variables", "script", "before_script", "environment", "retry"}


def texts(name: str) -> Any:
    """Read YAML as texts alone, in which `on` is no truth value."""
    return yaml.load((EXAMPLES / name).read_text(), Loader=yaml.BaseLoader)


def plain(value: Any) -> Any:
    """Leave quotes and remarks out of what the parser returns."""
    if isinstance(value, dict):
        return {plain(key): plain(one) for key, one in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.strip('"') if isinstance(value, str) else value


def block(kind: str, name: str, *more: str) -> Any:
    """Return a block of the Terraform example."""
    [found] = [one[name] for one in plain(hcl2.loads(TERRAFORM))[kind] if name in one]
    for part in more:
        found = found[part]
    return found


def minutes(timeout: str) -> int:
    return int(timeout.removesuffix(" minutes"))


def test_every_example_is_in_the_list_and_says_what_it_is() -> None:
    listed = re.findall(r"^\| \[(.*?)\]\(\1\)", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    there = [path.name for path in EXAMPLES.iterdir() if path.is_dir()]
    assert sorted(listed) == sorted(there)
    for name in listed:
        text = (EXAMPLES / name / "README.md").read_text()
        assert text.startswith("# ")
        for link in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert (EXAMPLES / name / link).exists(), (name, link)


class TestTerraform:
    def test_it_publishes_and_leaves_the_alias_to_rollouts(self) -> None:
        function = block("resource", "aws_lambda_function", "checkout")
        assert function["publish"] is True
        assert (EXAMPLES / "terraform" / function["handler"].replace(".handler", ".py")).exists()
        alias = block("resource", "aws_lambda_alias", "live")
        [lifecycle] = alias["lifecycle"]
        ignored = f"`ignore_changes = [{', '.join(lifecycle['ignore_changes'])}]`"
        for name in ("README.md", "examples/terraform/README.md"):
            assert ignored in " ".join((ROOT / name).read_text().split()), name

    def test_its_output_is_an_input_for_the_version_that_was_published(self) -> None:
        encoded = block("output", "rollout", "value")
        written = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", encoded)
        assert written
        function, alias = "aws_lambda_function.checkout", "aws_lambda_alias.live"
        known = {f"{function}.function_name": "checkout", f"{function}.version": "2"}
        text = written[1].replace('" = ', '": ')
        for reference, value in {**known, f"{alias}.name": "live"}.items():
            text = text.replace(reference, json.dumps(value))
        request = parse(json.loads(text), Home("us-east-1", "123456789012"))
        [target] = request.targets
        assert (target.function, target.alias, target.version) == ("checkout", "live", "2")

    def test_it_releases_by_the_readmes_commands(self) -> None:
        recipe = (ROOT / "README.md").read_text().partition("**Release from a pipeline.**")[2]
        by_aws = "ARN=" + recipe.partition("ARN=")[2].partition("\n\nWhile ")[0]
        commands = re.sub("^    ", "", by_aws, flags=re.MULTILINE).splitlines()
        given = '"$(terraform output -raw rollout)"'
        wanted = [line.replace("file://events/publish.json", given) for line in commands]
        lines = RELEASE.read_text().splitlines()
        assert lines[-len(wanted) :] == wanted
        assert [line for line in lines[: -len(wanted)] if line and not line.startswith("#")] == [
            "set -euo pipefail",
            "terraform apply -auto-approve -input=false",
        ]
        assert RELEASE.stat().st_mode & stat.S_IXUSR
        subprocess.run(["bash", "-n", RELEASE], check=True)


def test_the_workflow_is_one_of_githubs_and_deploys_by_the_documents_commands() -> None:
    workflow = texts("github-actions/release.yml")
    assert workflow.keys() <= WORKFLOW
    assert workflow["on"] == {"push": {"branches": ["main"]}}
    assert workflow["permissions"]["id-token"] == "write"
    assert workflow["concurrency"]["cancel-in-progress"] == "false"
    [job] = workflow["jobs"].values()
    assert job.keys() <= JOB
    assert all(step.keys() <= STEP and ("uses" in step) != ("run" in step) for step in job["steps"])
    assert [step["run"] for step in job["steps"] if "run" in step] == DEPLOY
    assert outlasts_a_rollout(int(job["timeout-minutes"]))


def test_the_pipeline_is_one_of_gitlabs_and_deploys_by_the_documents_commands() -> None:
    [job] = texts("gitlab-ci/.gitlab-ci.yml").values()
    assert job.keys() <= GITLAB_JOB
    [token] = job["id_tokens"]
    saved, *commands = job["script"]
    file = job["variables"]["AWS_WEB_IDENTITY_TOKEN_FILE"]
    assert file
    assert saved == f'printf %s "${token}" >"$AWS_WEB_IDENTITY_TOKEN_FILE"'
    assert commands == DEPLOY
    assert job["interruptible"] == "false"
    assert outlasts_a_rollout(minutes(job["timeout"]))


def test_the_documents_deploy_by_these_commands() -> None:
    text = (EXAMPLES / "sam" / "README.md").read_text()
    assert f"`{' && '.join(DEPLOY)}`" in text


def test_the_packaged_service_is_the_one_beside_it() -> None:
    text = (EXAMPLES / "serverless" / "serverless.yml").read_text()
    service = yaml.safe_load(re.sub(r"!Ref (\w+)", r"{Ref: \1}", text))
    packaged = load(EXAMPLES / "serverless" / "packaged.json")
    assert packaged["Transform"] == service["resources"]["Transform"] == ["LambdaCanary"]
    settings = service["functions"]["checkout"]["deploymentSettings"]
    by_type = {one["Type"]: one["Properties"] for one in packaged["Resources"].values()}
    group, alias = by_type["AWS::CodeDeploy::DeploymentGroup"], by_type["AWS::Lambda::Alias"]
    assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": settings["type"]}
    alarms = [{"Name": {"Ref": name}} for name in settings["alarms"]]
    assert group["AlarmConfiguration"]["Alarms"] == alarms
    assert alias["Name"] == settings["alias"]
    for name, resource in service["resources"]["Resources"].items():
        assert packaged["Resources"][name] == resource


def outlasts_a_rollout(minutes: int) -> bool:
    """Tell whether CloudFormation's hour, and going back, fit into this time."""
    return minutes >= 75
