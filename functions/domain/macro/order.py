"""What CloudFormation does in turn: cycles that a gate would make, and chains of gates."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from domain.limits.stack_time import LIMIT
from domain.macro.problems import Problems
from domain.macro.release import Release
from domain.macro.resources import Resources, needs, way
from domain.model.clock import span


def cycles(resources: Resources, releases: list[Release], problems: Problems) -> None:
    """Name every cycle through a gate, with all that lies on it."""
    for release in releases:
        if found := way(resources, release.name, release.name):
            problems.of_alias(
                release.called[0],
                f"its gate would wait for itself ({' -> '.join([release.name, *found])}): give the "
                "name of an alarm that leads to the alias as text; functions of one group cannot "
                "refer to each other's aliases",
            )


def overlong(
    resources: Resources,
    releases: list[Release],
    lasting: Mapping[str, int],
    problems: Problems,
) -> None:
    """Name what takes longer than an update may: a rollout by itself, or several in a chain.

    `lasting` has the seconds that each gate's rollout takes at most, by its logical id, if known.
    """
    firsts = {release.name: release.called[0] for release in releases}
    for gate, seconds in lasting.items():
        if seconds > LIMIT:
            problems.of_rollout(
                firsts[gate],
                f"the rollout may take {span(seconds)}, with all holds, approvals and hooks; "
                f"allowed: up to {span(LIMIT)}",
            )
    chain = _longest_chain(resources, lasting)
    seconds = sum(lasting[gate] for gate in chain)
    if len(chain) > 1 and seconds > LIMIT:
        told = ", ".join(f"{firsts[gate]} up to {span(lasting[gate])}" for gate in chain)
        problems.of_rollout(
            firsts[chain[-1]],
            f"it refers to aliases that are released before it, which takes up to {span(seconds)} "
            f"together ({told}); allowed: up to {span(LIMIT)}",
        )


def _longest_chain(resources: Resources, lasting: Mapping[str, int]) -> list[str]:
    """Return the gates that wait for each other and take longest together, in their order."""
    graph = {name: needs(resources, name) for name in resources}
    best: dict[str, list[str]] = {}

    def seconds(chain: list[str]) -> int:
        return sum(lasting[gate] for gate in chain)

    try:
        for name in TopologicalSorter(graph).static_order():
            before = max((best[one] for one in graph[name]), key=seconds, default=[])
            best[name] = [*before, name] if name in lasting else before
    except CycleError:  # not of ours: CloudFormation refuses it with or without a gate
        return []
    return max(best.values(), key=seconds, default=[])
