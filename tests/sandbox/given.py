"""What tests of the sandbox start from: a role that may do anything, functions, state machines."""

import io
import json
import zipfile
from typing import Any

from sandbox.sandbox import Sandbox
from sandbox.services.awslambda.names import split_name

SERVICES = ("events.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(*services: str) -> str:
    principal = {"Service": services}
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def role(sandbox: Sandbox, name: str = "role", *statements: dict[str, Any]) -> str:
    """Make a role that may do this, by default everything, and return its ARN."""
    iam = sandbox.client("iam")
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(*SERVICES))
    iam.put_role_policy(
        RoleName=name, PolicyName="may", PolicyDocument=policy(*(statements or [EVERYTHING]))
    )
    return str(made["Role"]["Arn"])


def package(code: str, **modules: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for module, text in {"app": code, **modules}.items():
            archive.writestr(zipfile.ZipInfo(f"{module}.py"), text)
    return buffer.getvalue()


def function(
    sandbox: Sandbox,
    name: str,
    code: str,
    *,
    modules: dict[str, str] | None = None,
    **configuration: Any,
) -> str:
    """Make a function of this code, whose handler is `handler`, and return its name.

    `modules` are others in its package, by their names.
    """
    sandbox.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role(sandbox),
        Handler="app.handler",
        Code={"ZipFile": package(code, **(modules or {}))},
        **configuration,
    )
    return name


def versions(sandbox: Sandbox, name: str, count: int) -> None:
    """Publish that many versions, each answering its own number."""
    function(sandbox, name, "def handler(event, context):\n    return context.function_version")
    for number in range(1, count + 1):
        sandbox.client("lambda").update_function_configuration(
            FunctionName=name, Description=f"this becomes version {number}", MemorySize=128 + number
        )
        sandbox.client("lambda").publish_version(FunctionName=name)


def invoke(sandbox: Sandbox, name: str, event: object = None, **how: Any) -> Any:
    answer = sandbox.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **how)
    return json.loads(answer["Payload"].read())


def machine(sandbox: Sandbox, states: dict[str, Any], *, name: str = "machine", **top: Any) -> str:
    """Make a state machine that starts at the first of these states, and return its ARN."""
    definition = {"StartAt": next(iter(states)), "States": states, **top}
    made = sandbox.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role(sandbox)
    )
    return str(made["stateMachineArn"])


def task(function_name: str, **more: Any) -> dict[str, Any]:
    """Return a Task that invokes a function with its input and becomes its answer."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function_name, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        **({} if "Next" in more else {"End": True}),
        **more,
    }


def types(history: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in history]


def let_in(sandbox: Sandbox, resource: str, service: str) -> None:
    """Let this service of AWS's call the function, or send to the topic or queue, with this ARN."""
    kind = resource.split(":")[2]
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Resource": resource}
    if kind == "lambda":
        function, qualifier = split_name(resource)
        sandbox.client("lambda").add_permission(
            FunctionName=function,
            **({"Qualifier": qualifier} if qualifier else {}),
            StatementId=service.partition(".")[0],
            Action="lambda:InvokeFunction",
            Principal=service,
        )
    elif kind == "sns":
        sandbox.client("sns").set_topic_attributes(
            TopicArn=resource,
            AttributeName="Policy",
            AttributeValue=policy({"Sid": "in", "Action": "sns:Publish", **statement}),
        )
    else:
        sqs = sandbox.client("sqs")
        url = sqs.get_queue_url(QueueName=resource.rpartition(":")[2])["QueueUrl"]
        allowed = policy({"Sid": "in", "Action": "sqs:SendMessage", **statement})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowed})


def alarm_that_goes_off(sandbox: Sandbox, *actions: str) -> None:
    """Make an alarm named `errors`, which somebody sets to ALARM by hand."""
    cloudwatch = sandbox.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=list(actions),
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="by hand")
    sandbox.run_for(1)
