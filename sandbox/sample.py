"""The sample that the demo and the server play with: two functions under traffic."""

from sandbox.traffic import Synthetic, Version

HEALTHY = Version(errors=0.001, latency_ms=60)
BAD = Version(errors=0.3, latency_ms=90)

MY_FUNCTION = Synthetic(
    name="MyFunction",
    alias="MyAlias",
    calls_per_second=20,
    versions={"1": HEALTHY, "2": HEALTHY, "3": BAD, "4": HEALTHY},
)
MY_OTHER_FUNCTION = Synthetic(
    name="MyOtherFunction",
    alias="MyAlias",
    calls_per_second=20,
    versions={"1": HEALTHY, "2": HEALTHY, "3": BAD},
)
SAMPLE = (MY_FUNCTION, MY_OTHER_FUNCTION)
