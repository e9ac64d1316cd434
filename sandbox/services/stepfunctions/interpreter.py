"""Loads moto's interpreter of the Amazon States Language, without moto's EC2.

For one enumeration the interpreter imports moto's Batch, and so EC2, which takes four times as long
as all else of it. The sandbox has no Batch.
"""

from __future__ import annotations

import importlib
import sys
from enum import Enum
from types import ModuleType

_BATCH = "moto.batch.utils"


def load() -> None:
    """Import moto's interpreter without Batch, which it takes one name from."""
    known = sys.modules.get(_BATCH)
    stand_in = known or ModuleType(_BATCH)
    if known is None:
        vars(stand_in)["JobStatus"] = Enum("JobStatus", ["SUCCEEDED", "FAILED"])
    sys.modules[_BATCH] = stand_in
    try:
        importlib.import_module("moto.stepfunctions.parser.models")
    finally:
        if known is None:
            del sys.modules[_BATCH]
