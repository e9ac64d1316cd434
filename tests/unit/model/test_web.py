import pytest

from domain.model.web import BadUrl, Url, Web, flaw_of_header, printable


@pytest.mark.parametrize(
    ("text", "url", "authority"),
    [
        ("https://example.com", Url("https", "example.com", 443, "/"), "example.com"),
        ("HTTPS://Example.COM/A?b=C", Url("https", "example.com", 443, "/A?b=C"), "example.com"),
        ("http://example.com:8080", Url("http", "example.com", 8080, "/"), "example.com:8080"),
        ("https://a.b?x=1", Url("https", "a.b", 443, "/?x=1"), "a.b"),
        ("https://[2001:db8::1]:444/", Url("https", "2001:db8::1", 444, "/"), "[2001:db8::1]:444"),
        ("http://127.0.0.1:80/", Url("http", "127.0.0.1", 80, "/"), "127.0.0.1"),
    ],
)
def test_a_url_is_read_in_its_parts(text: str, url: Url, authority: str) -> None:
    assert Url.of(text) == url
    assert url.authority == authority


@pytest.mark.proves("A27")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "//example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com@169.254.169.254/",
        "https://example.com\\@169.254.169.254/",
        "https://example.com/#fragment",
        "https://example.com/a b",
        "https://example.com/\r\nHost: other",
        "https://example.com/\x00",
        "https://example.com\n",
        "https://exämple.com/",
        "https://example.com/ü",
        "https://example.com:/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:443:80/",
        "https://[::1/",
        "https://[fe80::1%eth0]/",
        "https://" + "a" * 254 + "/",
    ],
)
def test_anything_but_a_plain_url_is_refused(text: str) -> None:
    with pytest.raises(BadUrl):
        Url.of(text)


def test_plain_http_has_to_be_opened() -> None:
    url = Url.of("http://example.com/")
    with pytest.raises(BadUrl, match="AllowPlainHttp opens http"):
        Web().require(url)
    Web(plain=True).require(url)


def test_an_address_in_the_url_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(BadUrl, match=r"leads to 10\.0\.0\.1, which is private"):
        Web().require(Url.of("https://10.0.0.1/"))
    with pytest.raises(BadUrl, match="leads to ::1, which is private"):
        Web().require(Url.of("https://[::1]/"))


@pytest.mark.parametrize("address", ["8.8.8.8", "99.255.255.255", "2606:4700::1111"])
def test_public_addresses_are_open(address: str) -> None:
    Web().require_address(address)


@pytest.mark.proves("A20")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "100.64.0.1", "100.127.255.255", "::1", "fd00::1", "fc00::1",
    ],
)  # fmt: skip
def test_private_addresses_are_open_only_to_who_says_so(address: str) -> None:
    with pytest.raises(BadUrl, match="private; the stack's parameter AllowPrivateAddresses opens"):
        Web().require_address(address)
    Web(private=True).require_address(address)


@pytest.mark.proves("A21")
@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("169.254.169.254", "a metadata service"),
        ("169.254.170.2", "a metadata service"),
        ("fd00:ec2::254", "a metadata service"),
        ("fd00:ec2::23", "the platform's own"),
        ("fd00:ec2::253", "the platform's own"),
        ("fd00:ec2:ffff::1", "the platform's own"),
        ("169.254.0.1", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("0.1.2.3", "not public"),
        ("192.0.2.1", "not public"),
        ("198.18.0.1", "not public"),
        ("240.0.0.1", "not public"),
        ("255.255.255.255", "not public"),
        ("2001:db8::1", "not public"),
        ("::ffff:127.0.0.1", "no plain IPv6 address"),
        ("::ffff:8.8.8.8", "no plain IPv6 address"),
        ("::ffff:169.254.169.254", "no plain IPv6 address"),
        ("::127.0.0.1", "no plain IPv6 address"),
        ("64:ff9b::a9fe:a9fe", "no plain IPv6 address"),
        ("2002:7f00:1::", "no plain IPv6 address"),
        ("2001:0:7f00:1::", "no plain IPv6 address"),
        ("fec0::1", "no plain IPv6 address"),
        ("4000::1", "no plain IPv6 address"),
    ],
)
@pytest.mark.parametrize("private", [False, True])
def test_other_addresses_are_never_open(address: str, kind: str, private: bool) -> None:
    with pytest.raises(BadUrl, match=f"which is {kind}$"):
        Web(plain=True, private=private).require_address(address)


@pytest.mark.proves("A27")
@pytest.mark.parametrize(
    ("name", "value", "flaw"),
    [
        ("X-Key", "a\r\nHost: b", "has a value with control"),
        ("X-Key", "a\nb", "has a value with control"),
        ("X-Key", "\x00", "has a value with control"),
        ("X-Key", "ü", "has a value with control"),
        ("X-Key", "x" * 2_001, "or more than 2,000"),
        ("X-Key\r\nHost", "a", "is not a header's name"),
        ("X Key", "a", "is not a header's name"),
        ("X:Key", "a", "is not a header's name"),
        ("", "a", "is not a header's name"),
        ("Host", "a", "is set by the request itself"),
        ("hOST", "a", "is set by the request itself"),
        ("Content-Length", "0", "is set by the request itself"),
        ("transfer-encoding", "chunked", "is set by the request itself"),
        ("Connection", "keep-alive", "is set by the request itself"),
    ],
)
def test_a_header_that_would_change_the_request_is_refused(
    name: str, value: str, flaw: str
) -> None:
    assert flaw in (flaw_of_header(name, value) or "")


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "accept", "User-Agent"])
def test_ordinary_headers_are_sent(name: str) -> None:
    assert flaw_of_header(name, "Bearer abc.def-123; q=0.5") is None


@pytest.mark.parametrize(
    "url", ["https://user:secret@a.com/x?k=secret", "http://s?cret@a.com/x#secret", "//@a.com/x"]
)
def test_a_url_is_shown_without_credentials_query_and_fragment(url: str) -> None:
    assert printable(url).endswith("//a.com/x")
