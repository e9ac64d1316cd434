"""What handlers need of their environment to be imported. No test here calls AWS."""

import os

os.environ |= {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "unit-test",
    "AWS_SECRET_ACCESS_KEY": "unit-test",
    "POWERTOOLS_SERVICE_NAME": "unit-test",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:rollouts",
    "ORDERS_PREFIX": "lambda-canary",
    "GATE_EXPORT": "lambda-canary-GateServiceToken",
    "CALL_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/calls",
    "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:Deploy",
}
