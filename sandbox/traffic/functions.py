"""Real functions of the sandbox's Lambda, with versions and an alias, for rollouts to act upon."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

ROLE = "synthetic-function"
_CODE = "VERSION = {number}\n\n\ndef handler(event, context):\n    return {{'version': VERSION}}\n"


def create_function(
    client: Callable[[str], Any],
    name: str,
    *,
    versions: int = 2,
    alias: str | None = "live",
    unpublished: bool = False,
    timeout: int = 3,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Publish versions 1 to `versions`, each with code of its own, and an alias at version 1.

    With `unpublished`, $LATEST holds code that differs from the last version's.
    """
    functions = client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=_role(client("iam")),
        Handler="index.handler",
        Code={"ZipFile": package(1)},
        Timeout=timeout,
        Tags=dict(tags or {}),
    )
    for number in range(1, versions + 1):
        if number > 1:
            functions.update_function_code(FunctionName=name, ZipFile=package(number))
        functions.publish_version(FunctionName=name)
    if unpublished:
        functions.update_function_code(FunctionName=name, ZipFile=package(versions + 1))
    if alias:
        functions.create_alias(FunctionName=name, Name=alias, FunctionVersion="1")


def package(number: int) -> bytes:
    """Make a deployment package that differs from that of every other number."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), _CODE.format(number=number))
    return content.getvalue()


def _role(iam: Any) -> str:
    """Return the role that all synthetic functions share, made when it is first needed."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    try:
        role = iam.get_role(RoleName=ROLE)
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    arn: str = role["Role"]["Arn"]
    return arn
