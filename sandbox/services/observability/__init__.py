"""What AWS reports by itself about the functions, executions and alarms of an account."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sandbox.kernel.signals import Execution, Invocation, Metered
from sandbox.services.account import Account
from sandbox.services.awslambda.names import find_alias, routing_of
from sandbox.services.cloudwatch import CloudWatch
from sandbox.services.cloudwatch.store import Metric
from sandbox.services.cloudwatch.summary import Summary
from sandbox.services.eventbridge import EventBridge
from sandbox.services.observability import alarm_actions

#: Of an execution's input and output in its events, as JSON inside of JSON.
#: https://docs.aws.amazon.com/step-functions/latest/dg/cw-events.html
MAX_ESCAPED = 248 * 1024

#: The versions an alias routes to, each with its share (0 to 1); nothing if there is no alias.
Routing = Callable[[str, str], Mapping[str, float]]

_END_METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def current_routing(function: str, alias: str) -> Mapping[str, float]:
    """Return the share of calls that each of an alias's versions gets now."""
    found = find_alias(function, alias)
    return routing_of(found) if found is not None else {}


def install(account: Account) -> None:
    """Have what happens measured and told, as AWS does by itself."""
    signals, cloudwatch, bus = account.signals, account.cloudwatch, account.eventbridge
    signals.invoked.append(partial(_measure_invocation, cloudwatch))
    signals.metered.append(partial(_measure_function, cloudwatch))
    signals.execution_changed.append(partial(_measure_execution, cloudwatch))
    signals.execution_changed.append(partial(_report_execution, bus))
    cloudwatch.alarms.transitions.append(partial(alarm_actions.publish, account.iam))
    cloudwatch.alarms.transitions.append(partial(alarm_actions.emit, bus))


def dimension_sets(
    function: str, alias: str | None, version: str, weighted: bool
) -> Iterator[dict[str, str]]:
    """List the dimensions under which Lambda reports one call, each a metric of its own.

    Only an alias that routes to two versions at the time reports which of them it executed.
    """
    yield {"FunctionName": function}
    qualifier = alias or ("" if version == "$LATEST" else version)
    resource = f"{function}:{qualifier}" if qualifier else function
    yield {"FunctionName": function, "Resource": resource}
    if alias and weighted:
        yield {"FunctionName": function, "Resource": resource, "ExecutedVersion": version}


def _measure_invocation(cloudwatch: CloudWatch, call: Invocation) -> None:
    weighted = call.alias is not None and len(current_routing(call.function, call.alias)) > 1
    measured = {
        "Invocations": (1.0, "Count"),
        "Errors": (float(call.error), "Count"),
        "Duration": (round((call.ended - call.started) * 1000, 2), "Milliseconds"),
    }
    for dimensions in dimension_sets(call.function, call.alias, call.version, weighted):
        for name, (value, unit) in measured.items():
            cloudwatch.record(
                Metric.of("AWS/Lambda", name, dimensions),
                Summary.of({value: 1.0}),
                started=call.started,
                ended=call.ended,
                unit=unit,
            )


def _measure_function(cloudwatch: CloudWatch, datum: Metered) -> None:
    """Of calls that need not have run, so that no executed version is reported."""
    resource = f"{datum.function}:{datum.qualifier}".removesuffix(":None")
    for dimensions in ({}, {"Resource": resource}):
        cloudwatch.record(
            Metric.of("AWS/Lambda", datum.name, {"FunctionName": datum.function, **dimensions}),
            Summary.of({datum.value: 1.0}),
            started=datum.at,
            ended=datum.at,
            unit=datum.unit,
        )


def _measure_execution(cloudwatch: CloudWatch, execution: Execution) -> None:
    """Unlike Lambda's, these are stamped with the time at which the status changed."""

    def record(name: str, value: float, unit: str, at: float) -> None:
        metric = Metric.of("AWS/States", name, {"StateMachineArn": execution.machine_arn})
        cloudwatch.record(metric, Summary.of({value: 1.0}), started=at, ended=at, unit=unit)

    if execution.stopped is None:
        name = "ExecutionsRedriven" if execution.redrives else "ExecutionsStarted"
        record(name, 1.0, "Count", execution.redriven or execution.started)
        return
    milliseconds = (execution.stopped - execution.started) * 1000
    record(_END_METRICS[execution.status], 1.0, "Count", execution.stopped)
    if execution.redrives:
        record(f"Redriven{_END_METRICS[execution.status]}", 1.0, "Count", execution.stopped)
    record("ExecutionTime", round(milliseconds, 3), "Milliseconds", execution.stopped)


def _report_execution(bus: EventBridge, execution: Execution) -> None:
    """Send the event, and leave out of it what is too large for one."""
    written, answered = _escaped(execution.input), _escaped(execution.output)
    knows_input = written + answered <= MAX_ESCAPED
    knows_output = execution.output is not None and answered <= MAX_ESCAPED
    detail = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.started),
        "stopDate": _milliseconds(execution.stopped),
        "input": execution.input if knows_input else None,
        "inputDetails": {"included": knows_input},
        "output": execution.output if knows_output else None,
        "outputDetails": None if execution.output is None else {"included": knows_output},
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": execution.redrives,
        "redriveDate": _milliseconds(execution.redriven),
        "error": execution.error,
        "cause": execution.cause,
    }
    bus.emit("aws.states", "Step Functions Execution Status Change", [execution.arn], detail)


def _escaped(text: str | None) -> int:
    """Bytes of a text inside of JSON."""
    return 0 if text is None else len(json.dumps(text, ensure_ascii=False).encode())


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
