"""Executions that go on after their end, from where they failed."""

from __future__ import annotations

from typing import Any


def described(execution: Any) -> dict[str, Any]:
    """What DescribeExecution says about it."""
    if execution.status in ("RUNNING", "SUCCEEDED"):
        reason = f"Execution is {execution.status} and cannot be redriven"
        return {
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": reason,
        }
    return {"redriveCount": 0, "redriveStatus": "REDRIVABLE"}
