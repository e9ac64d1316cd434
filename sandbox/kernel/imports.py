"""Imports what is needed of moto without what that imports and never needs here."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def load(module: str, *, without: str, name: str, value: object) -> None:
    """Import the module while another stands aside, of which it takes but this one name.

    That other may be imported for itself afterwards.
    """
    if without in sys.modules:
        importlib.import_module(module)
        return
    stand_in = sys.modules[without] = ModuleType(without)
    vars(stand_in)[name] = value
    try:
        importlib.import_module(module)
    finally:
        del sys.modules[without]
