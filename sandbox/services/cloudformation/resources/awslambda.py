"""AWS::Lambda: functions, versions, aliases, and what calls them."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.services.awslambda.names import split_name
from sandbox.services.cloudformation.errors import CloudFormationError
from sandbox.services.cloudformation.packaging import zip_bytes
from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    pick,
    tag_difference,
    tag_map,
)
from sandbox.services.cloudformation.shapes import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    TAGS,
    TEXT,
    ListOf,
    MapOf,
    record,
)
from sandbox.services.cloudformation.stack import Resource

# Properties that UpdateFunctionConfiguration takes, and what it must be given to undo each.
_CONFIGURATION: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "Handler": "",
    "LoggingConfig": {"LogFormat": "Text"},
    "MemorySize": 128,
    "Role": "",
    "Runtime": "",
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
}


class Function(ResourceType):
    """A function, whose code is in the template or in a bucket."""

    name = "AWS::Lambda::Function"
    shape = record(
        required="Code Role",
        Architectures=ListOf(TEXT),
        Code=record(S3Bucket=TEXT, S3Key=TEXT, S3ObjectVersion=TEXT, ZipFile=TEXT),
        DeadLetterConfig=record(TargetArn=TEXT),
        Description=TEXT,
        Environment=record(Variables=MapOf(TEXT)),
        EphemeralStorage=record("Size", Size=INTEGER),
        FunctionName=TEXT,
        Handler=TEXT,
        LoggingConfig=record(
            ApplicationLogLevel=TEXT, LogFormat=TEXT, LogGroup=TEXT, SystemLogLevel=TEXT
        ),
        MemorySize=INTEGER,
        PackageType=TEXT,
        ReservedConcurrentExecutions=INTEGER,
        Role=TEXT,
        Runtime=TEXT,
        Tags=TAGS,
        Timeout=INTEGER,
        TracingConfig=record(Mode=TEXT),
    )
    replaced_by = frozenset({"FunctionName", "PackageType"})
    attributes = frozenset({"Arn"})

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("FunctionName") or context.name(64)
        made = context.client("lambda").create_function(
            FunctionName=name,
            Code=self._code(properties),
            Tags={**context.tags, **tag_map(properties)},
            **pick(properties, (*_CONFIGURATION, "Architectures", "PackageType")),
        )
        context.begun = name
        self._reserve(context, name, properties)
        return Made(name, {"Arn": made["FunctionArn"]})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        client = context.client("lambda")
        code = ("Code", "Architectures")
        if pick(properties, code) != pick(resource.properties, code):
            client.update_function_code(
                FunctionName=resource.physical_id,
                Architectures=properties.get("Architectures", ["x86_64"]),
                **self._code(properties),
            )
        changed = {
            name: properties.get(name, undone)
            for name, undone in _CONFIGURATION.items()
            if properties.get(name) != resource.properties.get(name)
        }
        if changed:
            client.update_function_configuration(FunctionName=resource.physical_id, **changed)
        gone, put = tag_difference(resource.properties, properties)
        if gone:
            client.untag_resource(Resource=resource.attributes["Arn"], TagKeys=gone)
        if put:
            client.tag_resource(Resource=resource.attributes["Arn"], Tags=put)
        self._reserve(context, resource.physical_id, properties, resource.properties)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("lambda").delete_function(FunctionName=resource.physical_id)

    def _code(self, properties: Properties) -> dict[str, Any]:
        code = properties["Code"]
        if "ZipFile" not in code:
            return pick(code, ("S3Bucket", "S3Key", "S3ObjectVersion"))
        # CloudFormation puts source text given inline into a file called index.
        suffix = "py" if properties.get("Runtime", "").startswith("python") else "js"
        return {"ZipFile": zip_bytes({f"index.{suffix}": code["ZipFile"].encode()})}

    def _reserve(
        self, context: Context, name: str, now: Properties, before: Properties | None = None
    ) -> None:
        wanted = now.get("ReservedConcurrentExecutions")
        had = (before or {}).get("ReservedConcurrentExecutions")
        client = context.client("lambda")
        if wanted is not None and wanted != had:
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=wanted)
        elif wanted is None and had is not None:
            client.delete_function_concurrency(FunctionName=name)


class Version(ResourceType):
    """A published version, which is replaced and never updated."""

    name = "AWS::Lambda::Version"
    shape = record("FunctionName", CodeSha256=TEXT, Description=TEXT, FunctionName=TEXT)
    replaced_by = frozenset({"CodeSha256", "Description", "FunctionName"})
    attributes = frozenset({"FunctionArn", "Version"})
    ref_is_arn = True

    def create(self, context: Context, properties: Properties) -> Made:
        """Publish, which of unchanged code is an error: https://github.com/aws/aws-cdk/issues/5334."""
        client = context.client("lambda")
        pages = client.get_paginator("list_versions_by_function")
        found = pages.paginate(FunctionName=properties["FunctionName"])
        before = {one["Version"] for page in found for one in page["Versions"]}
        made = client.publish_version(**properties)
        if made["Version"] in before:
            raise CloudFormationError(
                f"A version for this Lambda function exists ( {made['Version']} ). "
                "Modify the function to create a new version."
            )
        arn = made["FunctionArn"]
        return Made(arn, {"FunctionArn": arn, "Version": made["Version"]})

    def delete(self, context: Context, resource: Resource) -> None:
        function, version = resource.physical_id.rsplit(":", 1)
        context.client("lambda").delete_function(FunctionName=function, Qualifier=version)


class Alias(ResourceType):
    """An alias of a function, with its weights."""

    name = "AWS::Lambda::Alias"
    shape = record(
        "FunctionName FunctionVersion Name",
        Description=TEXT,
        FunctionName=TEXT,
        FunctionVersion=TEXT,
        Name=TEXT,
        RoutingConfig=record(
            AdditionalVersionWeights=ListOf(
                record(
                    "FunctionVersion FunctionWeight", FunctionVersion=TEXT, FunctionWeight=NUMBER
                )
            )
        ),
    )
    replaced_by = frozenset({"FunctionName", "Name"})
    attributes = frozenset({"AliasArn"})
    ref_is_arn = True

    def create(self, context: Context, properties: Properties) -> Made:
        made = context.client("lambda").create_alias(**self._arguments(properties, {}))
        return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        """Change what the template says, and nothing else: weights that others set stay."""
        key = pick(resource.properties, ("FunctionName", "Name"))
        wanted = self._arguments(properties, resource.properties)
        if context.order.clears_weights:
            wanted.setdefault("RoutingConfig", {"AdditionalVersionWeights": {}})
        context.client("lambda").update_alias(**{**wanted, **key})

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("lambda").delete_alias(**pick(resource.properties, ("FunctionName", "Name")))

    def _arguments(self, now: Properties, before: Properties) -> Properties:
        arguments = {**now}
        if "Description" in before:
            arguments.setdefault("Description", "")
        if "RoutingConfig" in now or "RoutingConfig" in before:
            routing = now.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
            weights = {item["FunctionVersion"]: item["FunctionWeight"] for item in routing}
            arguments["RoutingConfig"] = {"AdditionalVersionWeights": weights}
        return arguments


class Permission(ResourceType):
    """A statement of a function's resource policy."""

    name = "AWS::Lambda::Permission"
    shape = record(
        "Action FunctionName Principal",
        Action=TEXT,
        EventSourceToken=TEXT,
        FunctionName=TEXT,
        FunctionUrlAuthType=TEXT,
        InvokedViaFunctionUrl=BOOLEAN,
        Principal=TEXT,
        PrincipalOrgID=TEXT,
        SourceAccount=TEXT,
        SourceArn=TEXT,
    )
    replaced_by = frozenset(shape.known)
    attributes = frozenset({"Id"})

    def create(self, context: Context, properties: Properties) -> Made:
        statement = context.name(100)
        context.client("lambda").add_permission(StatementId=statement, **properties)
        return Made(statement, {"Id": statement})

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("lambda").remove_permission(
            FunctionName=resource.properties["FunctionName"], StatementId=resource.physical_id
        )


class Url(ResourceType):
    """An HTTPS endpoint of a function or an alias; the stack's record is all there is of it."""

    name = "AWS::Lambda::Url"
    shape = record(
        "AuthType TargetFunctionArn",
        AuthType=TEXT,
        Cors=record(
            AllowCredentials=BOOLEAN,
            AllowHeaders=ListOf(TEXT),
            AllowMethods=ListOf(TEXT),
            AllowOrigins=ListOf(TEXT),
            ExposeHeaders=ListOf(TEXT),
            MaxAge=INTEGER,
        ),
        Qualifier=TEXT,
        TargetFunctionArn=TEXT,
    )
    replaced_by = frozenset({"Qualifier", "TargetFunctionArn"})
    attributes = frozenset({"FunctionArn", "FunctionUrl"})
    ref_is_arn = True

    def create(self, context: Context, properties: Properties) -> Made:
        name, qualifier = split_name(properties["TargetFunctionArn"], properties.get("Qualifier"))
        configuration = context.client("lambda").get_function_configuration(
            FunctionName=name, **({"Qualifier": qualifier} if qualifier else {})
        )
        arn = ":".join([*configuration["FunctionArn"].split(":")[:7], *filter(None, [qualifier])])
        if any(
            one.type == self.name and one.physical_id == arn
            for stack in context.stack.neighbours.values()
            for one in stack.resources.values()
        ):
            raise CloudFormationError(
                f"Failed to create function url config for [functionArn = {arn}]. Error message: "
                "FunctionUrlConfig exists for this Lambda function"
            )
        identity = hashlib.sha256(context.name().encode()).hexdigest()[:32]
        url = f"https://{identity}.lambda-url.{context.stack.region}.on.aws/"
        return Made(arn, {"FunctionArn": arn, "FunctionUrl": url})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        """Leave it to the stack's record."""

    def delete(self, context: Context, resource: Resource) -> None:
        """Leave it to the stack's record."""


class EventInvokeConfig(ResourceType):
    """What becomes of a function's asynchronous calls."""

    name = "AWS::Lambda::EventInvokeConfig"
    shape = record(
        "FunctionName Qualifier",
        DestinationConfig=record(
            OnFailure=record("Destination", Destination=TEXT),
            OnSuccess=record("Destination", Destination=TEXT),
        ),
        FunctionName=TEXT,
        MaximumEventAgeInSeconds=INTEGER,
        MaximumRetryAttempts=INTEGER,
        Qualifier=TEXT,
    )
    replaced_by = frozenset({"FunctionName", "Qualifier"})

    def create(self, context: Context, properties: Properties) -> Made:
        context.client("lambda").put_function_event_invoke_config(**properties)
        return Made(f"{properties['FunctionName']}|{properties['Qualifier']}")

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        function, qualifier = resource.physical_id.split("|")
        context.client("lambda").put_function_event_invoke_config(
            **{**properties, "FunctionName": function, "Qualifier": qualifier}
        )

    def delete(self, context: Context, resource: Resource) -> None:
        function, qualifier = resource.physical_id.split("|")
        context.client("lambda").delete_function_event_invoke_config(
            FunctionName=function, Qualifier=qualifier
        )


class EventSourceMapping(ResourceType):
    """A queue that a function reads."""

    name = "AWS::Lambda::EventSourceMapping"
    shape = record(
        "FunctionName",
        BatchSize=INTEGER,
        Enabled=BOOLEAN,
        EventSourceArn=TEXT,
        FunctionName=TEXT,
    )
    replaced_by = frozenset({"EventSourceArn"})
    attributes = frozenset({"Id"})

    def create(self, context: Context, properties: Properties) -> Made:
        made = context.client("lambda").create_event_source_mapping(**properties)
        return Made(made["UUID"], {"Id": made["UUID"]})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        changed = {"BatchSize": 10, "Enabled": True, **properties}
        del changed["EventSourceArn"]
        context.client("lambda").update_event_source_mapping(UUID=resource.physical_id, **changed)

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("lambda").delete_event_source_mapping(UUID=resource.physical_id)
