"""`make demo`: the deployed application releases three times, on live traffic, in a minute.

Exits with 0 only if all three rollouts ended as they should. Writes build/demo/summary.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.programs.progress import Progress
from sandbox.programs.recorder import Recorder
from sandbox.programs.sample import SAMPLE
from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import Stack

SUMMARY = Path("build/demo/summary.json")
LINEAR = Path(__file__).parents[2] / "events/linear.json"
MINUTES_BEFORE = 5  # of traffic, before the first rollout
LEGEND = """
Three rollouts. Each line has the sandbox's time, the share of the calls that goes to the new
version, and what happened. Metrics come a minute late, as in AWS: so the first health check of a
rollout sees no calls, and is inconclusive."""


@dataclass(frozen=True, slots=True)
class Act:
    """One rollout of the demo, and how it must end.

    `versions` are those of the input's functions, in its order, at the end.
    """

    title: str
    input: dict[str, Any]
    versions: Sequence[str]
    error: str | None = None

    @property
    def targets(self) -> list[tuple[str, str]]:
        members = self.input.get("functions", [self.input])
        return [(member["function-name"], member["alias-name"]) for member in members]

    def ended_well(self, summary: dict[str, Any]) -> bool:
        alias = summary["alias"]
        aliases = [alias] if len(self.targets) == 1 else list(alias.values())
        wanted = [{"version": version, "weights": {}} for version in self.versions]
        return summary["error"] == self.error and aliases == wanted


def acts() -> Sequence[Act]:
    """Return the AWS blog's example, the same with a bad version, and a release group."""
    linear = json.loads(LINEAR.read_text())
    group = {
        "functions": [
            {"function-name": "MyFunction", "alias-name": "MyAlias", "new-version": "4"},
            {"function-name": "MyOtherFunction", "alias-name": "MyAlias", "new-version": "3"},
        ],
        "type": "linear",
        "steps": 5,
        "interval": 120,
    }
    return (
        Act("A healthy version is promoted", linear, ["2"]),
        Act(
            "A version that fails 30 % of its calls is rolled back",
            {**linear, "new-version": "3"},
            ["2"],
            "HealthCheckFailed",
        ),
        Act(
            "A release group of which one function is bad is rolled back as one",
            group,
            ["2", "1"],
            "HealthCheckFailed",
        ),
    )


def perform(act: Act, sandbox: Sandbox, stack: Stack) -> dict[str, Any]:
    """Run the rollout to its end with its progress on the terminal; returns its summary."""
    recorder = Recorder(sandbox, stack, act.targets)
    with Progress(sandbox, stack, act.targets) as progress:
        progress.begin(act.title, act.input)
        execution = sandbox.start(act.input, machine=stack.outputs["StateMachineArn"])
        result = sandbox.finish(execution)
        summary = recorder.summary(act.input, result)
        progress.end(summary, act.ended_well(summary))
    return summary


def main() -> int:
    """Play the acts, and return 1 if one does not end as it should."""
    print("Booting the sandbox and deploying template.yaml into it ...", flush=True)
    with Sandbox() as sandbox:
        stack = sandbox.deploy()
        for synthetic in SAMPLE:
            sandbox.add_traffic(synthetic)
        sandbox.run_for(60 * MINUTES_BEFORE)
        print(LEGEND, flush=True)
        played = [(act, perform(act, sandbox, stack)) for act in acts()]
    SUMMARY.parent.mkdir(parents=True, exist_ok=True)
    SUMMARY.write_text(json.dumps([summary for _, summary in played], indent=2) + "\n")
    failed = [act.title for act, summary in played if not act.ended_well(summary)]
    for title in failed:
        print(f"This did not end as it should: {title}", file=sys.stderr)
    if not failed:
        print(
            f"\nAll three ended as they should. Details: {SUMMARY}\n"
            "Next: `make sandbox` serves all this to the real aws command, README.md has recipes."
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
