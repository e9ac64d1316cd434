"""An environment that does not fit any more is made anew by the same command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.setup.checkout import Checkout

pytestmark = pytest.mark.long


def test_moved_and_with_another_lock(tmp_path: Path) -> None:
    checkout = Checkout.at(tmp_path / "first")
    assert checkout.make("ready-demo").stdout.startswith("Installing requirements-demo.txt")
    assert checkout.make("ready-demo").stdout == ""

    moved = Checkout(checkout.folder.rename(tmp_path / "second"))
    assert moved.make("ready-demo").stdout.startswith("Installing requirements-demo.txt")
    assert moved.works()

    with (moved.folder / "requirements-demo.txt").open("a") as lock:
        lock.write("# another\n")
    assert moved.make("ready-demo").stdout.startswith("Installing requirements-demo.txt")
    assert moved.works()
    assert moved.make("ready-demo").stdout == ""


def test_settings_that_would_install_something_else_or_elsewhere(tmp_path: Path) -> None:
    checkout = Checkout.at(tmp_path / "checkout")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("pydantic<2\n")
    shadow = tmp_path / "shadow" / "moto"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise SystemExit('not this one')")
    done = checkout.make(
        "ready-demo",
        PIP_CONSTRAINT=str(constraints),
        PIP_QUIET="2",
        PIP_TARGET=str(tmp_path / "target"),
        PIP_USER="1",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONPATH=str(shadow.parent),
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "target").exists()
    assert checkout.works()
    assert list(checkout.folder.glob(".venv/lib/*/site-packages/moto/__pycache__/*.pyc"))
