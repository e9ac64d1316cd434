"""Permissions of an alias: a policy of its own, and a new RevisionId of the alias with each change.

AWS moved the alias's revision so until about 2025; whether it still does, no documentation says.
So both can be had: see `Permissions.move_revisions`.
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.models import LambdaAlias
from moto.awslambda.policy import Policy
from moto.awslambda.responses import LambdaResponse
from moto.moto_api._internal import mock_random

from sandbox.kernel.patches import Patches
from sandbox.services.awslambda.names import find_alias, find_function, named_in_path

# What only function URLs ask for is a condition of the statement:
# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
_OF_URLS = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


class Permissions:
    """Statements that name an alias as their qualifier, which moto loses when the alias moves."""

    move_revisions = True

    def __init__(self, patches: Patches) -> None:
        replace = patches.replace
        self._add = replace(LambdaResponse, "add_permission", lambda call: self._added(call))
        self._get = replace(LambdaResponse, "get_policy", lambda call: self._policy(call))
        self._remove = replace(
            LambdaResponse, "remove_permission", lambda call: self._removed(call)
        )

        replace(Policy, "condition_merge", self._with_conditions(Policy.condition_merge))

    def _with_conditions(self, merge: Any) -> Any:
        """Keep the conditions of function URLs, which moto does not know."""

        def condition_merge(policy: Any, statement: dict[str, Any]) -> None:
            merge(policy, statement)
            for name, (operator, key) in _OF_URLS.items():
                if name in statement:
                    worth = statement.pop(name)
                    text = str(worth).lower() if isinstance(worth, bool) else worth
                    statement.setdefault("Condition", {}).setdefault(operator, {})[key] = text

        return condition_merge

    def _added(self, call: Any) -> Any:
        alias = _alias_of(call)
        if alias is None:
            return self._add(call)
        statement, _ = _policy_of(alias).add_statement(call.body, alias.name)
        self._changed(alias)
        return json.dumps({"Statement": json.dumps(statement)})

    def _policy(self, call: Any) -> Any:
        alias = _alias_of(call)
        return self._get(call) if alias is None else _policy_of(alias).wire_format()

    def _removed(self, call: Any) -> Any:
        alias = _alias_of(call)
        if alias is None:
            return self._remove(call)
        _policy_of(alias).del_statement(call.path.rpartition("/")[2])
        self._changed(alias)
        return 204, {"status": 204}, ""

    def _changed(self, alias: LambdaAlias) -> None:
        if self.move_revisions:
            alias.revision_id = str(mock_random.uuid4())


def _alias_of(call: Any) -> LambdaAlias | None:
    name, qualifier = named_in_path(call)
    return find_alias(name, qualifier) if qualifier else None


def _policy_of(alias: LambdaAlias) -> Policy:
    if not hasattr(alias, "policy"):
        name = alias.arn.split(":")[6]
        alias.policy = Policy(find_function(name))
    return alias.policy
