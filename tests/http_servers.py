"""Real servers on loopback, of the kinds that a check may meet."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Talk = Callable[["Connection"], None]
"""What a server does with a connection once the request's head is there."""


@dataclass
class Connection:
    socket: socket.socket
    request: bytes
    closing: Event

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def trickle(self, piece: bytes) -> None:
        """Again and again, every hundredth of a second, until nobody listens."""
        while not self.closing.wait(0.01):
            self.socket.sendall(piece)


@dataclass
class Server:
    port: int
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def serving(
    talk: Talk, *, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    closing = Event()
    with socket.create_server((address, 0), family=family) as listening:
        server = Server(listening.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connected, _ = listening.accept()
                    Thread(target=converse, args=(connected,), daemon=True).start()

        def converse(connected: socket.socket) -> None:
            # Whoever hangs up, or refuses the certificate, ends the conversation.
            with suppress(OSError), connected:
                stream = tls.wrap_socket(connected, server_side=True) if tls else connected
                with stream:
                    request = _request(stream)
                    server.requests.append(request)
                    talk(Connection(stream, request, closing))

        Thread(target=accept, daemon=True).start()
        try:
            yield server
        finally:
            closing.set()
            listening.shutdown(socket.SHUT_RDWR)


def _request(stream: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        if not (piece := stream.recv(65_536)):
            raise ConnectionError
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while missing > 0:
        piece = stream.recv(missing)
        request, missing = request + piece, missing - len(piece)
    return request


def answering(body: bytes = b'{"status": "up"}', status: str = "200 OK", *headers: str) -> Talk:
    """One whole answer, with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda connection: connection.send("\r\n".join(lines).encode() + body)


def saying(*pieces: bytes) -> Talk:
    """Send these very bytes, then end."""
    return lambda connection: connection.send(*pieces)


_MAY_SIGN = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs certificates that nobody trusts, unless told to by SSL_CERT_FILE."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self._certificate = (
            _builder(self._name, self._key.public_key(), self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_MAY_SIGN, critical=True)
            .sign(self._key, SHA256())
        )
        self.file = directory / "authority.pem"
        self.file.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def context(self, *names: str, days: int = 1, signed_by_itself: bool = False) -> ssl.SSLContext:
        """For a server of these host names and addresses; expired where `days` is negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer, signing = (subject, key) if signed_by_itself else (self._name, self._key)
        certificate = (
            _builder(subject, key.public_key(), issuer, signing.public_key(), days)
            .add_extension(
                x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
            )
            .sign(signing, SHA256())
        )
        chain = self._directory / f"{names[0].replace(':', '-')}-{days}-{signed_by_itself}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def _builder(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    signing: ec.EllipticCurvePublicKey,
    days: int = 1,
) -> x509.CertificateBuilder:
    """With the identifiers of both keys, without which Python 3.13 refuses it (RFC 5280, 4.2.1)."""
    now = datetime.now(UTC)
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing)
    return (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(by, critical=False)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
