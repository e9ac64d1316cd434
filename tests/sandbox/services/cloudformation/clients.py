"""What tests of CloudFormation's API start from: a client, a template, and time that passes."""

from __future__ import annotations

from typing import Any

from sandbox.sandbox import Sandbox

TEMPLATE = """
Description: Two resources.
Parameters:
  Level: {Type: String, Default: low, AllowedValues: [low, high]}
  Name: {Type: String, Default: one}
  Secret: {Type: String, NoEcho: true, Default: hush}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Level}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Ref Name}}
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !GetAtt Topic.TopicName}
Outputs:
  Arn: {Value: !Ref Topic, Description: The topic's.}
"""
SERVERLESS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      {Runtime: python3.13, Handler: index.handler, InlineCode: "def handler(*_): return 1"}
"""
ROLE = """
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
"""


class Client:
    """boto3's client, and what deploys with it as `sam deploy` does."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.api = sandbox.client("cloudformation")

    def propose(self, body: str, kind: str = "CREATE", name: str = "c", **more: Any) -> Any:
        """Make a change set for the stack `app`, and describe it."""
        self.api.create_change_set(
            StackName="app", ChangeSetName=name, ChangeSetType=kind, TemplateBody=body, **more
        )
        return self.api.describe_change_set(StackName="app", ChangeSetName=name)

    def execute(self, name: str = "c") -> Any:
        self.api.execute_change_set(StackName="app", ChangeSetName=name)
        self.sandbox.run_for(60)
        return self.stack()

    def deploy(self, body: str, kind: str = "CREATE", **more: Any) -> Any:
        self.propose(body, kind, f"{kind}-{self.sandbox.clock.now}", **more)
        [change_set] = self.api.list_change_sets(StackName="app")["Summaries"]
        return self.execute(change_set["ChangeSetName"])

    def stack(self) -> Any:
        [stack] = self.api.describe_stacks(StackName="app")["Stacks"]
        return stack

    def events(self) -> list[str]:
        """Return what happened, oldest first."""
        pages = self.api.get_paginator("describe_stack_events").paginate(StackName="app")
        newest_first = [event for page in pages for event in page["StackEvents"]]
        return [
            f"{event['LogicalResourceId']} {event['ResourceStatus']}"
            for event in reversed(newest_first)
        ]

    def begin(self, body: str, **how: Any) -> None:
        """Make the stack `app`, or update it, and wait for what is quickly done."""
        known = [one["StackName"] for one in self.api.describe_stacks()["Stacks"]]
        call = self.api.update_stack if "app" in known else self.api.create_stack
        call(StackName="app", TemplateBody=body, **how)
        self.sandbox.run_for(5)

    def status(self) -> str:
        return str(self.stack()["StackStatus"])

    def resource(self, logical_id: str) -> Any:
        answer = self.api.describe_stack_resource(StackName="app", LogicalResourceId=logical_id)
        return answer["StackResourceDetail"]

    def reason(self, logical_id: str, status: str = "FAILED") -> str:
        """Say why the resource, or the stack, last came to a status that ends like this."""
        events = self.api.describe_stack_events(StackName="app")["StackEvents"]
        told = [one for one in events if one["LogicalResourceId"] == logical_id]
        last = next(one for one in told if one["ResourceStatus"].endswith(status))
        return str(last["ResourceStatusReason"])


def values(**parameters: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": text} for key, text in parameters.items()]
