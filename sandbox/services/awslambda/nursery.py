"""The program that workers are forked from, with everything imported that functions import.

Importing boto3, pydantic and powertools takes longer than most of what a worker then does. Here it
is done once. It reads orders, one line of JSON each, from the socket
that is its standard input: `{"environment", "directory", "seed"}` with three descriptors forks
a worker and answers its process id, `{"wait": id}` answers how that one ended. It ends when nobody
can send orders any more.

It runs as a file, beside worker.py, and like that imports nothing of the sandbox.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

sys.path.insert(0, os.path.dirname(__file__))
if TYPE_CHECKING:
    from sandbox.services.awslambda import worker
else:
    import worker
sys.path.pop(0)
if root := os.environ.get("LAMBDA_TASK_ROOT"):  # whose package brings some of it itself
    sys.path.insert(0, root)

# Lambda brings boto3 with what it requires, and none of these. Where they are installed beside it,
# time_machine and botocore import them, which takes longer than all the rest.
for absent in worker.ABSENT:
    if not (root and os.path.isdir(os.path.join(root, absent))):
        sys.modules[absent] = None  # type: ignore[assignment]  # as Python itself says "not there"
for name in (
    "time_machine",
    "boto3.session",
    "botocore.auth",
    "botocore.endpoint",
    "botocore.paginate",
    "botocore.parsers",
    "botocore.retries.standard",
    "botocore.waiter",
    "aws_lambda_powertools.metrics",
    "pydantic.main",
    "pydantic.type_adapter",
    "jmespath",
):
    with contextlib.suppress(ImportError):  # then the function cannot import it either
        importlib.import_module(name)


def serve(orders: socket.socket) -> str:
    """Carry out orders. In each forked worker, return its seed."""
    while True:
        order, descriptors = _receive(orders)
        if "wait" in order:
            answer = _exit_code(order["wait"])
        else:
            answer = os.fork()
            if answer == 0:
                orders.close()
                try:
                    _become(order, descriptors)
                except OSError:  # nobody waits for it: the sandbox is closing
                    os._exit(1)
                return str(order["seed"])
        for descriptor in descriptors:
            os.close(descriptor)
        try:
            orders.sendall(b"%d\n" % answer)
        except BrokenPipeError:
            os._exit(0)


def _exit_code(worker: int) -> int:
    """Of a worker that says no more. One that goes on without its pipes is killed."""
    for _ in range(1_000):
        ended, status = os.waitpid(worker, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(worker, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])


def _receive(orders: socket.socket) -> tuple[dict[str, Any], list[int]]:
    text, descriptors, _, _ = socket.recv_fds(orders, 65_536, 3)
    while text and not text.endswith(b"\n"):
        more = orders.recv(65_536)
        text = text + more if more else b""
    if not text:
        os._exit(0)
    order: dict[str, Any] = json.loads(text)
    return order, descriptors


def _become(order: dict[str, Any], descriptors: list[int]) -> None:
    """Be a worker: with the environment of its function, two pipes to the sandbox, and a log."""
    os.setsid()
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["directory"])
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)


if __name__ == "__main__":
    # Nothing of what is here will ever be garbage, and little of what comes later.
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)
    worker.main(serve(socket.socket(fileno=os.dup(0))))
