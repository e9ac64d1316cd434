"""What CloudFormation asks of the gate: an event, read as far as each end needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from domain.model.alias import Alias
from domain.model.errors import InvalidInput
from domain.model.naming import ALIAS_NAME, VERSION, BadName, Home
from domain.model.text import joined, show

Kind = Literal["Create", "Update", "Delete"]
_MAX_MEMBERS = 25


@dataclass(frozen=True)
class Address:
    """Who is answered: an operation of a stack on one resource. Nobody may see the `url`.

    `physical` is the resource's id so far, empty before it has one.
    """

    stack: str
    resource: str
    request: str
    url: str
    physical: str


@dataclass(frozen=True)
class Wanted:
    """An alias, and the version to which it is to route everything."""

    function: str
    alias: str
    version: str

    @property
    def name(self) -> str:
        """As messages have it."""
        return f"{self.alias} of {self.function}"


@dataclass(frozen=True)
class Asked:
    """A sound event.

    `before` are the versions by function and alias as they were, in the order of the stack.
    `group` says that the properties have Members. The texts of `mode`, `session` and `timeout`, and
    `rollout`, are as they came: they are read where something is released.
    """

    kind: Kind
    address: Address
    members: tuple[Wanted, ...]
    group: bool
    before: Mapping[tuple[str, str], str]
    rollout: Any
    mode: Any
    session: Any
    timeout: Any

    @property
    def physical(self) -> str:
        """The resource's id, which is one for ever for the same functions and aliases."""
        return "+".join(sorted(f"{one.function}:{one.alias}" for one in self.members))[:1_024]

    @property
    def data(self) -> dict[str, str]:
        """What Fn::GetAtt answers: the versions asked for."""
        if not self.group:
            return {"Version": self.members[0].version}
        return {f"Version{at}": one.version for at, one in enumerate(self.members, start=1)}

    def rises(self, found: Mapping[Wanted, Alias | None]) -> bool:
        """Tell whether a version is asked for that is newer than the one before it.

        That is the one that the event names, which anybody may have invented, or the alias's own.
        """
        return any(
            int(one.version) > int(before)
            for one in self.members
            for before in self._before(one, found.get(one))
            if before.isdigit()  # and not $LATEST
        )

    def _before(self, wanted: Wanted, alias: Alias | None) -> list[str]:
        named = self.before.get((wanted.function, wanted.alias), wanted.version)
        return [named, alias.routing.version] if alias else [named]


def address_of(event: Mapping[str, Any]) -> Address:
    """Read who is to be answered. Raises InvalidInput where that is no event of a stack's."""
    try:
        return Address(
            stack=str(event["StackId"]),
            resource=str(event["LogicalResourceId"]),
            request=str(event["RequestId"]),
            url=str(event["ResponseURL"]),
            physical=str(event.get("PhysicalResourceId", "")),
        )
    except (KeyError, TypeError) as missing:
        raise InvalidInput(f"no event of a custom resource: {missing} is missing") from missing


def kind_of(event: Mapping[str, Any]) -> Kind:
    """Read what is to be done. Raises InvalidInput."""
    for kind in get_args(Kind):
        if event.get("RequestType") == kind:
            return kind  # type: ignore[no-any-return]  # get_args has no types
    raise InvalidInput(f"RequestType: {show(event.get('RequestType'))} is unknown")


def asked_of(event: Mapping[str, Any], home: Home) -> Asked:
    """Read a Create or an Update. Raises InvalidInput, which names all that is wrong."""
    problems: list[str] = []
    properties = event.get("ResourceProperties") or {}
    members = _members(properties, home, problems)
    if problems:
        raise InvalidInput(joined(problems, "the resource's properties"))
    before = _members(event.get("OldResourceProperties") or {}, home, [])
    return Asked(
        kind=kind_of(event),
        address=address_of(event),
        members=members,
        group="Members" in properties,
        before={(one.function, one.alias): one.version for one in before},
        rollout=properties.get("Rollout") or {},
        mode=properties.get("Mode") or "",
        session=properties.get("CallerSession") or "",
        timeout=properties.get("ServiceTimeout"),
    )


_NAMING = ("FunctionName", "AliasName", "NewVersion")


def _members(properties: Mapping[str, Any], home: Home, problems: list[str]) -> tuple[Wanted, ...]:
    if "Members" not in properties:
        return tuple(_member(properties, "", home, problems))
    given = properties["Members"]
    if not isinstance(given, list) or not 1 <= len(given) <= _MAX_MEMBERS:
        problems.append(f"Members: {show(given)} was given; allowed: 1 to {_MAX_MEMBERS} objects")
        return ()
    problems += [
        f"{name}: goes inside Members, which is given too" for name in _NAMING if name in properties
    ]
    members: dict[tuple[str, str], Wanted] = {}
    for at, item in enumerate(given):
        path = f"Members[{at}]."
        for one in _member(item if isinstance(item, Mapping) else {}, path, home, problems):
            if (one.function, one.alias) in members:
                problems.append(f"{path}AliasName: {one.name} is there twice")
            members[one.function, one.alias] = one
    return tuple(members.values())


def _member(given: Mapping[str, Any], path: str, home: Home, problems: list[str]) -> list[Wanted]:
    """Return the member, or nothing where something is wrong with it."""
    function, alias, version = (str(given.get(name, "")) for name in _NAMING)
    wrong = []
    try:
        function = home.function(function)
    except BadName as reason:
        wrong.append(f"{path}FunctionName: {show(function)} {reason}")
    if not ALIAS_NAME.fullmatch(alias):
        wrong.append(f"{path}AliasName: {show(alias)} is not an alias's name, not $LATEST")
    if not VERSION.fullmatch(version):
        wrong.append(f"{path}NewVersion: {show(version)} is not a published version's number")
    problems += wrong
    return [] if wrong else [Wanted(function, alias, version)]
