"""The command `lambda-canary`: release functions, and see and steer what is under way.

What it decides is the functions' own code (functions/domain), which knows itself by a name as plain
as `domain`. So it is not installed beside other people's packages, but lies inside of this one, and
is found by this process alone.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_INSIDE = _HERE / "functions"  # as installed; in a checkout it is beside this package
sys.path.insert(0, str(_INSIDE if _INSIDE.is_dir() else _HERE.parent / "functions"))
