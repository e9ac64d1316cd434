"""Write what the code says into the documents; with `--check`, show what would change, and fail."""

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.docs import input_schema, proofs, tables

ROOT = Path(__file__).resolve().parents[2]


def documents(root: Path) -> dict[str, str]:
    """Return the text of each document, as it should be, by its path."""
    written = {
        "docs/input.schema.json": input_schema.text(),
        "README.md": tables.filled(_read(root, "README.md"), "errors", tables.errors()),
        "docs/deploying.md": tables.filled(
            _read(root, "docs/deploying.md"), "parameters", tables.parameters(root)
        ),
    }
    for document, proven in proofs.by_document(root).items():
        written[document] = tables.filled(_read(root, document), "proofs", proven)
    return written


def differences(root: Path) -> Iterator[str]:
    """Show what `make docs` would change, as a diff."""
    for name, text in documents(root).items():
        yield from difflib.unified_diff(
            _read(root, name).splitlines(keepends=True),
            text.splitlines(keepends=True),
            name,
            f"{name}, by make docs",
        )


def main(arguments: list[str]) -> None:
    """Write the documents; with `--check`, show the differences, and fail where there are any."""
    try:
        if arguments == ["--check"]:
            found = "".join(differences(ROOT))
            sys.exit(
                f"{found}The documents do not say what the code does: make docs." if found else 0
            )
        for name, text in documents(ROOT).items():
            (ROOT / name).write_text(text, encoding="utf-8")
    except proofs.UnprovenError as flaws:
        sys.exit(str(flaws))


def _read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
