"""Tables of documents, each between two markers, and where their rows come from."""

import inspect
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from domain.model.errors import RolloutError
from sandbox.services.cloudformation.template import load

_END = "<!-- end -->\n"


def marker(name: str) -> str:
    """Return the comment that stands before the table of this name."""
    return f"<!-- make docs: {name} -->\n"


def filled(document: str, name: str, table: str) -> str:
    """Put this table between the document's markers of this name, which must be there once."""
    before, after = document.split(marker(name))
    _, after = after.split(_END, maxsplit=1)
    return f"{before}{marker(name)}\n{table}\n{_END}{after}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of Markdown."""
    first, *rest = (f"| {' | '.join(cells)} |\n" for cells in (head, *rows))
    return "".join([first, "|" + "---|" * len(head) + "\n", *rest])


def errors() -> str:
    """List the names with which a rollout fails, and what their docstrings say."""
    kinds = RolloutError.__subclasses__()
    return table(
        ["error", "meaning"],
        ([f"`{kind.__name__}`", words(inspect.getdoc(kind))] for kind in kinds),
    )


def parameters(root: Path) -> str:
    """List the template's parameters, and the first sentence of what it says of each."""
    found = load(root / "template.yaml")["Parameters"]
    return table(
        ["parameter", "default", "meaning"],
        (
            [f"`{name}`", _default(str(each["Default"])), words(each["Description"])]
            for name, each in found.items()
        ),
    )


def _default(value: str) -> str:
    return f"`{value}`" if value else "none"


def words(text: str | None) -> str:
    """Return the first sentence, as a cell has it."""
    sentence = re.split(r"\.(?:\s|$)", " ".join((text or "").split()), maxsplit=1)[0]
    return (sentence[:1].lower() + sentence[1:]).replace("*", r"\*").replace("|", r"\|")
