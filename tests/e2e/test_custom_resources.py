"""A stack with a custom resource, with the real `sam` and `aws`, in this order."""

from __future__ import annotations

import pytest

from tests.e2e.user import SECONDS, User
from tests.served import eventually

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Verdict: {Type: String}
Resources:
  Answering:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        import json
        from urllib.request import Request, urlopen

        def handler(event, context):
            verdict = event["ResourceProperties"]["Verdict"]
            if verdict == "silence":
                return
            answer = {
                "Status": "FAILED" if verdict == "bad" else "SUCCESS",
                "Reason": "9 of 10 calls failed",
                "PhysicalResourceId": "thing",
                "Data": {"Verdict": verdict},
                **{k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")},
            }
            old = event.get("OldResourceProperties", {}).get("Verdict")
            if old == "stuck":
                answer["Status"] = "FAILED"
            url, body = event["ResponseURL"], json.dumps(answer).encode()
            urlopen(Request(url, body, {"Content-Type": ""}, method="PUT"))
  Thing:
    Type: Custom::Thing
    Properties: {ServiceToken: !GetAtt Answering.Arn, Verdict: !Ref Verdict}
  Last:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/custom/${Thing.Verdict}"}
Outputs:
  Verdict: {Value: !GetAtt Thing.Verdict}
"""
DEPLOY = (
    "sam deploy --template-file custom.yaml --stack-name custom "
    "--resolve-s3 --capabilities CAPABILITY_IAM --parameter-overrides Verdict="
)
AWS = "aws cloudformation {} --stack-name custom"


@pytest.fixture(scope="module")
def stack(user: User) -> User:
    (user.checkout / "custom.yaml").write_text(TEMPLATE)
    user.does(DEPLOY + "good")
    return user


def status(user: User) -> str:
    return str(user.stack("custom")["StackStatus"])


class TestCustomResource:
    def test_its_answer_is_the_stacks_output(self, stack: User) -> None:
        assert status(stack) == "CREATE_COMPLETE"
        assert "better" in stack.does(DEPLOY + "better")
        assert stack.stack("custom")["Outputs"][0]["OutputValue"] == "better"

    @pytest.mark.proves("S55")
    def test_a_refusal_fails_the_deployment_with_its_reason(self, stack: User) -> None:
        failed = stack.tries(DEPLOY + "bad")
        assert failed.returncode == 1
        # The table breaks lines within its columns.
        assert "calls" in failed.stdout + failed.stderr
        events = stack.does(AWS.format("describe-stack-events"))
        assert "9 of 10 calls failed (RequestId: " in events
        assert status(stack) == "UPDATE_ROLLBACK_COMPLETE"
        assert "No changes to deploy" in stack.does(DEPLOY + "better")

    @pytest.mark.proves("S55")
    def test_an_update_that_waits_is_cancelled(self, stack: User) -> None:
        update = AWS.format("update-stack") + (
            " --use-previous-template --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
            " --parameters ParameterKey=Verdict,ParameterValue=silence"
        )
        stack.does(update)
        assert status(stack) == "UPDATE_IN_PROGRESS"
        stack.does(AWS.format("cancel-update-stack"))
        stack.does(AWS.format("wait stack-rollback-complete"))
        assert stack.statuses("Thing", "custom")[-3:] == [
            "UPDATE_FAILED",
            "UPDATE_IN_PROGRESS",
            "UPDATE_COMPLETE",
        ]
        assert status(stack) == "UPDATE_ROLLBACK_COMPLETE"

    @pytest.mark.proves("S55")
    def test_without_rollback_it_stays_until_it_is_rolled_back(self, stack: User) -> None:
        failed = stack.tries(DEPLOY + "bad --disable-rollback")
        assert failed.returncode == 1
        assert status(stack) == "UPDATE_FAILED"
        assert stack.stack("custom")["DisableRollback"]
        stack.does(AWS.format("rollback-stack"))
        stack.does(AWS.format("wait stack-rollback-complete"))
        assert status(stack) == "UPDATE_ROLLBACK_COMPLETE"

    @pytest.mark.proves("S55")
    def test_a_way_back_that_fails_is_skipped(self, stack: User) -> None:
        stack.client("logs").create_log_group(logGroupName="/custom/stuck")
        failed = stack.tries(DEPLOY + "stuck")
        assert failed.returncode == 1
        assert status(stack) == "UPDATE_ROLLBACK_FAILED"
        stack.does(AWS.format("continue-update-rollback") + " --resources-to-skip Thing")
        stack.does(AWS.format("wait stack-rollback-complete"))
        assert status(stack) == "UPDATE_ROLLBACK_COMPLETE"

    def test_it_is_deleted_with_the_stack(self, stack: User) -> None:
        stack.does(AWS.format("delete-stack"))
        eventually(lambda: "custom" not in names(stack) or None, SECONDS)


def names(user: User) -> list[str]:
    stacks = user.client("cloudformation").describe_stacks()["Stacks"]
    return [one["StackName"] for one in stacks]
