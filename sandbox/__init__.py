"""AWS enough, in one process and in virtual time, to deploy and run the whole project on a laptop.

Never deployed: nothing under functions/ knows of it. `sandbox.sandbox.Sandbox` is the way in.
"""

import gc

# moto is half a million objects that stay. Python's own pace looks through them again and again,
# which takes half of the time to import them, and a sixth of what runs afterwards.
gc.set_threshold(50_000, 20, 10)
