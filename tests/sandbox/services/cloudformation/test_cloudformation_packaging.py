"""Local paths become artifacts, as `sam package` makes them."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from sandbox.services.cloudformation import TemplateError
from sandbox.services.cloudformation.packaging import MemoryArtifacts, package, zip_folder
from sandbox.services.cloudformation.template import Template


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "domain" / "__pycache__").mkdir(parents=True)
    (folder / "plan.py").write_text("def handler(event, context): ...")
    (folder / "domain" / "input.py").write_text("")
    (folder / "domain" / "__pycache__" / "input.cpython-313.pyc").write_bytes(b"\0")
    return folder


def function(uri: object) -> Template:
    return {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": uri}}


def test_a_zip_has_the_sources_without_caches(code: Path) -> None:
    names = zipfile.ZipFile(io.BytesIO(zip_folder(code))).namelist()
    assert names == ["domain/input.py", "plan.py"]


@pytest.mark.proves("S58")
def test_the_same_sources_give_the_same_bytes_whenever_written(code: Path) -> None:
    before = zip_folder(code)
    os.utime(code / "plan.py", (0, 0))
    (code / "plan.py").chmod(0o600)
    assert zip_folder(code) == before


def test_functions_of_one_folder_share_one_artifact(code: Path) -> None:
    artifacts = MemoryArtifacts()
    template = {
        "Globals": {"Function": {"CodeUri": "code/"}},
        "Resources": {"A": function("code"), "B": function("./code/")},
    }
    packaged = package(template, code.parent, artifacts)
    [key] = artifacts.bodies
    place = {"Bucket": "artifacts", "Key": key}
    assert packaged["Globals"]["Function"]["CodeUri"] == place
    assert [packaged["Resources"][name]["Properties"]["CodeUri"] for name in "AB"] == [place] * 2


def test_what_is_in_a_bucket_already_stays(tmp_path: Path) -> None:
    uris = [{"Bucket": "b", "Key": "k"}, "s3://b/k"]
    template = {"Resources": {str(number): function(uri) for number, uri in enumerate(uris)}}
    assert package(template, tmp_path, MemoryArtifacts()) == template


def test_a_path_that_does_not_exist_is_refused_with_its_owner(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="Plan: CodeUri 'nowhere' does not exist"):
        package({"Resources": {"Plan": function("nowhere")}}, tmp_path, MemoryArtifacts())
