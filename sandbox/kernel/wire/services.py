"""The services that the sandbox has, and who answers the requests of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pkgutil import resolve_name
from typing import Any

from botocore.session import Session
from moto.core.model import ServiceModel
from moto.core.utils import get_service_model

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Service:
    """`name` is boto3's, `responder` the class of moto's kind that answers.

    `most` is how many bytes a request may have: not less than in AWS.
    """

    name: str
    responder: str
    most: int = MEGABYTE + MEGABYTE // 2

    @property
    def model(self) -> ServiceModel:
        return get_service_model(self.name)

    def dispatch(self, request: Any, url: str, headers: Any) -> Any:
        """Its status, headers and body. S3 has no one entry: buckets are apart from objects."""
        responder = resolve_name(self.responder)
        if self.name != "s3":
            return responder.dispatch(request, url, headers)
        bucket, _, key = request.raw_path.removeprefix("/").partition("/")
        if key:
            return responder.key_dispatch(request, url, headers)
        entry = responder.ambiguous_dispatch if bucket else responder.bucket_dispatch
        return entry(request, url, headers)


# By the name under which clients sign for it.
SERVICES = {
    "cloudformation": Service(
        "cloudformation", "sandbox.services.cloudformation.api.response:CloudFormationResponse"
    ),
    "events": Service("events", "moto.events.responses:EventsHandler"),
    "iam": Service("iam", "moto.iam.responses:IamResponse"),
    "kms": Service("kms", "moto.kms.responses:KmsResponse"),
    "lambda": Service("lambda", "moto.awslambda.responses:LambdaResponse", 70 * MEGABYTE),
    "logs": Service("logs", "moto.logs.responses:LogsResponse"),
    "monitoring": Service("cloudwatch", "moto.cloudwatch.responses:CloudWatchResponse"),
    "s3": Service("s3", "moto.s3.responses:S3Response", 300 * MEGABYTE),
    "sns": Service("sns", "moto.sns.responses:SNSResponse"),
    "sqs": Service("sqs", "moto.sqs.responses:SQSResponse"),
    "ssm": Service("ssm", "moto.ssm.responses:SimpleSystemManagerResponse"),
    "states": Service("stepfunctions", "moto.stepfunctions.responses:StepFunctionResponse"),
    "sts": Service("sts", "moto.sts.responses:TokenResponse"),
}
MOST = max(service.most for service in SERVICES.values())


@cache
def others() -> frozenset[str]:
    """Return the names under which AWS's other services are called or signed for."""
    session = Session()
    partitions = session.get_component("data_loader").load_data("endpoints")["partitions"]
    prefixes = {name for partition in partitions for name in partition["services"]}
    return frozenset({*session.get_available_services(), *prefixes} - SERVICES.keys())
