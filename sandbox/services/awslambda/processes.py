"""The pool of execution environments, each for one version of one function as it is configured."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from typing import Any

from sandbox.kernel.environment import VARIABLES
from sandbox.services.awslambda.nurseries import nursery_for
from sandbox.services.awslambda.packages import Packages
from sandbox.services.awslambda.process import Process

# Idle processes beyond this many end, the longest idle first.
MAX_IDLE = 24


class Processes:
    """The processes in which functions run, kept while they are warm."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._packages = Packages()
        # From process to what it can run; the longest idle first.
        self._idle: OrderedDict[Process, str] = OrderedDict()
        self._busy: dict[Process, str] = {}

    def take(self, function: Any) -> Process:
        """Take an idle process for this moto LambdaFunction, or else a new one."""
        environment = _environment(function)
        kind = json.dumps([function.function_arn, function.code_sha_256, environment])
        for process, runs in self._idle.items():
            if runs == kind:
                del self._idle[process]
                self._busy[process] = kind
                return process
        directory = self._packages.directory(
            function.code_bytes, function.run_time, function.architectures[0]
        )
        environment["LAMBDA_TASK_ROOT"] = str(directory)
        nursery = nursery_for(directory, environment)
        process = Process(nursery, directory, environment, str(self._seed))
        self._busy[process] = kind
        return process

    def give_back(self, process: Process) -> None:
        process.rest()
        self._idle[process] = self._busy.pop(process)
        if len(self._idle) > MAX_IDLE:
            longest_idle, _ = self._idle.popitem(last=False)
            longest_idle.end()

    def end(self, process: Process) -> None:
        """Never use it again."""
        del self._busy[process]
        process.end()

    def end_those_with_failed_calls(self) -> None:
        """Of the idle ones."""
        for process in [process for process in self._idle if process.has_failed_calls]:
            del self._idle[process]
            process.end()

    def close(self) -> None:
        for process in [*self._idle, *self._busy]:
            process.end()
        self._idle.clear()
        self._packages.close()


def _environment(function: Any) -> dict[str, str]:
    """Return the environment that Lambda gives the function.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        **VARIABLES,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        # Neither is there a daemon to send traces to.
        "AWS_XRAY_SDK_ENABLED": "false",
        "PATH": os.defpath,
        "PYTHONHASHSEED": "0",
        "_HANDLER": function.handler,
        **function.environment_vars,
    }
