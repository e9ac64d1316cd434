"""AWS::ApiGateway and AWS::ApiGatewayV2, as far as SAM and CDK make them for functions.

The stack's record of each is all there is of it; `services/endpoints` answers requests by it.
"""

from __future__ import annotations

import hashlib

from sandbox.services.cloudformation.resources.base import Context, Made, Properties, ResourceType
from sandbox.services.cloudformation.shapes import (
    BOOLEAN,
    INTEGER,
    JSON,
    TAGS,
    TEXT,
    ListOf,
    MapOf,
    record,
)
from sandbox.services.cloudformation.stack import Resource, domain_of


class _Recorded(ResourceType):
    """Something that is known by an id that API Gateway gives it."""

    identity = ""
    """The attribute that is its id."""

    def create(self, context: Context, properties: Properties) -> Made:  # noqa: ARG002
        made = hashlib.sha256(context.name().encode()).hexdigest()[:10]
        return Made(made, {self.identity: made} if self.identity else {})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        """Leave it to the stack's record."""

    def delete(self, context: Context, resource: Resource) -> None:
        """Leave it to the stack's record."""


class RestApi(_Recorded):
    """A REST API by its OpenAPI document."""

    name = "AWS::ApiGateway::RestApi"
    identity = "RestApiId"
    shape = record(
        BinaryMediaTypes=ListOf(TEXT),
        Body=JSON,
        Description=TEXT,
        EndpointConfiguration=record(Types=ListOf(TEXT)),
        FailOnWarnings=BOOLEAN,
        Name=TEXT,
        Parameters=MapOf(TEXT),
        Tags=TAGS,
    )
    attributes = frozenset({"RestApiId", "RootResourceId"})

    def create(self, context: Context, properties: Properties) -> Made:
        made = super().create(context, properties)
        return Made(made.physical_id, {**made.attributes, "RootResourceId": made.physical_id[::-1]})


class Deployment(_Recorded):
    """What a stage shows. The sandbox's stages show their API as it is now."""

    name = "AWS::ApiGateway::Deployment"
    identity = "DeploymentId"
    shape = record("RestApiId", Description=TEXT, RestApiId=TEXT, StageName=TEXT)
    replaced_by = frozenset({"RestApiId"})
    attributes = frozenset({"DeploymentId"})


class Stage(_Recorded):
    """Where a REST API can be called."""

    name = "AWS::ApiGateway::Stage"
    shape = record(
        "RestApiId",
        DeploymentId=TEXT,
        Description=TEXT,
        RestApiId=TEXT,
        StageName=TEXT,
        Tags=TAGS,
        TracingEnabled=BOOLEAN,
    )
    replaced_by = frozenset({"RestApiId", "StageName"})

    def create(self, context: Context, properties: Properties) -> Made:  # noqa: ARG002
        return Made(properties["StageName"])


class Api(_Recorded):
    """An HTTP API, by its OpenAPI document or by its routes."""

    name = "AWS::ApiGatewayV2::Api"
    identity = "ApiId"
    shape = record(
        Body=JSON,
        Description=TEXT,
        FailOnWarnings=BOOLEAN,
        Name=TEXT,
        ProtocolType=TEXT,
        Tags=MapOf(TEXT),
    )
    replaced_by = frozenset({"ProtocolType"})
    attributes = frozenset({"ApiEndpoint", "ApiId"})

    def create(self, context: Context, properties: Properties) -> Made:
        made, region = super().create(context, properties), context.stack.region
        endpoint = f"https://{made.physical_id}.execute-api.{region}.{domain_of(region)}"
        return Made(made.physical_id, {**made.attributes, "ApiEndpoint": endpoint})


class HttpStage(_Recorded):
    """Where an HTTP API can be called."""

    name = "AWS::ApiGatewayV2::Stage"
    shape = record(
        "ApiId StageName",
        ApiId=TEXT,
        AutoDeploy=BOOLEAN,
        DefaultRouteSettings=record(DetailedMetricsEnabled=BOOLEAN),  # no API has metrics here
        Description=TEXT,
        StageName=TEXT,
        Tags=MapOf(TEXT),
    )
    replaced_by = frozenset({"ApiId", "StageName"})

    def create(self, context: Context, properties: Properties) -> Made:  # noqa: ARG002
        return Made(properties["StageName"])


class Integration(_Recorded):
    """A function behind an HTTP API."""

    name = "AWS::ApiGatewayV2::Integration"
    identity = "IntegrationId"
    shape = record(
        "ApiId IntegrationType",
        ApiId=TEXT,
        Description=TEXT,
        IntegrationMethod=TEXT,
        IntegrationType=TEXT,
        IntegrationUri=TEXT,
        PayloadFormatVersion=TEXT,
        TimeoutInMillis=INTEGER,
    )
    replaced_by = frozenset({"ApiId"})
    attributes = frozenset({"IntegrationId"})


class Route(_Recorded):
    """Which requests to an HTTP API are for which integration."""

    name = "AWS::ApiGatewayV2::Route"
    identity = "RouteId"
    shape = record(
        "ApiId RouteKey",
        ApiId=TEXT,
        AuthorizationType=TEXT,
        OperationName=TEXT,
        RouteKey=TEXT,
        Target=TEXT,
    )
    replaced_by = frozenset({"ApiId"})
    attributes = frozenset({"RouteId"})
