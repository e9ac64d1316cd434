"""docs/code.md is a map of the code that there is."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_has_its_place_on_the_map() -> None:
    functions = ROOT / "functions"
    modules = {
        path.stem for folder in (".", "domain") for path in (functions / folder).glob("*.py")
    }
    table = (ROOT / "docs/code.md").read_text(encoding="utf-8").partition("|---|")[2]
    assert set(re.findall(r"`(\w+)`", table)) == modules - {"__init__"}
