"""Errors as a service's protocol gives them, so that botocore and others parse them as AWS's."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

from moto.core.model import OperationModel, ServiceModel
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.moto_api._internal import mock_random

# Status, headers, body.
Answer = tuple[int, dict[str, str], bytes]

NOT_IMPLEMENTED = "SandboxNotImplemented"
# No client repeats it, as all do with 500 and 503.
NOT_IMPLEMENTED_STATUS = 501


# What is quoted of a client may have them; XML may not.
_CONTROL = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")


class RefusedError(Exception):
    """What a service says of a request that it does not take. `code` and `message` are AWS's."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status
        self.message = _CONTROL.sub(" ", message)


def beyond(what: str, failure: Exception | None = None) -> RefusedError:
    """Say that the sandbox falls short, not the request: at `what`, such as "sqs:AddPermission"."""
    if failure is None or isinstance(failure, NotImplementedError):
        reason = f": {failure}" if failure and str(failure) else ""
        message = f"The sandbox does not do {what} as it was asked for{reason}"
    else:
        message = (
            f"The sandbox failed at {what}, where AWS would have answered "
            f"({type(failure).__name__}: {failure})"
        )
    end = "" if message.endswith(".") else "."
    return RefusedError(
        NOT_IMPLEMENTED, f"{message}{end} docs/sandbox.md says what it models.", 501
    )


def serialized(
    error: RefusedError,
    model: ServiceModel | None = None,
    protocol: str = "json",
    operation: OperationModel | None = None,
) -> Answer:
    """`model` is None where it is not known which service was meant."""
    request_id = str(mock_random.uuid4())
    if model is None:
        headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
        body: Any = json.dumps({"__type": error.code, "message": error.message})
        status = error.status
    else:
        serializer = get_serializer_class(model.service_name, protocol)(
            operation_model=operation or OperationModel({}, model),
            value_picker=XFormedAttributePicker(),
        )
        with warnings.catch_warnings():
            # moto warns of codes that the service's model does not list.
            warnings.simplefilter("ignore")
            made = serializer.serialize(error)
        headers, body = dict(made["headers"]), made["body"]
        status = max(int(made["status_code"]), error.status)
    content = body.encode() if isinstance(body, str) else body
    return status, {**headers, "x-amzn-requestid": request_id}, content
