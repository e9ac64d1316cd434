"""moto's Step Functions interpreter, in virtual time and mended where it departs from AWS."""
# ruff: noqa: E402  (the interpreter has to be loaded before anything imports a part of it)

from __future__ import annotations

import sys
import threading
from enum import Enum
from typing import Any

from sandbox.kernel.imports import load

# For one enumeration it imports moto's Batch, and so EC2, four times as much as all else of it.
load(
    "moto.stepfunctions.parser.models",
    without="moto.batch.utils",
    name="JobStatus",
    value=Enum("JobStatus", ["SUCCEEDED", "FAILED"]),
)

from sandbox.kernel.clock import Clock
from sandbox.kernel.patches import Patches
from sandbox.kernel.threads import virtual_threading
from sandbox.services.account import Account
from sandbox.services.stepfunctions import (
    callbacks,
    choices,
    copies,
    errors,
    executions,
    history,
    limits,
    nested,
    redrive,
    retention,
    tasks,
    waiting,
)


def install(account: Account) -> None:
    """Run state machines in virtual time, as AWS does and not as moto."""
    patches, clock, signals = account.patches, account.clock, account.signals
    _run_in_virtual_time(patches, clock)
    executions.install(patches, signals)
    history.install(patches)
    waiting.install(patches, clock)
    errors.install(patches, account.faults)
    limits.install(patches)
    tasks.install(patches)
    callbacks.install(patches)
    choices.install(patches)
    nested.install(patches, signals)
    redrive.install(patches, clock)
    retention.install(patches, clock)
    copies.install(patches)


def _run_in_virtual_time(patches: Patches, clock: Clock) -> None:
    """Give the interpreter virtual threads and events, which it makes from `threading`."""
    virtual = virtual_threading(clock)
    replacements: dict[int, Any] = {
        id(threading): virtual,
        id(threading.Thread): virtual.Thread,
        id(threading.Event): virtual.Event,
    }
    for module_name, module in list(sys.modules.items()):
        if not module_name.startswith("moto.stepfunctions"):
            continue
        for name, value in list(vars(module).items()):
            if id(value) in replacements:
                patches.replace(module, name, replacements[id(value)])
