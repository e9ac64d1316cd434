"""The state machine's definition as a graph, for rules to walk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.services.cloudformation.template import parse_document

ROOT = Path(__file__).resolve().parents[2]
# By the logical id of the state machine.
DEFINITIONS = {
    "DeployStateMachine": ROOT / "statemachine" / "deploy.asl.yaml",
    "RelayStateMachine": ROOT / "statemachine" / "relay.asl.yaml",
    "HookStateMachine": ROOT / "statemachine" / "hook.asl.yaml",
    "GateStateMachine": ROOT / "statemachine" / "gate.asl.yaml",
}

StateBody = dict[str, Any]


def load(machine: str) -> dict[str, Any]:
    """Its definition, the placeholders not filled in. Refuses a key given twice."""
    text = DEFINITIONS[machine].read_text(encoding="utf-8")
    document: dict[str, Any] = parse_document(text)
    return document


@dataclass(frozen=True)
class Scope:
    """A set of states among which `Next` may point: the machine's own, or those inside a Map."""

    path: str
    start: str
    states: Mapping[str, StateBody]

    @classmethod
    def of(cls, body: Mapping[str, Any], path: str = "") -> Scope:
        return cls(path, body["StartAt"], body["States"])

    def every(self) -> Iterator[Scope]:
        """Return this scope and all those inside it."""
        yield self
        for name, state in self.states.items():
            inner = state.get("ItemProcessor") or state.get("Iterator")
            for body in [*([inner] if inner else []), *state.get("Branches", [])]:
                yield from Scope.of(body, f"{self.path}{name}/").every()

    def reachable(self, start: str) -> set[str]:
        """Return the states that can follow, `start` itself only if it can come again."""
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for follower in targets(self.states.get(waiting.pop(), {})):
                if follower not in found:
                    found.add(follower)
                    waiting.append(follower)
        return found


def targets(state: StateBody) -> list[str]:
    """Where a state may go, in whatever way."""
    branches = [*state.get("Choices", []), *state.get("Catch", [])]
    direct = [state[key] for key in ("Next", "Default") if key in state]
    return [*direct, *(branch["Next"] for branch in branches)]


def all_states(definition: Mapping[str, Any]) -> Iterator[tuple[str, StateBody]]:
    """Every state with its path, those inside a Map as `TheMap/TheState`."""
    for scope in Scope.of(definition).every():
        for name, state in scope.states.items():
            yield f"{scope.path}{name}", state


def tasks(definition: Mapping[str, Any]) -> Iterator[tuple[str, StateBody]]:
    return ((name, state) for name, state in all_states(definition) if state["Type"] == "Task")


def invoked_function(state: StateBody) -> str | None:
    """Return the logical id of the function a Task invokes; None where it calls an AWS API."""
    if not state["Resource"].endswith(":states:::lambda:invoke"):
        return None
    placeholder: str = state["Parameters"]["FunctionName"]
    return placeholder.removeprefix("${").removesuffix("Arn}")
