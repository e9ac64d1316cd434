"""AWS::SSM::Parameter."""

from __future__ import annotations

from sandbox.services.cloudformation.resources.base import Context, Made, Properties, ResourceType
from sandbox.services.cloudformation.shapes import TEXT, MapOf, record
from sandbox.services.cloudformation.stack import Resource


class Parameter(ResourceType):
    """A parameter of SSM's store."""

    name = "AWS::SSM::Parameter"
    shape = record(
        "Type Value",
        AllowedPattern=TEXT,
        DataType=TEXT,
        Description=TEXT,
        Name=TEXT,
        Tags=MapOf(TEXT),
        Tier=TEXT,
        Type=TEXT,
        Value=TEXT,
    )
    replaced_by = frozenset({"Name"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("Name") or f"CFN-{context.name(500, with_stack=False)}"
        arguments = {key: value for key, value in properties.items() if key != "Tags"}
        tags = [{"Key": key, "Value": value} for key, value in properties.get("Tags", {}).items()]
        context.client("ssm").put_parameter(**{**arguments, "Name": name, "Tags": tags})
        return Made(name)

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        ssm = context.client("ssm")
        arguments = {key: value for key, value in properties.items() if key != "Tags"}
        ssm.put_parameter(**{**arguments, "Name": resource.physical_id, "Overwrite": True})
        target = {"ResourceType": "Parameter", "ResourceId": resource.physical_id}
        now, had = properties.get("Tags", {}), resource.properties.get("Tags", {})
        ssm.remove_tags_from_resource(**target, TagKeys=sorted(had.keys() - now.keys()))
        tags = [{"Key": key, "Value": value} for key, value in now.items()]
        ssm.add_tags_to_resource(**target, Tags=tags)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("ssm").delete_parameter(Name=resource.physical_id)
