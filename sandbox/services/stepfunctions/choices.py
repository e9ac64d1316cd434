"""What a Choice does about a variable that its input does not have."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (  # noqa: E501
    ComparisonOperatorType,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable import (
    ComparisonVariable,
)
from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable

from sandbox.kernel.patches import Patches


def install(patches: Patches) -> None:
    """In moto such a comparison is false; in AWS the execution fails, and nothing catches it.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
    """

    def evaluate(comparison: Any, env: Any) -> None:
        comparison.variable.eval(env)
        function = comparison.comparison_function
        may_be_absent = function.operator_type == ComparisonOperatorType.IsPresent
        if isinstance(env.stack[-1], NoSuchVariable) and not may_be_absent:
            path = comparison.variable.string_sampler.literal_value
            raise FailureEventException(_invalid_path(env, path))
        function.eval(env)

    patches.replace(ComparisonVariable, "_eval_body", evaluate)


def _invalid_path(env: Any, path: str) -> FailureEvent:
    details = {
        "error": "States.Runtime",
        "cause": f"Invalid path '{path}': The choice state's condition path references an invalid "
        "value.",
    }
    return FailureEvent(
        env=env,
        error_name=StatesErrorName(typ=StatesErrorNameType.StatesRuntime),
        event_type=HistoryEventType.ExecutionFailed,
        event_details={"executionFailedEventDetails": details},
    )
