"""AWS::StepFunctions::StateMachine."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    tag_difference,
    tag_list,
    tag_map,
)
from sandbox.services.cloudformation.shapes import BOOLEAN, JSON, TAGS, TEXT, ListOf, MapOf, record
from sandbox.services.cloudformation.stack import Resource
from sandbox.services.cloudformation.template import parse_document

_PLACEHOLDER = re.compile(r"\$\{[^}]+\}")


class StateMachine(ResourceType):
    """A state machine with its definition filled in."""

    name = "AWS::StepFunctions::StateMachine"
    shape = record(
        "RoleArn",
        Definition=JSON,
        DefinitionS3Location=record("Bucket Key", Bucket=TEXT, Key=TEXT, Version=TEXT),
        DefinitionString=TEXT,
        DefinitionSubstitutions=MapOf(TEXT),
        LoggingConfiguration=record(
            Destinations=ListOf(record(CloudWatchLogsLogGroup=record(LogGroupArn=TEXT))),
            IncludeExecutionData=BOOLEAN,
            Level=TEXT,
        ),
        RoleArn=TEXT,
        StateMachineName=TEXT,
        StateMachineType=TEXT,
        Tags=TAGS,
        TracingConfiguration=record(Enabled=BOOLEAN),
    )
    replaced_by = frozenset({"StateMachineName", "StateMachineType"})
    attributes = frozenset({"Arn", "Name"})
    ref_is_arn = True

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("StateMachineName") or context.name(80, with_stack=False)
        arn = context.client("stepfunctions").create_state_machine(
            name=name,
            type=properties.get("StateMachineType", "STANDARD"),
            tags=tag_list(tag_map(properties), "key", "value"),
            **self._arguments(context, properties),
        )["stateMachineArn"]
        return Made(arn, {"Arn": arn, "Name": name})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        client = context.client("stepfunctions")
        client.update_state_machine(
            stateMachineArn=resource.physical_id, **self._arguments(context, properties)
        )
        gone, put = tag_difference(resource.properties, properties)
        if gone:
            client.untag_resource(resourceArn=resource.physical_id, tagKeys=gone)
        if put:
            tags = tag_list(put, "key", "value")
            client.tag_resource(resourceArn=resource.physical_id, tags=tags)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("stepfunctions").delete_state_machine(stateMachineArn=resource.physical_id)

    def _arguments(self, context: Context, properties: Properties) -> dict[str, Any]:
        return {
            "definition": json.dumps(definition(properties, self._text(context, properties))),
            "roleArn": properties["RoleArn"],
            "loggingConfiguration": _logging(properties.get("LoggingConfiguration", {})),
            "tracingConfiguration": {
                "enabled": properties.get("TracingConfiguration", {}).get("Enabled", False)
            },
        }

    def _text(self, context: Context, properties: Properties) -> str | None:
        place = properties.get("DefinitionS3Location")
        if place is None:
            return None
        wanted = {"Bucket": place["Bucket"], "Key": place["Key"]}
        if "Version" in place:
            wanted["VersionId"] = place["Version"]
        body: bytes = context.client("s3").get_object(**wanted)["Body"].read()
        return body.decode()


def definition(properties: Properties, stored: str | None) -> dict[str, Any]:
    """Fill in the definition, which is `stored` if it is at DefinitionS3Location.

    As in CloudFormation, substitution is textual: `"${Seconds}"` becomes a string and `${Seconds}`
    a number. A placeholder that is left, which Step Functions would take literally, is refused.
    """
    if stored is not None:
        text = stored
    elif "DefinitionString" in properties:
        text = properties["DefinitionString"]
    elif "Definition" in properties:
        text = json.dumps(properties["Definition"])
    else:
        raise CloudFormationError("the state machine has no definition")
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", value)
    left = sorted(set(_PLACEHOLDER.findall(text)))
    if left:
        raise CloudFormationError(f"DefinitionSubstitutions lacks {', '.join(left)}")
    try:
        document: dict[str, Any] = parse_document(text)
    except yaml.YAMLError as error:
        raise CloudFormationError(f"the state machine's definition: {error}") from error
    return document


def _logging(configuration: Properties) -> dict[str, Any]:
    destinations = [
        {"cloudWatchLogsLogGroup": {"logGroupArn": item["CloudWatchLogsLogGroup"]["LogGroupArn"]}}
        for item in configuration.get("Destinations", [])
    ]
    return {
        "level": configuration.get("Level", "OFF"),
        "includeExecutionData": configuration.get("IncludeExecutionData", False),
        "destinations": destinations,
    }
