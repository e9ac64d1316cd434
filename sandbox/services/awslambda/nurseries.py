"""Where worker processes come from: programs that have imported what functions import."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.services.awslambda.worker import ABSENT

NURSERY = Path(__file__).with_name("nursery.py")

# What a nursery imports, by the names of modules at the top, or hides.
_IMPORTED = (
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"),
    *("aws_lambda_powertools", "pydantic", "pydantic_core", "annotated_types"),
    *("typing_extensions", "time_machine", *ABSENT),
)


class Nursery:
    """One such program, under an environment of which it reads some when it imports."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._socket, its_socket = socket.socketpair()
        self._popen = subprocess.Popen(
            [sys.executable, "-P", str(NURSERY)],
            stdin=its_socket.fileno(),
            env=dict(environment),
            # Ctrl-C is for the sandbox, which then ends its processes itself.
            start_new_session=True,
        )
        its_socket.close()

    @property
    def is_open(self) -> bool:
        return self._socket.fileno() >= 0

    def fork(self, descriptors: tuple[int, int, int], **order: object) -> int:
        """Start a worker that has these as its standard ones; its process id."""
        return self._ask(order, descriptors)

    def wait(self, worker: int) -> int:
        """Its exit status, once it has exited."""
        return self._ask({"wait": worker}) if self.is_open else -signal.SIGKILL

    def close(self) -> None:
        self._socket.close()
        self._popen.wait()

    def _ask(self, order: object, descriptors: tuple[int, ...] = ()) -> int:
        text = json.dumps(order).encode() + b"\n"
        answer = b""
        try:
            sent = socket.send_fds(self._socket, [text], descriptors)
            self._socket.sendall(text[sent:])
            while not answer.endswith(b"\n"):
                answer += (more := self._socket.recv(64))
                if not more:
                    raise RuntimeError("the program that starts functions has ended")
        except BaseException:  # Ctrl-C, for one: the next answer would be this order's
            self.close()
            raise
        return int(answer)


def nursery_for(directory: Path, environment: Mapping[str, str]) -> Nursery:
    """Return the nursery for functions of this package, under such an environment.

    Most packages share one. A package that brings libraries of its own has its own.
    """
    read = {
        name: value
        for name, value in environment.items()
        if name in ("AWS_EXECUTION_ENV", "AWS_LAMBDA_INITIALIZATION_TYPE", "PATH")
        or name.startswith("PYTHON")
    }
    if any((directory / place).exists() for name in _IMPORTED for place in (name, f"{name}.py")):
        read["LAMBDA_TASK_ROOT"] = str(directory)
    key = frozenset(read.items())
    if key not in _nurseries or not _nurseries[key].is_open:
        _nurseries[key] = Nursery(read)
    return _nurseries[key]


# They outlive sandboxes, the next of which needs them again; a process forked off makes its own.
_nurseries: dict[frozenset[tuple[str, str]], Nursery] = {}
os.register_at_fork(after_in_child=_nurseries.clear)


@atexit.register
def close_all() -> None:
    """End them, with all that they started; the next sandbox makes new ones."""
    for nursery in _nurseries.values():
        nursery.close()
    _nurseries.clear()
