"""How good the judge is. `functions/` is a code root, so its modules are imported from there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "functions"))
