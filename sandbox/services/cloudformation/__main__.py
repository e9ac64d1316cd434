"""Print a template as CloudFormation would get it.

`python -m sandbox.services.cloudformation FILE`
"""

import json
import sys
from pathlib import Path

from sandbox.services.cloudformation.preview import transformed

json.dump(transformed(Path(sys.argv[1]), {}), sys.stdout, indent=1)
