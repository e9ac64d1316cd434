"""Against real servers on loopback, which the stack's parameter opens here; time is real too."""

import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.http import MAX_BYTES, Http, Resolve, addresses
from domain.model.questions import CouldNotAsk, Fetch, Fetched
from domain.model.web import Web
from tests.http_servers import Authority, Connection, answering, saying, serving
from tests.long import parametrize

OPEN = Web(plain=True, private=True)
HEAD = b"HTTP/1.1 200 OK\r\n"


def asked(
    url: str,
    *,
    web: Web = OPEN,
    resolve: Resolve | None = None,
    left: float = 60,
    **request: Any,
) -> Fetched | CouldNotAsk:
    question = Fetch(
        **{"method": "GET", "url": url, "headers": (), "body": "", "timeout": 5.0, **request}
    )
    [answer] = Http(web, lambda: left, resolve).answers([question]).values()
    return answer


def answer(url: str, **more: Any) -> Fetched:
    found = asked(url, **more)
    assert isinstance(found, Fetched), found
    return found


def refusal(url: str, **more: Any) -> str:
    found = asked(url, **more)
    assert isinstance(found, CouldNotAsk), found
    return str(found)


def to(*found: str) -> Resolve:
    """Make a resolver that knows one answer."""
    return lambda _host, _port: found


# The request


def test_a_get_says_what_it_wants_and_ends() -> None:
    with serving(answering()) as server:
        found = answer(f"http://127.0.0.1:{server.port}/a/b?c=%20", headers=(("X-Key", "secret"),))
    assert (found.status, found.body, found.cut) == (200, '{"status": "up"}', False)
    assert 0 < found.milliseconds < 5_000
    assert server.requests[0].decode().split("\r\n") == [
        "GET /a/b?c=%20 HTTP/1.1",
        "User-Agent: lambda-canary",
        "X-Key: secret",
        f"Host: 127.0.0.1:{server.port}",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
        "",
    ]


def test_a_post_carries_its_body() -> None:
    with serving(answering()) as server:
        answer(f"http://127.0.0.1:{server.port}", method="POST", body="ü=1")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert b"Content-Length: 4" in head
    assert body.decode() == "ü=1"


def test_a_header_may_take_the_place_of_ours() -> None:
    with serving(answering()) as server:
        answer(f"http://127.0.0.1:{server.port}/", headers=(("User-Agent", "me"),))
    assert server.requests[0].count(b"User-Agent: ") == 1


# Whom it reaches


@pytest.mark.proves("A20")
def test_loopback_is_closed_unless_it_is_opened() -> None:
    with serving(answering()) as server:
        why = refusal(f"http://127.0.0.1:{server.port}/", web=Web(plain=True))
    assert "leads to 127.0.0.1, which is private" in why
    assert server.requests == []


def test_a_name_that_resolves_to_loopback_is_closed() -> None:
    with serving(answering()) as server:
        why = refusal(f"http://localhost:{server.port}/", web=Web(plain=True))
    assert "which is private" in why
    assert server.requests == []


@pytest.mark.proves("A20")
@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost."])
def test_no_other_way_to_write_loopback_leads_there(host: str) -> None:
    with serving(answering()) as server:
        refusal(f"http://{host}:{server.port}/", web=Web(plain=True))
    assert server.requests == []


@pytest.mark.proves("A21")
@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "::ffff:127.0.0.1", "0.0.0.0", "224.0.0.1"]
)
def test_some_addresses_stay_closed_whatever_is_opened(address: str) -> None:
    assert f"leads to {address}" in refusal("http://example.com/", resolve=to(address))


@pytest.mark.proves("A23")
def test_one_closed_address_among_others_closes_the_name() -> None:
    why = refusal("http://example.com/", web=Web(plain=True), resolve=to("8.8.8.8", "10.0.0.1"))
    assert "leads to 10.0.0.1" in why


@pytest.mark.proves("A24")
def test_the_address_that_was_checked_is_the_one_that_is_reached() -> None:
    """A name that resolves to another address the second time gains nothing."""
    times = 0

    def rebinding(_host: str, _port: int) -> Sequence[str]:
        nonlocal times
        times += 1
        return ["127.0.0.1"] if times == 1 else ["169.254.169.254"]

    with serving(answering()) as server:
        found = answer(f"http://rebinding.test:{server.port}/", resolve=rebinding)
    assert found.status == 200
    assert times == 1
    assert f"Host: rebinding.test:{server.port}".encode() in server.requests[0]


@pytest.mark.proves("A22")
@pytest.mark.parametrize("loopback", ["127.0.0.1", "127.0.0.2", "127.255.255.254", "::1"])
def test_lambdas_runtime_api_stays_closed_where_loopback_is_open(
    loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answering()) as server:
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{server.port}")
        assert "runtime API" in refusal(f"http://localhost:{server.port}/", resolve=to(loopback))
    assert server.requests == []


@pytest.mark.proves("A26")
def test_the_environments_proxies_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(status="502 Bad Gateway")) as proxy, serving(answering()) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert answer(f"http://127.0.0.1:{server.port}/").status == 200
    assert proxy.requests == []


def test_plain_http_is_closed_unless_it_is_opened() -> None:
    assert "is not https" in refusal("http://example.com/", web=Web(private=True))


@pytest.mark.parametrize("first", ["::1", "fd00::1"], ids=["refuses", "cannot be reached"])
def test_the_next_address_is_tried_where_one_fails(first: str) -> None:
    with serving(answering()) as server:
        url = f"http://two.test:{server.port}/"
        assert answer(url, resolve=to(first, "127.0.0.1"), timeout=1.0).status == 200


def test_a_server_can_have_an_ipv6_address() -> None:
    with serving(answering(), address="::1") as server:
        assert answer(f"http://[::1]:{server.port}/").status == 200
        assert "leads to ::1" in refusal(f"http://[::1]:{server.port}/", web=Web(plain=True))
    assert f"Host: [::1]:{server.port}".encode() in server.requests[0]


def test_a_name_that_does_not_exist_is_no_answer() -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert "Name or service not known" in refusal("http://missing.test/", resolve=unknown)
    assert "has no address" in refusal("http://missing.test/", resolve=to())


def test_nobody_there_is_no_answer() -> None:
    with serving(answering()) as server:
        pass
    assert "ConnectionRefusedError" in refusal(f"http://127.0.0.1:{server.port}/")


def test_the_systems_resolver_names_each_address_once() -> None:
    assert addresses("127.0.0.1", 80) == ["127.0.0.1"]
    assert set(addresses("localhost", 80)) <= {"127.0.0.1", "::1"}


# Redirects


@pytest.mark.proves("A25")
@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_into_a_private_range_is_an_answer_and_not_followed(status: str) -> None:
    with serving(answering()) as inside:
        location = f"Location: http://127.0.0.1:{inside.port}/secret"
        with serving(answering(b"", status, location)) as server:
            assert answer(f"http://127.0.0.1:{server.port}/").status == int(status[:3])
    assert inside.requests == []


# Time


def trickling_body(connection: Connection) -> None:
    connection.send(HEAD + b"Content-Length: 1000000\r\n\r\n")
    connection.trickle(b"x")


def trickling_head(connection: Connection) -> None:
    connection.send(HEAD)
    connection.trickle(b"X-Slow: 1\r\n")


def trickling_line(connection: Connection) -> None:
    connection.trickle(b"H")


def trickling_chunks(connection: Connection) -> None:
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    connection.trickle(b"1\r\nx\r\n")


def going_on(connection: Connection) -> None:
    connection.trickle(b"HTTP/1.1 100 Continue\r\n\r\n")


def silent(connection: Connection) -> None:
    connection.closing.wait()


@pytest.mark.proves("A28")
@parametrize(
    "talk",
    [trickling_body, trickling_head, trickling_line, trickling_chunks, going_on, silent],
    ids=lambda talk: talk.__name__,
    short=2,
)
def test_a_slow_answer_is_cut_at_its_time(talk: Any) -> None:
    began = time.monotonic()
    with serving(talk) as server:
        why = refusal(f"http://127.0.0.1:{server.port}/", timeout=0.2)
    assert why == "no whole answer within 0.2 s"
    assert time.monotonic() - began < 2


def test_a_slow_resolver_is_cut_at_its_time() -> None:
    woken = threading.Event()

    def slow(_host: str, _port: int) -> Sequence[str]:
        woken.wait()
        return []

    assert refusal("http://slow.test/", resolve=slow, timeout=0.1) == "no whole answer within 0.1 s"
    woken.set()


def test_a_server_that_never_takes_the_call_is_cut_at_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://localhost:{listening.getsockname()[1]}/"
        assert "no whole answer" in refusal(url, resolve=to("127.0.0.1"), timeout=0.1)


def test_no_request_outlasts_the_health_check() -> None:
    with serving(silent) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert refusal(url, left=0.1) == "no whole answer within 0.1 s"
        assert refusal(url, left=0) == "no time left for it in this health check"
    assert len(server.requests) == 1


# Size


@pytest.mark.proves("A28")
def test_a_hundred_megabytes_are_read_to_the_cap_and_no_further() -> None:
    sent = 0

    def huge(connection: Connection) -> None:
        nonlocal sent
        connection.send(HEAD + b"Content-Length: 104857600\r\n\r\n")
        for _ in range(100):
            connection.send(b"x" * 2**20)
            sent += 2**20

    with serving(huge) as server:
        found = answer(f"http://127.0.0.1:{server.port}/")
    assert (found.status, len(found.body), found.cut) == (200, MAX_BYTES, True)
    assert sent < 50 * 2**20  # the rest found nobody


@pytest.mark.parametrize(("size", "cut"), [(MAX_BYTES, False), (MAX_BYTES + 1, True)])
def test_the_cap_itself_still_counts_as_whole(size: int, cut: bool) -> None:
    with serving(answering(b"x" * size)) as server:
        found = answer(f"http://127.0.0.1:{server.port}/")
    assert (len(found.body), found.cut) == (MAX_BYTES, cut)


@pytest.mark.proves("A28")
def test_endless_chunks_are_read_to_the_cap() -> None:
    def endless(connection: Connection) -> None:
        connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while not connection.closing.is_set():
            connection.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")

    with serving(endless) as server:
        assert answer(f"http://127.0.0.1:{server.port}/").cut


# Shapes of answers


def test_chunks_are_put_together() -> None:
    chunks = b'4\r\n{"a"\r\n5;x=y\r\n: 1}\n\r\n0\r\nTrailer: x\r\n\r\n'
    with serving(saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunks)) as server:
        assert answer(f"http://127.0.0.1:{server.port}/").body == '{"a": 1}\n'


def test_a_body_without_length_goes_on_to_the_end() -> None:
    with serving(saying(HEAD + b"\r\n", b"to the end")) as server:
        assert answer(f"http://127.0.0.1:{server.port}/").body == "to the end"


def test_a_body_longer_than_its_length_ends_there() -> None:
    with serving(saying(HEAD + b"Content-Length: 2\r\n\r\n", b"[]and more")) as server:
        assert answer(f"http://127.0.0.1:{server.port}/").body == "[]"


@pytest.mark.proves("A29")
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (HEAD + b"Content-Length: 10\r\n\r\n[]", "HTTPException: the answer ended 8 bytes early"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\n[]", "IncompleteRead"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]", "IncompleteRead"),
        (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 abc\r\n\r\n", "BadStatusLine"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "BadStatusLine"),
        (b"HTTP/1.1 " + b"x" * 70_000, "LineTooLong"),
        (HEAD + b"A: b\r\n" * 200 + b"\r\n", "HTTPException: got more than 100 headers"),
    ],
)
def test_an_answer_that_breaks_off_or_is_no_http_is_no_answer(said: bytes, why: str) -> None:
    with serving(saying(said)) as server:
        found = refusal(f"http://127.0.0.1:{server.port}/")
    assert found.startswith(why)
    assert len(found) <= 300


def test_bytes_that_are_no_text_are_read_as_far_as_they_are() -> None:
    with serving(answering(b"\xff{}")) as server:
        assert answer(f"http://127.0.0.1:{server.port}/").body == "\ufffd{}"


def test_answers_without_a_body_are_answers() -> None:
    with serving(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as server:
        found = answer(f"http://127.0.0.1:{server.port}/")
    assert (found.status, found.body) == (204, "")


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make this one the system's only authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority.file


@pytest.mark.usefixtures("trusted")
def test_a_server_with_a_good_certificate_is_reached(authority: Authority) -> None:
    with serving(answering(), tls=authority.context("good.test")) as server:
        found = answer(f"https://good.test:{server.port}/", resolve=to("127.0.0.1"))
    assert found.body == '{"status": "up"}'


@pytest.mark.usefixtures("trusted")
def test_an_address_can_have_a_certificate(authority: Authority) -> None:
    with serving(answering(), tls=authority.context("127.0.0.1")) as server:
        assert answer(f"https://127.0.0.1:{server.port}/").status == 200


@pytest.mark.proves("A30")
@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("names", "options", "why"),
    [
        (["other.test"], {}, "Hostname mismatch"),
        (["*.sub.good.test"], {}, "Hostname mismatch"),
        (["127.0.0.1"], {}, "Hostname mismatch"),
        (["good.test"], {"signed_by_itself": True}, "self-signed certificate"),
        (["good.test"], {"days": -1}, "certificate has expired"),
    ],
)
def test_a_bad_certificate_is_refused(
    authority: Authority, names: list[str], options: dict[str, Any], why: str
) -> None:
    with serving(answering(), tls=authority.context(*names, **options)) as server:
        found = refusal(f"https://good.test:{server.port}/", resolve=to("127.0.0.1"))
    assert found.startswith("SSLCertVerificationError")
    assert why in found
    assert server.requests == []


@pytest.mark.proves("A30")
def test_an_authority_that_nobody_knows_is_refused(authority: Authority) -> None:
    with serving(answering(), tls=authority.context("good.test")) as server:
        found = refusal(f"https://good.test:{server.port}/", resolve=to("127.0.0.1"))
    assert "unable to get local issuer certificate" in found
    assert server.requests == []


def test_a_server_that_speaks_no_tls_is_refused() -> None:
    with serving(answering()) as server:
        found = refusal(f"https://good.test:{server.port}/", resolve=to("127.0.0.1"), timeout=0.3)
    assert server.requests == []
    assert found.startswith(("SSLError", "no whole answer"))


@pytest.mark.usefixtures("trusted")
def test_a_slow_body_is_cut_behind_tls_too(authority: Authority) -> None:
    with serving(trickling_body, tls=authority.context("good.test")) as server:
        found = refusal(f"https://good.test:{server.port}/", resolve=to("127.0.0.1"), timeout=0.3)
    assert found == "no whole answer within 0.3 s"


@pytest.mark.usefixtures("trusted")
def test_an_answer_cut_off_behind_tls_is_no_answer(authority: Authority) -> None:
    talk = saying(HEAD + b"Content-Length: 10\r\n\r\n[]")
    with serving(talk, tls=authority.context("good.test")) as server:
        found = refusal(f"https://good.test:{server.port}/", resolve=to("127.0.0.1"))
    assert found == "HTTPException: the answer ended 8 bytes early"
