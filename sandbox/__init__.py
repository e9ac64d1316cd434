"""AWS enough, in one process and in virtual time, to deploy and run the whole project on a laptop.

Never deployed: nothing under functions/ knows of it. `sandbox.sandbox.Sandbox` is the way in.
"""

import gc

# moto is a great many objects that stay. Python's own pace looks through them again and again,
# while they are imported and ever after.
gc.set_threshold(50_000, 20, 10)
