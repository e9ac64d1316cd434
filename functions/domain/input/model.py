"""The keys of a rollout's input, with their types, bounds and defaults.

Each key is described once, in its Field: the description is what an error says is allowed.
"""

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.model.clock import YEAR
from domain.model.member import LATEST
from domain.model.schedule import MAX_WEIGHTS, SHAPES

MAX_FUNCTIONS = 25
MAX_CHECKS = 25
INTERVAL = 60 + LATEST  # seconds by which the data of a weight's first minute are there


def kebab(name: str) -> str:
    """Make `max-ms` of `max_ms`.

    An underscore at the end keeps a name apart from Python's own words: `assert_`.
    """
    return name.rstrip("_").replace("_", "-")


def _two_decimals(value: float) -> float:
    if not math.isclose(value, round(value, 2)):
        raise ValueError("more than two decimals")
    return round(value, 2)


STRICT = ConfigDict(
    alias_generator=kebab, extra="forbid", strict=True, allow_inf_nan=False, frozen=True
)

Percent = Annotated[float, Field(gt=0, le=100), AfterValidator(_two_decimals)]
Seconds = Annotated[int, Field(ge=1, le=YEAR)]
Version = Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=1)]


class TargetInput(BaseModel):
    """One function of the release group, as the input names it."""

    model_config = STRICT

    function_name: str = Field("", description="a function's name or unqualified ARN")
    alias_name: str = Field("", description="an alias's name, not $LATEST")
    new_version: Version | None = Field(
        None, description="a published version's number (1 or above) or ARN"
    )
    code_sha256: str | None = Field(
        None,
        alias="code-sha256",
        min_length=44,
        max_length=44,
        description="the base64 SHA-256 of the code (44 characters)",
    )


class HookInput(BaseModel):
    """A hook, where more is said of it than its function."""

    model_config = STRICT

    function: str = Field("", description="a function's name or unqualified ARN")
    mode: Literal["callback", "return"] = Field("callback", description="callback or return")
    timeout: Seconds | None = Field(
        None, description="whole seconds from 1 to a year; with mode return, up to 840"
    )


class RolloutInput(TargetInput):
    """The whole input: what is left out has its default here."""

    create_alias: bool = Field(False, description="true or false")
    functions: list[Any] | None = Field(
        None,
        min_length=1,
        max_length=MAX_FUNCTIONS,
        description=f"1 to {MAX_FUNCTIONS} objects with function-name and alias-name",
    )
    type: str = Field("linear", description=f"{', '.join(SHAPES)}, or a CodeDeploy name")
    steps: Annotated[int, Field(ge=1, le=MAX_WEIGHTS)] | None = Field(
        None, description=f"a whole number from 1 to {MAX_WEIGHTS:,}"
    )
    first_weight: Percent | None = Field(
        None, description="a percent above 0 and up to 100, with at most two decimals"
    )
    weights: Annotated[list[Percent], Field(min_length=1, max_length=MAX_WEIGHTS)] | None = Field(
        None,
        description=f"1 to {MAX_WEIGHTS:,} rising percents up to 100, with at most two decimals",
    )
    interval: Seconds | Annotated[list[Seconds], Field(min_length=1)] = Field(
        INTERVAL, description="whole seconds from 1 to a year, or a list of them, one a weight"
    )
    check_interval: Seconds | None = Field(None, description="whole seconds from 1 to a year")
    health_check: bool = Field(True, description="true or false")
    checks: Annotated[list[Any], Field(max_length=MAX_CHECKS)] | None = Field(
        None, description=f"up to {MAX_CHECKS} objects, each with the type of a check"
    )
    alarms: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=1_600)]],
            Field(min_length=1, max_length=100),
        ]
        | None
    ) = Field(None, description="1 to 100 alarm names or ARNs")
    alarms_already_firing: Literal["refuse", "ignore"] = Field(
        "refuse", description="refuse or ignore"
    )
    hooks: dict[str, Any] | None = Field(
        None, description="an object with pre-traffic, post-traffic or both"
    )
    min_invocations: Annotated[int, Field(ge=0, le=10**9)] = Field(
        20, description="a whole number from 0 to 1,000,000,000"
    )
    max_hold: Annotated[int, Field(ge=0, le=YEAR)] = Field(
        600, description="whole seconds from 0 to a year"
    )
    on_insufficient_data: Literal["promote", "roll-back"] = Field(
        "promote", description="promote or roll-back"
    )
    notify: Literal["failures", "outcome", "all", "none"] = Field(
        "outcome", description="failures, outcome, all or none"
    )
    approvals: Annotated[list[Percent], Field(min_length=1, max_length=100)] | None = Field(
        None, description="1 to 100 weights of the schedule, such as [50]"
    )
    approval_timeout: Seconds = Field(86_400, description="whole seconds from 1 to a year")
    dry_run: bool = Field(False, description="true or false")
