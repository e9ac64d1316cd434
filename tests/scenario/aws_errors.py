"""The error codes with which each service says that it throttles, fails, or does not allow."""

THROTTLING = {
    "lambda": "TooManyRequestsException",
    "cloudwatch": "ThrottlingException",
    "sns": "Throttled",
    "ssm": "ThrottlingException",
    "stepfunctions": "ThrottlingException",
    "sqs": "RequestThrottled",
    "cloudformation": "Throttling",
}
BROKEN = {
    "lambda": "ServiceException",
    "cloudwatch": "InternalServiceError",
    "sns": "InternalFailure",
    "ssm": "InternalServerError",
    "stepfunctions": "InternalServerError",
    "sqs": "InternalError",
    "cloudformation": "InternalFailure",
}
DENIED = {
    "lambda": "AccessDeniedException",
    "cloudwatch": "AccessDenied",
    "sns": "AuthorizationError",
    "ssm": "AccessDeniedException",
    "stepfunctions": "AccessDeniedException",
    "sqs": "AccessDenied",
    "cloudformation": "AccessDenied",
}
