"""Who may come in: no page of another place can ask the sandbox for anything, or read an answer."""

from collections.abc import Iterator

import pytest

from sandbox.programs.pages import Pages
from sandbox.sandbox import Sandbox
from tests.raw_http import Answer, Served, connect, receive, request, served, signed

LIST = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}
TOPIC = "arn:aws:sns:us-east-1:123456789012:news"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with Sandbox() as sandbox, served(sandbox, Pages({"/tells": lambda: 1})) as server:
        yield server


def list_machines(server: Served, *headers: tuple[str, str], target: str = "/") -> Answer:
    """Send a good request with these headers too, and a Host if they have none."""
    given = [*signed("states", **LIST).items(), *headers]
    return server.ask("POST", target, given, b"{}")


def is_refused(answer: Answer) -> bool:
    """By one sentence, without any word of what is allowed to whom."""
    return answer.status == 403 and answer.body.count(b"\n") == 1 and not cors(answer)


def cors(answer: Answer) -> list[str]:
    return [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_names_with_the_port_are_served(server: Served, name: str) -> None:
    answer = list_machines(server, ("Host", f"{name}:{server.port}"))
    assert (answer.status, answer.json) == (200, {"stateMachines": []})


@pytest.mark.proves("A87", "S10")
@pytest.mark.parametrize(
    "host",
    [
        "attacker.example:{port}",  # which it lets lead to 127.0.0.1: DNS rebinding
        "attacker.example",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:1",
        "127.0.0.1:{port}.attacker.example",
        "127.0.0.1.attacker.example:{port}",
        "localhost.attacker.example:{port}",
        "attacker.localhost:{port}",
        "bucket.s3.amazonaws.com",
        "motoapi.amazonaws.com",
        "LOCALHOST:{port}",
        "localhost.:{port}",
        "127.0.0.1.:{port}",
        "127.1:{port}",
        "2130706433:{port}",
        "0x7f000001:{port}",
        "0.0.0.0:{port}",
        "127.0.0.2:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "[0:0:0:0:0:0:0:1]:{port}",
        "user@127.0.0.1:{port}",
        "127.0.0.1:{port}@attacker.example",
        "127.0.0.1:0{port}",
        "127.0.0.1:{port}:{port}",
        "127.0.0.1:+{port}",
        "127.0.0.1 :{port}",
        "http://127.0.0.1:{port}",
        "127.0.0.1:{port}/",
        "127.0.0.1:{port}, 127.0.0.1:{port}",
        "127.0.0.1:{port}\u00a0",
        "",
    ],
)
def test_every_other_host_is_refused(server: Served, host: str) -> None:
    assert is_refused(list_machines(server, ("Host", host.format(port=server.port))))


def test_no_host_is_none_of_the_names(server: Served) -> None:
    for version in ("HTTP/1.0", "HTTP/1.1"):
        assert is_refused(server.exchange(request("GET", "/tells", {}, version=version)))


def test_http_1_0_is_served_under_its_names(server: Served) -> None:
    named = {"Host": server.host}
    answer = server.exchange(request("GET", "/tells", named, version="HTTP/1.0"))
    assert (answer.status, answer.json) == (200, 1)
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("second", ["127.0.0.1:{port}", "attacker.example:{port}", ""])
@pytest.mark.parametrize("own_first", [True, False])
def test_two_hosts_are_refused(server: Served, second: str, own_first: bool) -> None:
    hosts = [("Host", server.host), ("Host", second.format(port=server.port))]
    assert is_refused(list_machines(server, *(hosts if own_first else hosts[::-1])))


@pytest.mark.proves("A87")
@pytest.mark.parametrize(
    "line",
    [
        "Host : 127.0.0.1:{port}",
        "X: y\r\n Host: 127.0.0.1:{port}",
        "X-Forwarded-Host: 127.0.0.1:{port}",
        "Forwarded: host=127.0.0.1:{port}",
        "Host\x00: 127.0.0.1:{port}",
    ],
)
def test_no_other_header_stands_for_the_host(server: Served, line: str) -> None:
    raw = f"GET /tells HTTP/1.1\r\n{line}\r\n\r\n".format(port=server.port).encode("latin-1")
    assert server.exchange(raw).status in (400, 403)


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{port}/tells", "http://attacker.example/tells", "*", "attacker.example:80"],
)
def test_it_is_no_proxy(server: Served, target: str) -> None:
    headers = {"Host": server.host}
    assert is_refused(server.exchange(request("GET", target.format(port=server.port), headers)))


@pytest.mark.proves("A85", "S10")
@pytest.mark.parametrize(
    "origin",
    [
        "http://attacker.example",
        "http://attacker.example:{port}",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",  # another program on this machine: of the same site, and no friend
        "http://localhost:{port}",  # the same server, by another name: another origin
        "http://127.0.0.1:{port}/",
        "null",
        "file://",
        "",
        "http://127.0.0.1:{port}, http://attacker.example",
    ],
)
def test_other_origins_are_refused(server: Served, origin: str) -> None:
    headers = ("Origin", origin.format(port=server.port))
    assert is_refused(list_machines(server, headers))
    assert is_refused(server.ask("GET", "/tells", [headers]))


@pytest.mark.proves("A85")
@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "none, cross-site", "other"])
def test_other_sites_are_refused(server: Served, site: str) -> None:
    assert is_refused(list_machines(server, ("Sec-Fetch-Site", site)))
    assert is_refused(server.ask("GET", "/tells", {"Sec-Fetch-Site": site}))


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_its_own_pages_and_the_address_bar_are_served(server: Served, site: str) -> None:
    assert server.ask("GET", "/tells", {"Sec-Fetch-Site": site}).json == 1


def test_its_own_origin_is_served_and_gets_no_leave_for_others(server: Served) -> None:
    answer = list_machines(server, ("Origin", f"http://{server.host}"))
    assert answer.status == 200
    assert cors(answer) == []
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.proves("A86", "S10")
def test_nobody_gets_leave_by_asking_before(server: Served) -> None:
    asked = {
        "Origin": "http://attacker.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-amz-target",
    }
    for headers in (asked, {name: asked[name] for name in asked if name != "Origin"}):
        for target in ("/", "/tells", "/bucket/key", "/2015-03-31/functions"):
            answer = server.ask("OPTIONS", target, {**headers, **signed("s3")})
            assert answer.status in (403, 405), target
            assert cors(answer) == []


@pytest.mark.proves("A86")
def test_a_bucket_with_cors_gives_no_leave_either(server: Served) -> None:
    assert server.ask("PUT", "/shared", signed("s3")).status == 200
    rules = (
        b"<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
        b"<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    assert server.ask("PUT", "/shared?cors", signed("s3"), rules).status == 200
    assert server.ask("PUT", "/shared/key", signed("s3"), b"x").status == 200
    answer = server.ask("GET", "/shared/key", signed("s3", Origin=f"http://{server.host}"))
    assert (answer.status, answer.body) == (200, b"x")
    assert cors(answer) == []


PAGES = [
    "/moto-api",
    "/moto-api/",
    "/moto-api/data.json",
    "/moto-api/reset",
    "/moto-api/reset-auth",
    "/moto-api/seed?a=1",
    "/moto-api/recorder/start-recording",
    "/moto-api/recorder/replay-recording",
    "/moto-api/config",
    "/moto-api/state-manager/set-transition",
    "/moto-api/static/lambda-simple/response",
    "/moto-api/lib.js",
    "/latest/meta-data/",
    "/latest/meta-data/iam/security-credentials/",
    "/latest/api/token",
    "/latest/dynamic/instance-identity/document",
    "/latest",
]


@pytest.mark.proves("A89", "S10")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("service", [None, "s3", "lambda"])
def test_motos_own_pages_are_nobodys(server: Served, page: str, service: str | None) -> None:
    headers = signed(service) if service else {}
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert server.ask(method, page, headers).status == 404, method
    assert server.ask("HEAD", page, headers).status == 404


@pytest.mark.proves("A89")
@pytest.mark.parametrize(
    "target",
    [
        "//moto-api/reset",
        "/./moto-api/reset",
        "/x/../moto-api/reset",
        "/%6doto-api/reset",
        "/moto-api%2freset",
        "/MOTO-API/reset",
        "/moto_api/reset",
        "/motoapi_us-east-1/moto-api/reset",
        "/favicon.ico",
        "/",
    ],
)
@pytest.mark.parametrize(
    "service",
    [None, "moto_api", "motoapi", "moto-api", "instance_metadata", "s3", "cloudformation"],
)
def test_there_is_no_way_around_to_them(server: Served, target: str, service: str | None) -> None:
    """By no writing of the path, and by no service that one says one has signed for."""
    sns = server.sandbox.client("sns")
    sns.create_topic(Name="news")
    headers = signed(service) if service else {}
    answer = server.ask("POST", target, {**headers, "X-Amz-Target": "motoapi.Reset"})
    assert 400 <= answer.status < 500 or "SandboxNotImplemented" in answer.text
    assert [topic["TopicArn"] for topic in sns.list_topics()["Topics"]] == [TOPIC]


@pytest.mark.parametrize("header", ["X-Moto-Account-Id", "x-moto-account-id"])
def test_there_is_one_account(server: Served, header: str) -> None:
    server.sandbox.client("sns").create_topic(Name="news")
    body = b"Action=ListTopics&Version=2010-03-31"
    form = {"Content-Type": "application/x-www-form-urlencoded", header: "999999999999"}
    answer = server.ask("POST", "/", signed("sns", **form), body)
    assert TOPIC in answer.text


@pytest.mark.proves("A85")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer token"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c, Signature=x"},
        {"Authorization": "Basic c2FuZGJveDpzYW5kYm94"},
    ],
)
def test_what_is_not_signed_is_refused(server: Served, headers: dict[str, str]) -> None:
    """A form, an image or a link cannot have this header, even in a browser that says no Origin."""
    code = b'{"FunctionName": "f"}'
    for method, target, body in [
        ("POST", "/", b"Action=CreateTopic&Name=x&Version=2010-03-31"),
        ("POST", "/2015-03-31/functions", code),
        ("POST", "/2015-03-31/functions/f/invocations", b"{}"),
        ("GET", "/?Action=CreateTopic&Name=x", b""),
        ("POST", "/bucket", b""),
        ("PUT", "/bucket", b""),
    ]:
        answer = server.ask(method, target, {**headers, **LIST}, body)
        assert answer.status == 403, (method, target)
        assert answer.body


@pytest.mark.proves("A88")
def test_a_url_that_was_signed_to_be_given_away_changes_nothing_by_post(server: Served) -> None:
    """As a form of another page could send it."""
    s3 = server.sandbox.client("s3")
    s3.create_bucket(Bucket="given")
    s3.put_object(Bucket="given", Key="key", Body=b"x")
    signature = "X-Amz-Credential=sandbox/20260105/us-east-1/s3/aws4_request&X-Amz-Signature=0"
    delete = b"<Delete><Object><Key>key</Key></Object></Delete>"
    assert server.ask("POST", f"/given?delete&{signature}", {}, delete).status == 403
    assert server.ask("DELETE", f"/given/key?{signature}").status == 403
    answer = server.ask("GET", f"/given/key?{signature}")
    assert (answer.status, answer.body) == (200, b"x")
    assert cors(answer) == []


def test_the_second_request_of_a_connection_is_looked_at_too(server: Served) -> None:

    def talk() -> list[int]:
        with connect(server.port) as connection:
            statuses = []
            for host in (server.host, "attacker.example"):
                connection.sendall(request("GET", "/tells", {"Host": host}))
                statuses.append(receive(connection).status)
            return statuses

    assert server.during(talk) == [200, 403]


@pytest.mark.proves("A91")
@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Length", "4"), ("Transfer-Encoding", "chunked")],
        [("Transfer-Encoding", "chunked"), ("Content-Length", "4")],
        [("Content-Length", "4"), ("Content-Length", "0")],
        [("Transfer-Encoding", "xchunked")],
        [("Transfer-Encoding", "chunked, identity")],
        [("Transfer-Encoding", "\x0bchunked")],
        [("Content-Length", "4, 4")],
        [("Content-Length", "+4")],
        [("Content-Length", "0x4")],
    ],
)
def test_no_request_hides_in_another(server: Served, headers: list[tuple[str, str]]) -> None:
    """Whatever stands for its length: what follows is never served as a second one."""
    hidden = request("GET", "/tells", {"Host": server.host})
    outer = request("POST", "/tells", [("Host", server.host), *headers], b"0\r\n\r\n" + hidden)

    def talk() -> bytes:
        with connect(server.port) as connection:
            connection.sendall(outer)
            return connection.makefile("rb").read()

    answers = server.during(talk)
    assert (
        b"200 OK" not in answers
        or b"chunked" in dict(headers).get("Transfer-Encoding", "").encode()
    )
