"""The sample that the demo and the server play with: two functions under traffic."""

from sandbox.traffic import Synthetic, Version

HEALTHY = Version(errors=0.001, latency_ms=60)
BAD = Version(errors=0.3, latency_ms=90)

MY_FUNCTION = Synthetic(
    name="MyFunction",
    alias="MyAlias",
    calls_per_second=20,
    versions={"1": HEALTHY, "2": HEALTHY, "3": BAD, "4": HEALTHY},
    later=HEALTHY,
)
MY_OTHER_FUNCTION = Synthetic(
    name="MyOtherFunction",
    alias="MyAlias",
    calls_per_second=20,
    versions={"1": HEALTHY, "2": HEALTHY, "3": BAD},
    later=HEALTHY,
)
SAMPLE = (MY_FUNCTION, MY_OTHER_FUNCTION)

# For put_metric_alarm. A healthy version fails once a minute, a bad one at 10 % 36 times.
MY_FUNCTION_ERRORS = {
    "AlarmName": "MyFunctionErrors",
    "AlarmDescription": "MyFunction fails more often than 20 times a minute.",
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "MyFunction"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 20,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
