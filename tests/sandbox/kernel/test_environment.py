import os
import time

import boto3
import pytest

from sandbox.sandbox import Sandbox


@pytest.mark.proves("S4")
def test_no_setting_of_the_user_reaches_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("TZ", "America/New_York")
    with Sandbox() as sandbox:
        assert time.strftime("%H:%M") == "09:00"
        identity = boto3.client("sts").get_caller_identity()
        assert identity["Account"] == "123456789012"
        assert (
            sandbox.client("sns")
            .create_topic(Name="a")["TopicArn"]
            .startswith("arn:aws:sns:us-east-1:")
        )
    assert os.environ["AWS_PROFILE"] == "production"
    assert os.environ["TZ"] == "America/New_York"


@pytest.mark.proves("S4")
def test_closing_forgets_everything_and_a_second_sandbox_is_like_the_first() -> None:
    seen = []
    for _ in range(2):
        with Sandbox() as sandbox:
            iam = sandbox.client("iam")
            assert iam.list_roles()["Roles"] == []
            role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]
            seen.append((role["RoleId"], role["CreateDate"]))
    assert seen[0] == seen[1]
