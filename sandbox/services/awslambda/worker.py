"""What runs inside a worker process: one execution environment of one function version.

It speaks lines of JSON with the sandbox, and asks it for everything that would leave the process or
tell it the real time: AWS calls and sleeping. What the function prints goes to a file, which the
sandbox reads before each message. It imports nothing of the sandbox, so that the function finds the
modules that it would find in Lambda and no others. nursery.py starts it.
"""

from __future__ import annotations

import base64
import functools
import importlib
import io
import json
import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NoReturn, SupportsIndex

# What botocore and time_machine would import, and Lambda does not bring.
ABSENT = ("pytest", "OpenSSL", "awscrt")


def instant(at: float) -> datetime:
    """Exact to the microsecond, which a float is not for time_machine; naive, so it means UTC."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)


class Sandbox:
    """The other end of the two pipes."""

    def __init__(self, seed: str) -> None:
        self._incoming = os.fdopen(os.dup(0), "r", encoding="utf-8")
        self._outgoing = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
        self.log = os.dup(2)
        # What the function itself reads or writes must not get between the messages.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        self._lock = threading.Lock()
        import time_machine  # not before nursery.py has hidden what it looks for

        first = self.receive()
        assert first is not None
        self.first = first
        self._time = time_machine.travel(instant(first["now"]), tick=False).start()
        time.sleep = self.sleep
        self._seed = seed

    def receive(self) -> dict[str, Any] | None:
        """Return the next message; None when the sandbox is gone."""
        line = self._incoming.readline()
        return json.loads(line) if line else None

    def tell(self, **message: Any) -> None:
        self._outgoing.write(json.dumps(message) + "\n")

    def ask(self, **message: Any) -> dict[str, Any]:
        """Tell, wait for the answer, and be at the time at which it came."""
        with self._lock:
            self.tell(**message)
            answer = self.receive()
        if answer is None:
            sys.exit(0)
        self.be_at(answer["now"])
        return answer

    def reseed(self, request_id: str) -> None:
        """So that an invocation goes alike whatever this process ran before."""
        random.seed(f"{self._seed}-{request_id}")
        os.urandom = random.Random(f"{self._seed}-{request_id}-bytes").randbytes

    def be_at(self, now: float) -> None:
        self._time.move_to(instant(now))

    def sleep(self, seconds: float | SupportsIndex, /) -> None:
        self.ask(sleep=float(seconds))


class Output(io.TextIOBase):
    """stdout and stderr, line by line."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            os.write(self._sandbox.log, f"{line}\n".encode(errors="replace"))
        return len(text)

    def end_line(self) -> None:
        if self._rest:
            self.write("\n")


class Transport:
    """Routes botocore's requests to the sandbox, at less than their usual cost."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def install(self) -> None:
        from botocore import endpoint

        def send(session: Any, request: Any) -> Any:
            return self._send(request, session._timeout)

        for owner, name, value in [(endpoint.URLLib3Session, "send", send), *cheaper_botocore()]:
            setattr(owner, name, value)

    def _send(self, request: Any, timeout: Any) -> Any:
        """`timeout` is the client's: urllib3's, or one number for connecting and reading."""
        from botocore import exceptions
        from botocore.awsrequest import AWSResponse

        body = request.body or b""
        if hasattr(body, "read"):
            body = body.read()
        if isinstance(body, str):
            body = body.encode()
        headers = {
            key: value.decode() if isinstance(value, bytes) else value
            for key, value in request.headers.items()
        }
        answer = self._sandbox.ask(
            call={
                "method": request.method,
                "url": request.url,
                "headers": headers,
                "body": base64.b64encode(body).decode(),
                "read_timeout": getattr(timeout, "read_timeout", timeout),
            }
        )
        if "lost" in answer:
            raise getattr(exceptions, answer["lost"])(endpoint_url=request.url)
        raw = RawBody(base64.b64decode(answer["body"]))
        return AWSResponse(request.url, answer["status"], answer["headers"], raw)


def cheaper_botocore() -> list[tuple[Any, str, Any]]:
    """Say what to put in place of which attributes of botocore's, so that a call costs less.

    It leaves out what nobody reads (the sandbox reads who signed, and no signature), and works out
    once what is always the same. The sandbox's own clients have it too.
    """
    from botocore import signers, useragent, utils

    def sign(signer: Any, operation: str, request: Any, *args: Any, **more: Any) -> None:
        if args or more or signer.signing_name == "s3":  # a URL to give away, for one
            original(signer, operation, request, *args, **more)
        else:
            who = os.environ["AWS_ACCESS_KEY_ID"]
            scope = f"20260105/{os.environ['AWS_REGION']}/{signer.signing_name}/aws4_request"
            request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={who}/{scope}"

    original = signers.RequestSigner.sign
    parse = functools.lru_cache(4096)(vars(utils)["_parse_timestamp_with_tzinfo"])
    return [
        (signers.RequestSigner, "sign", sign),
        (useragent.UserAgentString, "to_string", lambda _: "Boto3"),
        (utils, "_parse_timestamp_with_tzinfo", parse),
    ]


class RawBody(io.BytesIO):
    """As much of urllib3's response as botocore reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Context:
    """What a handler is told of its call.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    identity = None
    client_context = None

    def __init__(self, deadline: float, **attributes: str) -> None:
        self._deadline = deadline
        self.__dict__.update(attributes)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._deadline - time.time()) * 1000))


class RuntimeFailure(Exception):  # noqa: N818  (it becomes a Runtime.* error of Lambda)
    """The runtime, not the function, failed: to load the handler, or to write its answer."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


def load_handler(path: str) -> Callable[[Any, Context], Any]:
    """Import the handler that a function names, with Lambda's errors where it cannot be."""
    module_path, _, name = path.rpartition(".")
    module_name = module_path.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise RuntimeFailure("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise RuntimeFailure("Runtime.UserCodeSyntaxError", message) from error
    if not hasattr(module, name):
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise RuntimeFailure("Runtime.HandlerNotFound", message)
    handler: Callable[[Any, Context], Any] = getattr(module, name)
    return handler


def marshalled(result: object) -> str:
    """Write a handler's result as JSON, with Lambda's error where it is none."""
    try:
        return json.dumps(result, ensure_ascii=False)
    except TypeError as error:
        message = f"Unable to marshal response: {error}"
        raise RuntimeFailure("Runtime.MarshalError", message) from error


def described(error: Exception, request_id: str) -> dict[str, Any]:
    """Describe the error as Lambda answers it, with the paths that it would have there."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__]
    here = {os.environ["LAMBDA_TASK_ROOT"]: "/var/task", sys.prefix: "/var/lang"}
    trace = traceback.format_list(own)
    for path, there in here.items():
        trace = [line.replace(path, there) for line in trace]
    error_type = error.error_type if isinstance(error, RuntimeFailure) else type(error).__name__
    return {
        "errorMessage": str(error),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": trace,
    }


def main(seed: str) -> NoReturn:
    """Answer the sandbox's events with the handler, until the sandbox is gone."""
    sandbox = Sandbox(seed)
    output = Output(sandbox)
    sys.stdout = sys.stderr = output
    Transport(sandbox).install()
    root = os.environ["LAMBDA_TASK_ROOT"]
    if root not in sys.path:
        sys.path.insert(0, root)
    handler: Callable[[Any, Context], Any] | None = None
    message: dict[str, Any] | None = sandbox.first
    while message is not None:
        sandbox.be_at(message["now"])
        sandbox.reseed(message["context"]["aws_request_id"])
        context = Context(message["deadline"], **message["context"])
        try:
            handler = handler or load_handler(os.environ["_HANDLER"])
            result = marshalled(handler(json.loads(message["event"]), context))
        except Exception as error:
            output.end_line()
            sandbox.tell(failed=described(error, message["context"]["aws_request_id"]))
        else:
            output.end_line()
            sandbox.tell(answered=result)
        message = sandbox.receive()
    sys.exit(0)
