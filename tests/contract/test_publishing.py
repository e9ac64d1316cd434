"""What the Serverless Application Repository, and every partition of AWS, ask of the template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.services.cloudformation.packaging import zip_bytes
from sandbox.services.cloudformation.preview import transformed
from sandbox.services.cloudformation.template import load
from tools.release.bundle import BESIDE, ROOT, contents, version

TEMPLATE = load(ROOT / "template.yaml")
APPLICATION = TEMPLATE["Metadata"]["AWS::ServerlessRepo::Application"]
FUNCTIONS = [
    name
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
]
REGIONS = {"aws": "eu-central-2", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-template-publishing-applications-metadata-properties.html
TEXTS = {
    "Name": r"[a-zA-Z0-9-]{1,140}",
    "Description": r".{1,256}",
    "Author": r"(?=.{1,127}$)[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?",
    "SpdxLicenseId": r"Apache-2\.0",
    "SemanticVersion": r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?",
}
LARGEST_FILE = 5 * 2**20
LABEL = r"[a-zA-Z0-9+\-_:/@]{1,127}"


@pytest.mark.parametrize("name", TEXTS)
def test_metadata_is_as_the_repository_wants_it(name: str) -> None:
    assert re.fullmatch(TEXTS[name], APPLICATION[name])


def test_metadata_holds_nothing_else() -> None:
    assert APPLICATION.keys() == {*TEXTS, "Labels", "LicenseUrl", "ReadmeUrl"}
    assert 1 <= len(APPLICATION["Labels"]) <= 10
    assert all(re.fullmatch(LABEL, label) for label in APPLICATION["Labels"])


@pytest.mark.parametrize("name", ["LicenseUrl", "ReadmeUrl"])
def test_licence_and_readme_are_there_and_not_too_large(name: str) -> None:
    assert 0 < (ROOT / APPLICATION[name]).stat().st_size < LARGEST_FILE


def test_version_is_the_projects() -> None:
    assert APPLICATION["SemanticVersion"] == version(ROOT)


def test_roles_hold_nothing_for_which_the_repository_refuses_an_application() -> None:
    """See https://docs.aws.amazon.com/serverlessrepo/latest/devguide/using-aws-sam.html."""
    policies = json.dumps(transformed(ROOT / "template.yaml", {}))
    assert "AWSLambda_FullAccess" not in policies
    assert '"iam:' not in policies


def arns(value: Any) -> set[str]:
    """Every ARN that begins with a partition written out."""
    return set(re.findall(r"\barn:(aws[a-z-]*):", json.dumps(value)))


@pytest.mark.parametrize("partition", REGIONS)
def test_every_arn_follows_the_partition(partition: str) -> None:
    deployed = transformed(ROOT / "template.yaml", {}, REGIONS[partition])
    assert arns(deployed["Resources"]) == {partition}
    assert arns(deployed["Outputs"]) == set()


def test_sources_name_no_region_and_no_domain_of_one_partition() -> None:
    """A service's principal is the same in all partitions, but for what these say elsewhere."""
    sources = [ROOT / "template.yaml", *(ROOT / "statemachine").iterdir()]
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert re.findall(r"\b(?:us|eu|ap|sa|ca|me|af|cn|il|mx)-[a-z]+-\d\b", text) == []
        principals = re.findall(r"[\w.-]+\.amazonaws\.com(?:\.cn)?", text)
        assert set(principals) <= {"cloudwatch.amazonaws.com", "events.amazonaws.com"}


def built(folder: Path) -> Path:
    for name in FUNCTIONS:
        (folder / name / "domain").mkdir(parents=True)
        (folder / name / "plan.py").write_text("handler = None\n")
        (folder / name / "domain" / "plan.py").write_text("")
    return folder


def test_bundle_is_the_template_with_what_was_built_and_all_that_it_refers_to(
    tmp_path: Path,
) -> None:
    files = contents(ROOT, built(tmp_path))
    machines = {f"statemachine/{path.name}" for path in (ROOT / "statemachine").iterdir()}
    assert files.keys() == {*BESIDE, *machines, "functions/plan.py", "functions/domain/plan.py"}
    assert {APPLICATION["LicenseUrl"], APPLICATION["ReadmeUrl"]} < files.keys()
    assert zip_bytes(files) == zip_bytes(dict(reversed(files.items())))


def test_bundle_is_not_made_of_functions_that_were_built_differently(tmp_path: Path) -> None:
    folder = built(tmp_path)
    (folder / FUNCTIONS[-1] / "more.py").write_text("")
    with pytest.raises(SystemExit, match=f"{FUNCTIONS[-1]} was built otherwise than"):
        contents(ROOT, folder)
