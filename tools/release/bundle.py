"""One zip that deploys without being built: `python -m tools.release.bundle BUILT OUT`.

BUILT is where `sam build` has put the functions. The zip holds the template as it is in the
repository, with the built functions in the place of their source, so that `sam deploy`, `sam
package` and `aws cloudformation package` take it as it lies unpacked. Its bytes depend on nothing
but its contents.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sandbox.services.cloudformation.packaging import zip_bytes
from sandbox.services.cloudformation.template import load

ROOT = Path(__file__).parents[2]
BESIDE = (
    *("template.yaml", "samconfig.toml", "LICENSE", "README.md", "CHANGELOG.md"),
    *(f"{path.parent.name}/{path.name}" for path in (*ROOT.glob("docs/*"), *ROOT.glob("events/*"))),
)


def main(built: Path, out: Path) -> int:
    """Write the bundle and its SHA-256."""
    body = zip_bytes(contents(ROOT, built))
    out.mkdir(parents=True, exist_ok=True)
    bundle = out / f"lambda-canary-{version(ROOT)}.zip"
    bundle.write_bytes(body)
    digest = hashlib.sha256(body).hexdigest()
    bundle.with_suffix(".zip.sha256").write_text(f"{digest}  {bundle.name}\n", encoding="utf-8")
    print(f"{bundle}: {len(body) / 1e6:.1f} MB, SHA-256 {digest}")
    return 0


def version(root: Path) -> str:
    """Return the project's version."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def contents(root: Path, built: Path) -> dict[str, bytes]:
    """Return every file of the bundle, by its name in it."""
    files = {name: (root / name).read_bytes() for name in BESIDE}
    machines = (root / "statemachine").glob("*.asl.yaml")
    files |= {f"statemachine/{path.name}": path.read_bytes() for path in machines}
    return files | {f"functions/{name}": body for name, body in _functions(root, built).items()}


def _functions(root: Path, built: Path) -> dict[str, bytes]:
    """Return the one folder that all functions share. SystemExit where they are not built alike."""
    names = [
        name
        for name, resource in load(root / "template.yaml")["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    folders = [dict(_files(built / name)) for name in names]
    if not folders[0]:
        raise SystemExit(f"{built / names[0]} is empty: nothing was built")
    for name, folder in zip(names, folders, strict=True):
        if folder != folders[0]:
            raise SystemExit(
                f"{name} was built otherwise than {names[0]}, but they share one folder"
            )
    return folders[0]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:])))
