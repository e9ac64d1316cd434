"""Takes the last promotion of an alias back: at once, and only if it is still as promoted."""

from dataclasses import dataclass
from typing import Any

from domain.view.look import Look
from domain.view.phase import phase_of
from lambda_canary.account import Account
from lambda_canary.lookout import Lookout
from lambda_canary.trouble import Mistaken

# No bake and no checks: the version has had all calls before.
_AT_ONCE = {"type": "all-at-once", "interval": 1, "health-check": False, "min-invocations": 0}
_MOST = 200  # successful rollouts that are looked at


@dataclass(frozen=True)
class Undoing:
    """The promotion that is taken back, and the input that does it."""

    promotion: str
    given: dict[str, Any]
    routed: dict[tuple[str, str], str]


def undoing(account: Account, lookout: Lookout, function: str, alias: str) -> Undoing:
    """Find the last promotion; what was released as one goes back as one."""
    for at, look in enumerate(lookout.promoted(account.machine())):
        if at == _MOST:
            break
        named = {(one["function-name"], one["alias-name"]) for one in look.functions}
        if (function, alias) in named and phase_of(look) in ("promoted", "created"):
            return _back(look)
    raise Mistaken(
        f"no promotion of {function} {alias} is known",
        f"lambda-canary release {function} {alias} --new-version VERSION",
    )


def _back(look: Look) -> Undoing:
    moved = [one for one in look.functions if one["old-version"] != one["new-version"]]
    made = [
        f"{one['function-name']} {one['alias-name']}" for one in moved if not one["old-version"]
    ]
    if made:
        raise Mistaken(
            f"{look.name} created {', '.join(made)}: there is no version before it",
            "release another version",
        )
    group = [
        {
            "function-name": one["function-name"],
            "alias-name": one["alias-name"],
            "new-version": one["old-version"],
        }
        for one in moved
    ]
    routed = {(one["function-name"], one["alias-name"]): one["new-version"] for one in moved}
    return Undoing(look.name, {"functions": group, **_AT_ONCE}, routed)


def require_unchanged(undoing: Undoing, plan: Look) -> None:
    """Refuse to take back what is no longer so: `plan` is a dry run of it."""
    for one in plan.functions:
        name = (one["function-name"], one["alias-name"])
        if one["old-version"] != undoing.routed[name]:
            raise Mistaken(
                f"{' '.join(name)} is at version {one['old-version']} now, not at "
                f"{undoing.routed[name]}, to which {undoing.promotion} promoted it",
                "lambda-canary release FUNCTION ALIAS --new-version VERSION",
            )
