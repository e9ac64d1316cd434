"""What handlers need of their environment to be imported. No test here calls AWS."""

import os

from hypothesis import settings

os.environ |= {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "unit-test",
    "AWS_SECRET_ACCESS_KEY": "unit-test",
    "POWERTOOLS_SERVICE_NAME": "unit-test",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:rollouts",
    "ORDERS_PREFIX": "lambda-canary",
}

# The same examples in every run, so that the gate fails only for a change in the code.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
settings.load_profile("gate")
