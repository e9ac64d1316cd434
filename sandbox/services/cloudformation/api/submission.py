"""What a client submits of a stack: template, parameters, tags, capabilities."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlparse

from botocore.exceptions import ClientError

from sandbox.services.cloudformation import capabilities, transforms
from sandbox.services.cloudformation import parameters as template_parameters
from sandbox.services.cloudformation.api.refusals import InsufficientCapabilities, ValidationError
from sandbox.services.cloudformation.errors import TransformError
from sandbox.services.cloudformation.macros import Macros
from sandbox.services.cloudformation.proposal import Proposal, propose
from sandbox.services.cloudformation.stack import Stack
from sandbox.services.cloudformation.template import Template, parse

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_BODY_BYTES = 51_200
MAX_OBJECT_BYTES = 1_000_000


@dataclass(frozen=True)
class Submission:
    """What somebody submits for a stack: the template and all that goes with it."""

    text: str
    """The template as it was submitted."""
    given: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    most_bytes: int = MAX_OBJECT_BYTES
    """Of the template, also when it has been transformed."""

    @property
    def template(self) -> Template:
        return parse(self.text)

    @property
    def has_transform(self) -> bool:
        return bool(transforms.names(self.template))

    def check_parameters(self) -> None:
        """TemplateError where they do not fit the template, of which no transform is asked then."""
        template_parameters.resolve(self.template, self.given)

    def proposal(self, stack: Stack, macros: Macros) -> Proposal:
        """Propose what would be made of `stack`. Raises TemplateError, InsufficientCapabilities."""
        template = transforms.processed(self.template, self.given, stack.region, macros)
        if self.has_transform and transforms.size(template) > self.most_bytes:
            raise TransformError(f"Template may not exceed {self.most_bytes} bytes in size.")
        needed = capabilities.required(template)
        if not capabilities.agreed(needed, self.capabilities):
            raise InsufficientCapabilities(str(needed))
        return propose(stack, template, self.given)


def of_deployed(stack: Stack) -> Submission:
    """Say what would have had to be submitted for a stack that did not come through the API."""
    given = {name: as_text(value) for name, value in stack.parameters.items()}
    return Submission(json.dumps(stack.template), given)


def read(
    request: Mapping[str, Any], before: Submission | None, client: Callable[[str], Any]
) -> Submission:
    """`before` is what the stack has, if there is one."""
    tags = request.get("Tags")
    if tags is None:
        kept = {} if before is None else before.tags
    else:
        kept = {tag["Key"]: tag["Value"] for tag in tags}
    return Submission(
        text(request, before, client),
        _parameters(request, before),
        kept,
        tuple(request.get("Capabilities") or ()),
        MAX_BODY_BYTES if request.get("TemplateBody") else MAX_OBJECT_BYTES,
    )


def text(
    request: Mapping[str, Any], before: Submission | None, client: Callable[[str], Any]
) -> str:
    """Return the submitted template: the text, that in a bucket, or the one from before."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if request.get("UsePreviousTemplate") and before is not None and not (body or url):
        return before.text
    if bool(body) == bool(url):
        raise ValidationError("Either Template URL or Template Body must be specified.")
    if not body:
        return _from_bucket(str(url), client)
    if len(body.encode()) > MAX_BODY_BYTES:
        raise ValidationError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BODY_BYTES}"
        )
    return str(body)


def _from_bucket(url: str, client: Callable[[str], Any]) -> str:
    parsed = urlparse(url)
    path = unquote(parsed.path).lstrip("/")
    first, dot, _ = parsed.netloc.partition(".s3")
    bucket, key = (first, path) if dot else path.split("/", 1)
    try:
        body: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise ValidationError(f"S3 error: {error.response['Error']['Message']}") from error
    if len(body) > MAX_OBJECT_BYTES:
        raise ValidationError(f"Template may not exceed {MAX_OBJECT_BYTES} bytes in size.")
    return body.decode()


def _parameters(request: Mapping[str, Any], before: Submission | None) -> dict[str, str]:
    given = {}
    for parameter in request.get("Parameters") or []:
        key = parameter["ParameterKey"]
        if not parameter.get("UsePreviousValue"):
            given[key] = str(parameter.get("ParameterValue", ""))
        elif before is None:
            raise ValidationError(
                f"Invalid input for parameter key {key}. "
                "Cannot specify usePreviousValue as true for a new stack"
            )
        elif key in before.given:
            given[key] = before.given[key]
    return given


def as_text(value: str | list[str]) -> str:
    """Write a parameter's value as people give it."""
    return value if isinstance(value, str) else ",".join(value)
