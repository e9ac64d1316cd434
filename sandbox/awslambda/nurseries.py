"""Where worker processes come from: programs that have imported what functions import."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

NURSERY = Path(__file__).with_name("nursery.py")

# What a nursery imports, by the names of modules at the top. (`awscrt` and the like it hides.)
_IMPORTED = (
    "annotated_types aws_lambda_powertools awscrt boto3 botocore dateutil jmespath OpenSSL pydantic "
    "pydantic_core pytest s3transfer six.py time_machine typing_extensions.py urllib3"
).split()


class Nursery:
    """One such program, under an environment of which it reads some when it imports."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._socket, its_socket = socket.socketpair()
        self._popen = subprocess.Popen(
            [sys.executable, "-P", str(NURSERY)],
            stdin=its_socket,
            env=dict(environment),
            # Ctrl-C is for the sandbox, which then ends its processes itself.
            start_new_session=True,
        )
        its_socket.close()

    def fork(self, pipes: tuple[int, int], **order: object) -> int:
        """Start a worker with these ends of its pipes; its process id."""
        text = json.dumps(order).encode() + b"\n"
        sent = socket.send_fds(self._socket, [text], pipes)
        self._socket.sendall(text[sent:])
        return self._answer()

    def wait(self, worker: int) -> int:
        """Its exit status, once it has exited."""
        self._socket.sendall(json.dumps({"wait": worker}).encode() + b"\n")
        return self._answer()

    def close(self) -> None:
        self._socket.close()
        self._popen.wait()

    def _answer(self) -> int:
        answer = b""
        while not answer.endswith(b"\n"):
            answer += (more := self._socket.recv(64))
            if not more:
                raise RuntimeError("the program that starts functions has ended")
        return int(answer)


def nursery_for(directory: Path, environment: Mapping[str, str]) -> Nursery:
    """The nursery for functions of this package, under such an environment.

    Most packages share one. A package that brings libraries of its own has its own.
    """
    read = {
        name: value
        for name, value in environment.items()
        if name in ("AWS_EXECUTION_ENV", "AWS_LAMBDA_INITIALIZATION_TYPE", "PATH")
        or name.startswith("PYTHON")
    }
    if any(os.path.exists(directory / name) for name in _IMPORTED):
        read["LAMBDA_TASK_ROOT"] = str(directory)
    return _nursery(frozenset(read.items()))


@lru_cache
def _nursery(environment: frozenset[tuple[str, str]]) -> Nursery:
    nursery = Nursery(dict(environment))
    _open.append(nursery)
    return nursery


_open: list[Nursery] = []
# They outlive sandboxes, the next of which needs them again; a process forked off makes its own.
os.register_at_fork(after_in_child=_nursery.cache_clear)


@atexit.register
def _close_all() -> None:
    for nursery in _open:
        nursery.close()
