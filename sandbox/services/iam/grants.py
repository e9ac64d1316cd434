"""What the roles of a stack are allowed to do, and whether anybody made use of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sandbox.services.cloudformation import Stack
from sandbox.services.iam.evaluate import Grant
from sandbox.services.iam.gate import Gate
from sandbox.services.iam.policy import statements
from sandbox.services.iam.principals import policies_of


class Granted(NamedTuple):
    """One action on one pattern of resources. What the stack made goes by its logical id."""

    role: str
    statement: str
    action: str
    resource: str


def granted(stack: Stack, gate: Gate) -> Iterator[tuple[Granted, bool]]:
    """Every grant of the stack's roles, each with whether a call was let pass by it."""
    names = {
        one.physical_id.rpartition(end)[2]: f"${{{logical_id}}}"
        for logical_id, one in sorted(stack.resources.items())
        if not one.type.startswith("Custom::")  # it may call itself as another resource is called
        for end in ":/"  # ARNs and names; queues go by their URL
    }
    for logical_id, resource in sorted(stack.resources.items()):
        if resource.type != "AWS::IAM::Role":
            continue
        for policy in policies_of(resource.physical_id):
            for statement in statements(policy.document):
                if statement.effect != "Allow":
                    continue
                # A policy of AWS's own, whose statements have no names of the stack's.
                named = policy.name.rpartition("/")[2] if ":aws:policy/" in policy.name else ""
                for action, pattern in statement.pairs():
                    grant = Grant(resource.physical_id, policy.name, statement.sid, action, pattern)
                    parts = [names.get(part, part) for part in pattern.split(":")]
                    described = Granted(logical_id, named or statement.sid, action, ":".join(parts))
                    yield described, grant in gate.used
