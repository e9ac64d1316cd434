"""A package index that cannot be reached, or does not give what the locks name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.http_servers import Authority, Talk, answering, serving
from tests.setup.checkout import Checkout, refusal

pytestmark = pytest.mark.long

PIP = "pip-26.3-py3-none-any.whl"
PAGE = answering(f'<a href="/{PIP}">{PIP}</a>'.encode(), "200 OK", "Content-Type: text/html")
# A user without any setting of pip's.
NONE = {
    **{f"PIP_{name}": "" for name in ("CERT", "EXTRA_INDEX_URL", "FIND_LINKS", "PROXY")},
    "PIP_CONFIG_FILE": "/dev/null",
    "NO_PROXY": "127.0.0.1",
    "PIP_NO_CACHE_DIR": "1",
}
NO_ANSWER = (
    "the package index does not answer, or breaks off (is there a network? pip's setting "
    "`index-url` can name another index)"
)


def why(checkout: Path, url: str, **settings: str) -> str:
    """Why nothing is installed, of which the details are kept."""
    done = Checkout.at(checkout).make("demo", **{**NONE, "PIP_INDEX_URL": url, **settings})
    beginning, end = "tools/install/requirements.txt is not installed: ", ". Details: .venv/pip.log"
    told = refusal(done)
    assert told.startswith(beginning)
    assert told.endswith(end)
    assert (checkout / ".venv" / "pip.log").read_text()
    return told.removeprefix(beginning).removesuffix(end)


@pytest.mark.parametrize("index", ["http://127.0.0.1:9", "https://no-such-host.invalid"])
def test_nobody_answers(index: str, tmp_path: Path) -> None:
    assert why(tmp_path, f"{index}/simple") == NO_ANSWER


def test_an_index_without_tls(tmp_path: Path) -> None:
    assert why(tmp_path, "http://no-such-host.invalid/simple") == (
        "the package index is not asked by plain http (pip's setting `trusted-host` allows it)"
    )


@pytest.mark.parametrize("status", ["401 Unauthorized", "404 Not Found", "503 Service Unavailable"])
def test_an_index_that_gives_nothing(status: str, tmp_path: Path) -> None:
    with serving(answering(b"", status)) as index:
        told = why(tmp_path, f"http://127.0.0.1:{index.port}/simple")
    assert told == (
        "the package index gives no pip==26.3 to this Python on this machine (it has none, or "
        "wants a user and a password)"
    )
    assert index.requests[0].startswith(b"GET /simple/pip/ ")


def test_an_index_that_gives_another_file(tmp_path: Path) -> None:
    with serving(by_path(PAGE, answering(b"another"))) as index:
        told = why(tmp_path, f"http://127.0.0.1:{index.port}/simple")
    assert told == (
        "what came as pip==26.3 is not what the lock names (it broke on its way, or the package "
        "index serves another)"
    )


def test_an_index_that_nobody_vouches_for(tmp_path: Path) -> None:
    with serving(PAGE, tls=Authority(tmp_path).context("127.0.0.1")) as index:
        told = why(tmp_path / "checkout", f"https://127.0.0.1:{index.port}/simple")
    assert told == (
        "the package index's certificate is not trusted here (pip's setting `cert` can name one)"
    )


def test_a_proxy_that_wants_a_password(tmp_path: Path) -> None:
    with serving(answering(b"", "407 Proxy Authentication Required")) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        told = why(tmp_path, "https://no-such-host.invalid/simple", PIP_PROXY=url)
    assert told == "the proxy wants a user and a password (pip's setting `proxy` can name them)"


def by_path(page: Talk, file: Talk) -> Talk:
    return lambda connection: (page if b"/simple/" in connection.request else file)(connection)
