"""Print a template as CloudFormation would get it: `python -m sandbox.cloudformation FILE`."""

import json
import sys
from pathlib import Path

from sandbox.cloudformation.preview import transformed

json.dump(transformed(Path(sys.argv[1]), {}), sys.stdout, indent=1)
