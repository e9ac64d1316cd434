"""The README's way through a stack's life, with the real `sam` and `aws`, in this order."""

from __future__ import annotations

import json
import sys
import zipfile
from io import BytesIO
from urllib.request import urlopen

import pytest

from sandbox.services.cloudformation.template import load
from tests.contract.test_imports import FILES, top_level
from tests.e2e.user import STACK, User, commands
from tests.served import ROOT

# What the Lambda runtime brings: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME = {"boto3", "botocore"}

EXPORT = commands("Deploy it", "export STATE_MACHINE_ARN")


@pytest.fixture(scope="module")
def first_deployment(user: User) -> str:
    # As where pip's settings have `user = true`, which `sam build` has no use for.
    return user.does(f"export PIP_USER=1; {commands('Deploy it', 'sam build')}")


@pytest.mark.usefixtures("first_deployment")
class TestDeployed:
    def test_the_template_is_valid(self, user: User) -> None:
        assert "is a valid SAM Template" in user.does("sam validate --lint")

    def test_the_stack_is_as_the_configuration_asks(
        self, user: User, first_deployment: str
    ) -> None:
        stack = user.stack()
        assert "Successfully created/updated stack - lambda-canary" in first_deployment
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert stack["Capabilities"] == ["CAPABILITY_IAM"]
        outputs = {output["OutputKey"] for output in stack["Outputs"]}
        assert outputs == {*load(ROOT / "template.yaml")["Outputs"]}
        assert user.statuses(STACK) == [
            "REVIEW_IN_PROGRESS",
            "CREATE_IN_PROGRESS",
            "CREATE_COMPLETE",
        ]

    def test_functions_hold_all_that_they_import_for_both_processors(self, user: User) -> None:
        name = user.function("PlanFunction")["FunctionName"]
        location = user.client("lambda").get_function(FunctionName=name)["Code"]["Location"]
        [bucket] = user.stack("aws-sam-cli-managed-default")["Outputs"]
        body = (
            user.client("s3")
            .get_object(Bucket=bucket["OutputValue"], Key=location.rpartition("/")[2])["Body"]
            .read()
        )
        names = zipfile.ZipFile(BytesIO(body)).namelist()
        compiled = {name.split("/")[-1] for name in names if name.endswith(".so")}
        assert compiled == {
            "_pydantic_core.cpython-313-aarch64-linux-gnu.so",
            "_pydantic_core.cpython-313-x86_64-linux-gnu.so",
        }
        held = {name.split("/")[0].removesuffix(".py") for name in names}
        needed = set().union(*map(top_level, FILES)) - sys.stdlib_module_names
        assert needed - held == RUNTIME

    @pytest.mark.proves("S55")
    def test_a_rollout_by_the_readmes_words_is_promoted(self, user: User) -> None:
        release = commands("Release", "aws stepfunctions start-execution")
        started = json.loads(user.does(f"{EXPORT}\n{release}"))
        end = user.ended(started["executionArn"])
        assert end["status"] == "SUCCEEDED", end
        assert "Promoted: MyFunction MyAlias" in subjects(user)

    def test_a_deployment_without_changes_is_none(self, user: User) -> None:
        assert "No changes to deploy" in user.does("sam deploy")
        assert user.stack()["StackStatus"] == "CREATE_COMPLETE"

    def test_changed_parameters_change_what_depends_on_them(self, user: User) -> None:
        told = user.does(commands("Deploy it", "sam deploy --parameter-overrides"))
        assert "* Modify                 FunctionLogs " in told
        assert "NotificationTopic  " not in told.partition("Outputs")[0]
        assert user.stack()["StackStatus"] == "UPDATE_COMPLETE"
        assert log_level(user) == "DEBUG"
        assert retention(user) == 30

    def test_a_condition_that_comes_to_hold_adds_its_resource_and_the_rest_is_kept(
        self, user: User
    ) -> None:
        user.does("sam deploy --parameter-overrides NotificationEmail=me@example.com")
        topic = output(user, "NotificationTopicArn")
        subscribed = user.client("sns").list_subscriptions_by_topic(TopicArn=topic)
        assert [one["Endpoint"] for one in subscribed["Subscriptions"]] == ["me@example.com"]
        assert log_level(user) == "DEBUG"

    def test_a_wrong_parameter_is_refused_before_anything_happens(self, user: User) -> None:
        refused = user.tries("sam deploy --parameter-overrides LogLevel=LOUD")
        assert refused.returncode == 1
        assert "Parameter LogLevel: 'LOUD' must be one of" in refused.stderr
        assert user.stack()["StackStatus"] == "UPDATE_COMPLETE"

    def test_a_release_deploys_the_same_code_without_being_built(self, user: User) -> None:
        before = user.function("PlanFunction")["CodeSha256"]
        bundled = user.does(
            f"{sys.executable} -m tools.release.bundle .aws-sam/build build/release"
        )
        with zipfile.ZipFile(user.checkout / bundled.partition(":")[0]) as bundle:
            bundle.extractall(user.checkout / "build" / "unpacked")
        user.does("cd build/unpacked && sam deploy --template-file template.yaml")
        assert user.stack()["StackStatus"] == "UPDATE_COMPLETE"
        assert user.function("PlanFunction")["CodeSha256"] == before
        assert log_level(user) == "DEBUG"

    @pytest.mark.proves("S55")
    def test_an_update_that_fails_is_taken_back(self, user: User) -> None:
        user.client("logs").create_log_group(logGroupName="taken")
        built = user.checkout / ".aws-sam" / "build" / "template.yaml"
        sound = built.read_text()
        built.write_text(with_a_log_group(sound, "taken", after="SimpleDeployFunction"))
        failed = user.tries("sam deploy --parameter-overrides LogLevel=ERROR")
        built.write_text(sound)

        assert failed.returncode == 1
        assert "UPDATE_ROLLBACK_COMPLETE" in failed.stderr
        assert user.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert user.statuses("Taken") == ["CREATE_IN_PROGRESS", "CREATE_FAILED"]
        assert "specified log group already exists" in user.reason("Taken")
        assert user.statuses("PlanFunction")[-2:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
        assert log_level(user) == "DEBUG"
        assert "No changes to deploy" in user.does("sam deploy")

    def test_a_first_deployment_that_fails_leaves_nothing_and_has_to_be_deleted(
        self, user: User
    ) -> None:
        built = user.checkout / ".aws-sam" / "build" / "template.yaml"
        sound = built.read_text()
        built.write_text(with_a_log_group(sound, "taken", after="SimpleDeployFunction"))
        failed = user.tries("sam deploy --stack-name other")
        again = user.tries("sam deploy --stack-name other")
        built.write_text(sound)

        assert failed.returncode == 1
        assert "ROLLBACK_COMPLETE" in failed.stderr
        assert "specified log group already exists" in user.reason("Taken", "other")
        assert "is in ROLLBACK_COMPLETE state and can not be updated" in again.stderr
        assert [name for name in names_of_functions(user) if name.startswith("other")] == []
        user.does("sam delete --no-prompts --stack-name other")

    def test_what_is_deleted_is_gone_but_for_the_logs(self, user: User) -> None:
        machine = output(user, "StateMachineArn")
        assert "Deleted successfully" in user.does(commands("Deploy it", "sam delete"))
        gone = user.tries(f"aws cloudformation describe-stacks --stack-name {STACK}")
        assert f"Stack with id {STACK} does not exist" in gone.stderr
        assert names_of_functions(user) == ["MyFunction", "MyOtherFunction"]
        assert user.client("sns").list_topics()["Topics"] == []
        machines = user.client("stepfunctions").list_state_machines()["stateMachines"]
        assert machine not in [one["stateMachineArn"] for one in machines]
        groups = user.client("logs").describe_log_groups(logGroupNamePrefix=f"{STACK}-Function")
        assert [group["retentionInDays"] for group in groups["logGroups"]] == [30]


def with_a_log_group(template: str, name: str, after: str) -> str:
    """Return the built template with one more resource, made when `after` has been."""
    return template.replace(
        "\nResources:\n",
        "\nResources:\n"
        "  Taken:\n"
        "    Type: AWS::Logs::LogGroup\n"
        f"    DependsOn: {after}\n"
        "    Properties:\n"
        f"      LogGroupName: {name}\n",
        1,
    )


def output(user: User, key: str) -> str:
    [value] = [one["OutputValue"] for one in user.stack()["Outputs"] if one["OutputKey"] == key]
    return str(value)


def log_level(user: User) -> str:
    variables = user.function("PlanFunction")["Environment"]["Variables"]
    return str(variables["POWERTOOLS_LOG_LEVEL"])


def retention(user: User) -> int:
    groups = user.client("logs").describe_log_groups(logGroupNamePrefix=f"{STACK}-Function")
    return int(groups["logGroups"][0]["retentionInDays"])


def names_of_functions(user: User) -> list[str]:
    pages = user.client("lambda").get_paginator("list_functions").paginate()
    return sorted(one["FunctionName"] for page in pages for one in page["Functions"])


def subjects(user: User) -> list[str]:
    with urlopen(f"{user.server.url}/sandbox/messages") as answer:
        return [message["subject"] for message in json.load(answer)]
