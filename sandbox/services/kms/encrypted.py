"""What is encrypted with a key: topics, queues and log groups. moto stores the key's name alone."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import EmptyResult
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse
from moto.sns.exceptions import SNSException
from moto.sns.models import SNSBackend
from moto.sqs.exceptions import SQSException
from moto.sqs.models import SQSBackend

from sandbox.kernel.environment import ACCOUNT, REGION
from sandbox.kernel.patches import Patches
from sandbox.services.kms.keys import Keys


class KeyNotUsableError(AWSError):  # type: ignore[misc]  # moto has no types
    """Whoever calls may not use the key."""

    TYPE = "AccessDeniedException"
    STATUS = 400


def install(patches: Patches, keys: Keys) -> None:
    """Check the keys of topics, queues and log groups."""
    _topics(patches, keys)
    _queues(patches, keys)
    _log_groups(patches, keys)


def _topics(patches: Patches, keys: Keys) -> None:
    def publish(backend: Any, message: str, arn: str | None, *args: Any, **kwargs: Any) -> Any:
        key = backend.get_topic(arn).kms_master_key_id if arn else None
        refused = keys.refuse_sending(key, "sns") if key else None
        if refused is not None:
            raise SNSException(f"KMS{refused.reason}", refused.message)
        return original(backend, message, arn, *args, **kwargs)

    original = patches.replace(SNSBackend, "publish", publish)


def _queues(patches: Patches, keys: Keys) -> None:
    def send_message(backend: Any, queue_name: str, *args: Any, **kwargs: Any) -> Any:
        key = backend.get_queue(queue_name).kms_master_key_id
        refused = keys.refuse_sending(key, "sqs") if key else None
        if refused is not None:
            raise SQSException(f"Kms{refused.reason}", refused.message)
        return original(backend, queue_name, *args, **kwargs)

    original = patches.replace(SQSBackend, "send_message", send_message)


def _log_groups(patches: Patches, keys: Keys) -> None:
    """Check the keys of log groups, and let them change; moto does neither."""

    def create_log_group(backend: Any, log_group_name: str, *args: Any, **kwargs: Any) -> Any:
        check(log_group_name, kwargs.get("kmsKeyId"))
        return original(backend, log_group_name, *args, **kwargs)

    def associate_kms_key(response: Any) -> Any:
        name, key = response._get_param("logGroupName"), response._get_param("kmsKeyId")
        check(name, key)
        response.logs_backend.groups[name].kms_key_id = key
        return EmptyResult()

    def disassociate_kms_key(response: Any) -> Any:
        name = response._get_param("logGroupName")
        response.logs_backend.groups[name].kms_key_id = None
        return EmptyResult()

    def check(log_group: str, key: str | None) -> None:
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{log_group}"
        if key and keys.refuse_logging(key, arn) is not None:
            raise KeyNotUsableError(
                "The specified KMS key does not exist or is not allowed to be used with Arn "
                f"'{arn}'"
            )

    original = patches.replace(LogsBackend, "create_log_group", create_log_group)
    patches.add(LogsResponse, "associate_kms_key", associate_kms_key)
    patches.add(LogsResponse, "disassociate_kms_key", disassociate_kms_key)
