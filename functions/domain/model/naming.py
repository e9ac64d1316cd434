"""Names and ARNs: what may be written for a function, a version and an alarm."""

import hashlib
import re
from dataclasses import dataclass, field

from domain.model.web import Web

ALIAS_NAME = re.compile(r"(?![0-9]+$)[A-Za-z0-9_-]{1,128}")
FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
VERSION = re.compile(r"[1-9][0-9]{0,18}")
LAMBDA_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12})"
    r":function:(?P<name>[A-Za-z0-9_-]{1,64})(?::(?P<qualifier>[A-Za-z0-9$_-]+))?"
)
_ALARM_ARN = re.compile(
    r"arn:aws[a-z-]*:cloudwatch:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):alarm:(?P<name>.+)"
)


def _stack_of(function: str) -> tuple[str, int]:
    """Return what CloudFormation puts before a logical id, and how long what follows it is."""
    stack, _, rest = function.rpartition("-")[0].rpartition("-")
    return stack, len(function.rpartition("-")[2]) if stack and rest else 0


def execution_name(first: str, name: str, part: str) -> str:
    """Return the name of an execution that does a `part` of the rollout with this ARN and name.

    It is the same whenever asked, so that a start that is repeated starts no second: StartExecution
    is idempotent for a running execution of the same name and input. A name has 80 characters.
    """
    tail = f"-{hashlib.sha256(first.encode()).hexdigest()[:10]}-{part}"
    return f"{name[: 80 - len(tail)]}{tail}"


class BadName(ValueError):  # noqa: N818
    """A name or ARN that cannot be used, and why; `path` leads to it inside a check's options."""

    def __init__(self, why: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(why)
        self.path = path


@dataclass(frozen=True)
class Home:
    """The account and region the workflow runs in: the only ones it can release in.

    `released` are the names of the functions this rollout is about, `web` is what HTTP checks may
    reach, `itself` is the name of any function of the stack, as CloudFormation made it.
    """

    region: str
    account: str
    released: frozenset[str] = frozenset()
    web: Web = field(default_factory=Web)
    itself: str = ""

    @classmethod
    def of(cls, arn: str) -> "Home":
        """Read it from the ARN of anything that lives there, such as the execution."""
        _, _, _, region, account, _ = arn.split(":", 5)
        return cls(region, account)

    def _own(self, match: re.Match[str], what: str = "") -> None:
        if (match["region"], match["account"]) != (self.region, self.account):
            raise BadName(
                f"{what}is in {match['region']} of account {match['account']}; this stack releases "
                f"only in {self.region} of account {self.account}"
            )

    def function(self, text: str) -> str:
        """Return the function's name, from a name or an unqualified ARN."""
        if FUNCTION_NAME.fullmatch(text):
            return self._not_itself(text)
        match = LAMBDA_ARN.fullmatch(text)
        if match is None:
            raise BadName("is not a function's name or ARN")
        self._own(match)
        if match["qualifier"]:
            raise BadName(f"has a qualifier (:{match['qualifier']}); leave it out")
        return self._not_itself(match["name"])

    def _not_itself(self, name: str) -> str:
        """Refuse our own functions; the roles do too, but only once a rollout is under way."""
        if _stack_of(name) == _stack_of(self.itself) != ("", 0):
            raise BadName("belongs to lambda-canary itself, which no rollout may release or call")
        return name

    def member(self, text: str) -> str:
        """Return the name of one of the functions that this rollout is about."""
        name = self.function(text)
        if name not in self.released:
            raise BadName("is not released here; allowed: " + ", ".join(sorted(self.released)))
        return name

    def version(self, given: str | int, function: str | None) -> str:
        """Return the version's number, from a number or an ARN (of `function`, where known)."""
        text = str(given)
        if text == "$LATEST" or text.endswith(":$LATEST"):
            raise BadName("cannot be released; leave new-version out to publish it")
        if VERSION.fullmatch(text):
            return text
        match = LAMBDA_ARN.fullmatch(text)
        if match is None or not VERSION.fullmatch(match["qualifier"] or ""):
            raise BadName("is not a published version's number (1 or above) or ARN")
        self._own(match)
        if function is not None and match["name"] != function:
            raise BadName(f"is a version of {match['name']}, not of {function}")
        return match["qualifier"]

    def alarm(self, text: str) -> str:
        """Return the alarm's name, from a name or an ARN."""
        if not text.startswith("arn:"):
            return text
        match = _ALARM_ARN.fullmatch(text)
        if match is None:
            raise BadName(f"{text[:100]!r} is not an alarm's ARN")
        self._own(match, f"{match['name'][:100]!r} ")
        return match["name"]


def execution_of(machine: str, name: str) -> str:
    """Return the ARN of a state machine's execution."""
    return f"{machine.replace(':stateMachine:', ':execution:', 1)}:{name}"
