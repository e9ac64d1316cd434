"""The template keeps its rules: parameters, logs, alarms, outputs, and room for a second stack."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, get_args

import pytest

from domain.gate.release import LATE
from domain.recovery.guard import SWEEP, Bad
from domain.recovery.history_tail import WRITERS, WRITES_FOR
from domain.recovery.orphans import CALL
from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation.preview import transformed
from sandbox.services.cloudformation.references import dependencies
from sandbox.services.cloudformation.template import load
from tests.contract.definition import DEFINITIONS, ROOT, tasks
from tests.contract.definition import load as load_definition

WRITTEN = load(ROOT / "template.yaml")
DEPLOYED = transformed(ROOT / "template.yaml", {})

# The one name that an account has once; a second stack is given another, or none.
MACRO = {"Ref": "MacroName"}
# Properties that end in Name and name nothing that could exist only once.
NO_IDENTIFIERS = {"DisplayName", "MetricName", "PolicyName"}


def written(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of the resources of this type, by logical id."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in WRITTEN["Resources"].items()
        if resource["Type"] == kind
    }


def deployed(kind: str) -> dict[str, dict[str, Any]]:
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in DEPLOYED["Resources"].items()
        if resource["Type"] == kind
    }


FUNCTIONS = deployed("AWS::Lambda::Function")


@pytest.mark.parametrize("name", written("AWS::Serverless::Function"))
def test_function_is_built_by_the_makefile_that_needs_no_python_of_its_version(name: str) -> None:
    assert WRITTEN["Resources"][name]["Metadata"] == {"BuildMethod": "makefile"}


def test_the_makefile_fetches_packages_for_the_functions_python() -> None:
    makefile = (ROOT / "functions" / "Makefile").read_text(encoding="utf-8")
    version = WRITTEN["Globals"]["Function"]["Runtime"].removeprefix("python")
    assert f"--python-version {version} " in makefile


@pytest.mark.parametrize("name", WRITTEN["Parameters"])
def test_parameter_is_in_pascal_case_described_grouped_labelled_and_optional(name: str) -> None:
    interface = WRITTEN["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert re.fullmatch(r"([A-Z][a-z]+)+", name)
    assert WRITTEN["Parameters"][name]["Description"]
    assert "Default" in WRITTEN["Parameters"][name]
    assert grouped.count(name) == 1
    assert interface["ParameterLabels"][name]["default"]


def test_interface_lists_no_parameter_that_is_gone() -> None:
    interface = WRITTEN["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = {name for group in interface["ParameterGroups"] for name in group["Parameters"]}
    assert grouped == {*WRITTEN["Parameters"]} == {*interface["ParameterLabels"]}
    assert all(group["Label"]["default"] for group in interface["ParameterGroups"])


def test_functions_share_one_code_folder() -> None:
    assert WRITTEN["Globals"]["Function"]["CodeUri"] == "functions/"
    assert not [own for own in written("AWS::Serverless::Function").values() if "CodeUri" in own]


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_function_is_named_after_its_file(logical_id: str) -> None:
    module, entry = FUNCTIONS[logical_id]["Handler"].split(".")
    assert entry == "handler"
    assert logical_id == "".join(word.capitalize() for word in module.split("_")) + "Function"
    assert (ROOT / "functions" / f"{module}.py").is_file()


def test_every_handler_is_deployed() -> None:
    handlers = {
        path.stem
        for path in (ROOT / "functions").glob("*.py")
        if re.search(r"^(def )?handler\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert handlers == {own["Handler"].split(".")[0] for own in FUNCTIONS.values()}


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_function_runs_as_the_project_says(logical_id: str) -> None:
    function = FUNCTIONS[logical_id]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Description"]
    assert function["Environment"]["Variables"].keys() >= {
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_LOG_LEVEL",
        "POWERTOOLS_TRACER_CAPTURE_RESPONSE",
    }


@pytest.mark.parametrize("logical_id", FUNCTIONS)
def test_function_logs_into_a_group_of_the_stack(logical_id: str) -> None:
    assert FUNCTIONS[logical_id]["LoggingConfig"]["LogGroup"]["Ref"] in LOG_GROUPS


LOG_GROUPS = deployed("AWS::Logs::LogGroup")


@pytest.mark.parametrize("logical_id", LOG_GROUPS)
def test_log_group_forgets_in_time(logical_id: str) -> None:
    assert LOG_GROUPS[logical_id]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("logical_id", DEFINITIONS)
def test_state_machine_is_standard_traced_and_logged(logical_id: str) -> None:
    machine = DEPLOYED["Resources"][logical_id]["Properties"]
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    [destination] = machine["LoggingConfiguration"]["Destinations"]
    group, _ = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"]
    assert group in LOG_GROUPS


def test_functions_time_out_before_the_tasks_that_wait_for_them() -> None:
    """So that an execution shows the function's own end, and never leaves one running."""
    placeholders = {
        f"${{{logical_id}Arn}}": own["Timeout"] for logical_id, own in FUNCTIONS.items()
    }
    invoking = {
        name: (state["TimeoutSeconds"], placeholders[state["Parameters"]["FunctionName"]])
        for name, state in tasks(load_definition("DeployStateMachine"))
        if "FunctionName" in state["Parameters"]
    }
    assert invoking
    assert {name for name, (task, function) in invoking.items() if function >= task} == set()


ALARMS = {
    "ExecutionsAbortedAlarm": ("AWS/States", "ExecutionsAborted", "StateMachineArn"),
    "ExecutionsFailedAlarm": ("AWS/States", "ExecutionsFailed", "StateMachineArn"),
    "ExecutionsTimedOutAlarm": ("AWS/States", "ExecutionsTimedOut", "StateMachineArn"),
    "RollbackFailedAlarm": ("LambdaCanary", "RollbackFailed", "StateMachineArn"),
    "StrandedAlarm": ("LambdaCanary", "Stranded", "StateMachineArn"),
    "GuardQueueAlarm": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
    "MessageNotDeliveredAlarm": ("LambdaCanary", "MessageNotDelivered", "service"),
    "SimpleDeployErrorsAlarm": ("AWS/Lambda", "Errors", "FunctionName"),
}
MEASURED = {
    "StateMachineArn": {"Ref": "DeployStateMachine"},
    "QueueName": {"Fn::GetAtt": ["GuardQueue", "QueueName"]},
    "FunctionName": {"Ref": "SimpleDeployFunction"},
    "service": "lambda-canary",
}
TOPIC = {"Ref": "NotificationTopic"}
TOLD = {
    "MessageNotDeliveredAlarm": {
        "Fn::If": ["HasUndeliveredTopic", {"Ref": "UndeliveredTopicArn"}, TOPIC]
    }
}


def test_alarms_tell_the_topic_of_every_end_that_was_not_good() -> None:
    alarms = deployed("AWS::CloudWatch::Alarm")
    assert alarms.keys() == ALARMS.keys()
    for name, (namespace, metric, dimension) in ALARMS.items():
        alarm = alarms[name]
        assert (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)
        assert alarm["Dimensions"][-1] == {"Name": dimension, "Value": MEASURED[dimension]}
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == (
            "GreaterThanOrEqualToThreshold",
            1,
        )
        assert alarm["AlarmActions"] == [TOLD.get(name, TOPIC)]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmDescription"]


@pytest.mark.parametrize(
    ("prefix", "allowed"),
    [
        ("lambda-canary", True),
        ("teams/shop", True),
        ("teams/aws", True),
        ("aws", False),
        ("AwsOrders", False),
        ("ssm/orders", False),
        ("/orders", False),
    ],
)
def test_orders_begin_with_nothing_that_systems_manager_keeps_to_itself(
    prefix: str, allowed: bool
) -> None:
    pattern = WRITTEN["Parameters"]["OrdersPrefix"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, prefix)) is allowed


def test_guard_is_told_of_every_bad_end_and_looks_besides() -> None:
    rules = deployed("AWS::Events::Rule")
    told, looks = rules["GuardFunctionRolloutEnded"], rules["GuardFunctionSweep"]
    statuses = {"FAILED", "TIMED_OUT", "ABORTED"}
    assert set(told["EventPattern"]["detail"]["status"]) == statuses == set(get_args(Bad))
    assert told["EventPattern"]["detail"]["stateMachineArn"] == [{"Ref": "DeployStateMachine"}]
    assert looks["ScheduleExpression"] == f"rate({SWEEP // 60} minutes)"
    queue = {"Fn::GetAtt": ["GuardQueue", "Arn"]}
    for rule in (told, looks):
        [target] = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["GuardFunction", "Arn"]}
        assert target["DeadLetterConfig"] == {"Arn": queue}
    asynchronous = deployed("AWS::Lambda::EventInvokeConfig")["GuardFunctionEventInvokeConfig"]
    assert asynchronous["MaximumRetryAttempts"] == 2
    assert asynchronous["DestinationConfig"]["OnFailure"] == {"Destination": queue}


def test_a_rollout_in_one_call_is_tried_once() -> None:
    """A second try would carry the mark of the first, and be taken for it."""
    asynchronous = deployed("AWS::Lambda::EventInvokeConfig")[
        "SimpleDeployFunctionEventInvokeConfig"
    ]
    assert asynchronous["MaximumRetryAttempts"] == 0


def test_guard_waits_as_long_as_a_task_may_write() -> None:
    tasks_of = load_definition("DeployStateMachine")["States"]
    writers = [
        FUNCTIONS[tasks_of[name]["Parameters"]["FunctionName"][2:-4]]["Timeout"] for name in WRITERS
    ]
    assert max(writers) < WRITES_FOR
    assert FUNCTIONS["GuardFunction"]["Timeout"] > 2 * WRITES_FOR


def test_what_a_call_has_noted_is_read_when_the_call_must_be_over() -> None:
    queue = deployed("AWS::SQS::Queue")["CallQueue"]
    [mapping] = deployed("AWS::Lambda::EventSourceMapping").values()
    assert FUNCTIONS["SimpleDeployFunction"]["Timeout"] == CALL
    assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS["GuardCallFunction"]["Timeout"]
    aside = {"Fn::GetAtt": ["GuardQueue", "Arn"]}
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == aside
    assert mapping == {
        "BatchSize": 1,
        "EventSourceArn": {"Fn::GetAtt": ["CallQueue", "Arn"]},
        "FunctionName": {"Ref": "GuardCallFunction"},
    }


def test_outputs_are_what_users_need() -> None:
    assert WRITTEN["Outputs"]["StateMachineArn"]["Value"] == {"Ref": "DeployStateMachine"}
    assert WRITTEN["Outputs"]["NotificationTopicArn"]["Value"] == {"Ref": "NotificationTopic"}
    assert all(output["Description"] for output in WRITTEN["Outputs"].values())
    exported = {name for name, output in WRITTEN["Outputs"].items() if "Export" in output}
    assert exported == {"GateFunctionArn"}


def test_the_gates_token_is_the_same_for_ever() -> None:
    """Its ARN stands in the templates of applications, where it cannot be changed."""
    token = WRITTEN["Outputs"]["GateFunctionArn"]
    assert token["Export"]["Name"] == {"Fn::Sub": "${AWS::StackName}-GateServiceToken"}
    assert token["Value"] == {"Fn::GetAtt": ["GateFunction", "Arn"]}
    assert FUNCTIONS["GateFunction"]["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-Gate"}


def test_the_gates_events_are_heard_in_time_or_by_another() -> None:
    """CloudFormation waits for an hour, most of which a rollout may take."""
    heard = deployed("AWS::Lambda::EventInvokeConfig")
    gate, answering = (
        heard["GateFunctionEventInvokeConfig"],
        {"Fn::GetAtt": ["GateAnswerFunction", "Arn"]},
    )
    assert gate["MaximumEventAgeInSeconds"] == LATE
    assert gate["DestinationConfig"]["OnFailure"] == {"Destination": answering}
    told = deployed("AWS::Events::Rule")["GateAnswerFunctionWaiterEnded"]
    assert set(told["EventPattern"]["detail"]["status"]) == set(get_args(Bad))
    assert told["EventPattern"]["detail"]["stateMachineArn"] == [{"Ref": "GateStateMachine"}]


@pytest.mark.parametrize("logical_id", DEPLOYED["Resources"])
def test_resource_leaves_room_for_a_second_stack(logical_id: str) -> None:
    properties = DEPLOYED["Resources"][logical_id]["Properties"]
    names = list(DEPLOYED["Resources"])
    of_the_stack = [{"Ref": name} for name in names]
    of_the_stack += [{"Fn::GetAtt": [name, "Arn"]} for name in names]
    fixed = {
        name: value
        for name, value in properties.items()
        if (name == "Name" or name.endswith("Name"))
        and name not in NO_IDENTIFIERS
        and value not in [*of_the_stack, MACRO]
        and "AWS::StackName" not in json.dumps(value)
    }
    assert fixed == {}


def test_two_stacks_live_side_by_side(sandbox: Sandbox) -> None:
    one = sandbox.deploy(stack_name="one", MacroName="")
    other = sandbox.deploy(stack_name="other", MacroName="")
    mine, theirs = (
        {each.physical_id for each in stack.resources.values()} for stack in (one, other)
    )
    assert len(mine) == len(theirs) == len(mine | theirs) / 2


def test_nothing_of_the_stack_is_deleted_before_its_rollouts_have_ended() -> None:
    """The guard, its alarms and the topic are there too while the deletion waits, or has failed."""
    needs = {name: dependencies(one, None) for name, one in DEPLOYED["Resources"].items()}
    found, waiting = set[str](), {"Rollouts"}
    while waiting:
        found |= waiting
        waiting = {needed for name in waiting for needed in needs.get(name, ())} - found
    assert found >= DEPLOYED["Resources"].keys()


def test_the_resource_knows_every_machine_on_which_something_may_run() -> None:
    given = dict(written("Custom::LambdaCanaryRollouts")["Rollouts"])
    del given["DeletedAfterIt"]
    machines = written("AWS::Serverless::StateMachine")
    assert given == {name: {"Ref": name} for name in machines} | {
        "ServiceToken": {"Fn::GetAtt": ["EndRolloutsFunction", "Arn"]}
    }


def test_sam_deploy_needs_no_questions_answered() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]
    deploy = settings["deploy"]["parameters"]
    assert settings["global"]["parameters"]["stack_name"]
    assert deploy["capabilities"] == "CAPABILITY_IAM"
    assert deploy["resolve_s3"] is True
    assert deploy["confirm_changeset"] is False
