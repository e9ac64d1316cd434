"""Requests that no client means: good ones of every service, the same with a defect, and noise.

All are drawn from one seed, by the services' own models: what botocore would send, and then what
somebody does to it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import regex
from botocore import parsers, serialize
from botocore.model import OperationModel, Shape
from botocore.session import Session

from sandbox.kernel.wire.services import SERVICES
from tests.raw_http import SECONDS, Answer, exchange, request, signed
from tests.served import Server

PROTOCOLS = ("json", "query", "rest-json", "rest-xml")
DEPTH = 4  # of what is drawn for a shape


@dataclass(frozen=True)
class Attempt:
    """One request; `operation` is None where there is no telling what it is.

    One that is not `complete` may lack its end, for which the server waits.
    """

    what: str
    raw: bytes
    operation: OperationModel | None = None
    protocol: str = ""
    complete: bool = True

    def problem_on(self, port: int) -> str | None:
        """Say what is wrong with the answer of the server there, if anything is."""
        try:
            return self._problem(exchange(port, self.raw, SECONDS if self.complete else 0.2))
        except ConnectionError as error:
            return f"{self.what}: {error}"
        except TimeoutError:
            return f"{self.what}: no answer" if self.complete else None

    def _problem(self, answer: Answer) -> str | None:
        head = self.raw.startswith(b"HEAD ")
        named = answer.status == 501 and (head or b"SandboxNotImplemented" in answer.body)
        if answer.status >= 500 and not named:
            return f"{self.what}: {answer.status} {answer.body[:500]!r}"
        if self.operation is None or answer.status < 300:
            return None
        shape: Any = self.operation.output_shape
        parser = parsers.create_parser(self.protocol)
        try:
            parsed = parser.parse(
                {
                    "status_code": answer.status,
                    "headers": dict(answer.headers),
                    "body": answer.body,
                },
                shape,
            )
        except parsers.ResponseParserError as error:
            return f"{self.what}: {answer.status} that botocore cannot read: {error}"
        if answer.status >= 400 and not parsed.get("Error", {}).get("Code"):
            return f"{self.what}: {answer.status} without a code: {answer.body[:500]!r}"
        return None


class Fuzz:
    """`known` are values that mean something to the sandbox: names, ARNs, URLs."""

    def __init__(self, seed: int, host: str, known: list[str]) -> None:
        self._random, self._host, self._known = Random(seed), host, known
        session = Session()
        self._models = {
            signing: session.get_service_model(service.name)
            for signing, service in SERVICES.items()
        }

    def attempts(self, count: int) -> Iterator[Attempt]:
        for number in range(count):
            yield self._noise() if number % 10 == 9 else self._call()

    def _call(self) -> Attempt:
        signing, model = self._random.choice(list(self._models.items()))
        operation = model.operation_model(self._random.choice(model.operation_names))
        known = [one for one in model.metadata["protocols"] if one in PROTOCOLS]
        protocol = self._random.choice(known)
        shape = operation.input_shape
        given = self._structure(shape, DEPTH) if shape else {}
        try:
            sent = dict(
                serialize.create_serializer(protocol).serialize_to_request(given, operation)
            )
        except Exception:  # what the sandbox is asked then is the same without parameters
            sent = {
                "url_path": "/",
                "method": "POST",
                "headers": {},
                "body": b"",
                "query_string": {},
            }
        return self._made(signing, operation, protocol, sent)

    def _made(
        self, signing: str, operation: OperationModel, protocol: str, sent: dict[str, Any]
    ) -> Attempt:
        body = sent["body"]
        if isinstance(body, Mapping):
            body = urlencode(body).encode()
        elif isinstance(body, str):
            body = body.encode()
        query = sent.get("query_string", {})
        query = query if isinstance(query, str) else urlencode(query, doseq=True)
        target = sent["url_path"]
        if query:
            target += ("&" if "?" in target else "?") + query
        headers = {"Host": self._host, **signed(signing), **sent["headers"]}
        if protocol == "query":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers = {
            name: _clean(str(value))
            for name, value in headers.items()
            if name.lower() != "content-length"  # S3's clients may give one
        }
        message = [sent["method"], _target(target), headers, body]
        what = f"{operation.service_model.service_name}:{operation.name} by {protocol}"
        if self._random.random() < 0.5:
            defect = self._random.choice(DEFECTS)
            defect(self._random, message)
            what += f", {defect.__name__.strip('_')}"
            if defect in (_signed_for_another, _header_of_another, _header_left_out):
                return Attempt(what, request(*message))
        return Attempt(what, request(*message), operation, protocol)

    def _noise(self) -> Attempt:
        """Make what no model describes."""
        draw = self._random
        signing = draw.choice([*SERVICES, "dynamodb", "nonsense", "motoapi"])
        bodies = [
            draw.randbytes(draw.choice([0, 1, 50, 5_000])),
            b"{" * draw.choice([1, 1_000, 200_000]),
            b"<a>" * draw.choice([1, 1_000, 20_000]),
            b"&".join(b"a.%d.b.1.c=%d" % (one, one) for one in range(draw.choice([1, 3_000]))),
            b'{"a": 1e999, "b": NaN, "c": "\\ud800"}',
            json.dumps(self._anything(3)).encode(),
        ]
        headers = {
            "Host": self._host,
            **signed(signing),
            "X-Amz-Target": draw.choice(
                ["", "x", ".", "AmazonSQS.", "AWSStepFunctions.StartExecution"]
            ),
            "Content-Type": draw.choice(
                ["", "text/xml", "application/json", "application/x-www-form-urlencoded", "\t;"]
            ),
            "Content-Encoding": draw.choice(["", "gzip", "aws-chunked"]),
            "X-Amz-Content-Sha256": draw.choice(["", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]),
        }
        target = draw.choice(
            [
                "/",
                "/?Action=",
                "//",
                "/%00",
                "/%ff%fe",
                "/a?b=c&b",
                "/2015-03-31/functions/x/invocations",
            ]
        )
        method = draw.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "TRACE", "X"])
        raw = request(method, target, headers, draw.choice(bodies))
        complete = draw.random() < 0.7
        raw = raw if complete else _with_noise(draw, raw)
        return Attempt(f"noise {raw[:200]!r}", raw, complete=complete)

    def _structure(self, shape: Any, depth: int) -> dict[str, Any]:
        required = set(shape.required_members)
        return {
            name: self._value(member, depth - 1, name)
            for name, member in shape.members.items()
            if name in required or (depth > 0 and self._random.random() < 0.3)
        }

    def _value(self, shape: Any, depth: int, name: str) -> Any:
        draw = self._random
        size = draw.choice([1, 1, 2, 3]) if depth > 0 else max(shape.metadata.get("min", 0), 0)
        match shape.type_name:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                return [self._value(shape.member, depth - 1, name) for _ in range(size)]
            case "map":
                key = self._value(shape.key, depth - 1, name)
                return {key: self._value(shape.value, depth - 1, name)}
            case "boolean":
                return draw.random() < 0.5
            case "integer" | "long":
                least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 100)
                return draw.choice([least, most, int(least + 1), draw.randint(-5, 1_000)])
            case "float" | "double":
                return draw.choice([0.0, 1.5, -1.0, 1e6])
            case "timestamp":
                moment = draw.choice(
                    [0, 1_000_000_000, 1_767_603_600, 1_800_000_000, 32_000_000_000]
                )
                return datetime.fromtimestamp(moment, UTC)
            case "blob":
                return draw.choice([b"", b"{}", b"\xff\x00", b"[1", b"text"])
        return self._text(shape, name)

    def _text(self, shape: Any, name: str) -> str:
        """Mostly one that the model allows, if any here is."""
        draw = self._random
        if getattr(shape, "enum", None):
            good = list(shape.enum)
        else:
            least = int(shape.metadata.get("min", 0))
            texts = [*self._known, "one", "two", "1", "{}", '{"a": 1}', "*", "x" * least]
            fitting = [one for one in texts if _fits(one, name) and _is_allowed(shape, one)]
            good = fitting or [one for one in texts if _is_allowed(shape, one)]
        if good and draw.random() < 0.9:
            return str(draw.choice(good))
        return draw.choice(["", "x" * 3_000, "é\u2028 \x07", "a b", "../..", "%s{}", "-1"])

    def _anything(self, depth: int) -> Any:
        draw = self._random
        if depth and draw.random() < 0.6:
            names = [draw.choice(["Name", "a", "", "FunctionName", "é"]) for _ in range(3)]
            return {name: self._anything(depth - 1) for name in names}
        return draw.choice([None, True, 0, -1, 2**70, 1.5, "", "text", [], [[]], {}])


def _fits(known: str, name: str) -> bool:
    """Roughly: an ARN for what wants one, a URL for what wants one."""
    wants_arn, wants_url = name.lower().endswith("arn"), name.lower().endswith("url")
    return known.startswith("arn:") == wants_arn and known.startswith("http") == wants_url


def _is_allowed(shape: Shape, text: str) -> bool:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 10_000)
    pattern = shape.metadata.get("pattern", ".*")
    return least <= len(text) <= most and bool(regex.fullmatch(pattern, text, timeout=1))


def _clean(value: str) -> str:
    """As a header can hold it."""
    return value.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")


def _target(target: str) -> str:
    return quote(target, safe="/?&=%:+,;$!*'()~-._@[]")


Message = list[Any]  # method, target, headers, body


def _other_type_within(draw: Random, message: Message) -> None:
    try:
        document = json.loads(message[3])
    except ValueError:
        _bytes_changed(draw, message)
        return
    places = list(_places(document))
    if places:
        holder, key = draw.choice(places)
        holder[key] = draw.choice([None, True, -1, 2**65, 1.5, "", "x", [], {}, [None], {"a": [1]}])
    message[3] = json.dumps(document).encode()


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    for key, value in list(items):
        yield document, key
        yield from _places(value)


def _something_left_out(draw: Random, message: Message) -> None:
    parts = message[3].split(b"&")
    if len(parts) > 1:
        del parts[draw.randrange(len(parts))]
        message[3] = b"&".join(parts)
        return
    try:
        document = json.loads(message[3])
    except ValueError:
        message[3] = b""
        return
    places = list(_places(document))
    if places:
        holder, key = draw.choice(places)
        del holder[key]
    message[3] = json.dumps(document).encode()


def _bytes_changed(draw: Random, message: Message) -> None:
    body = bytearray(message[3] or b"x")
    for _ in range(draw.choice([1, 3, 20])):
        body[draw.randrange(len(body))] = draw.randrange(256)
    message[3] = bytes(body)


def _cut_short(draw: Random, message: Message) -> None:
    message[3] = message[3][: draw.randrange(len(message[3]) + 1)]


def _other_method(draw: Random, message: Message) -> None:
    message[0] = draw.choice(["GET", "PUT", "POST", "DELETE", "PATCH"])


def _other_target(draw: Random, message: Message) -> None:
    message[1] = draw.choice(
        ["/", message[1] + "/", message[1] + "?x=%ff", message[1].replace("/", "//"), "/%2e%2e/a"]
    )


def _header_left_out(draw: Random, message: Message) -> None:
    names = [name for name in message[2] if name not in ("Host", "Authorization")]
    if names:
        del message[2][draw.choice(names)]


def _header_of_another(draw: Random, message: Message) -> None:
    name = draw.choice(["X-Amz-Target", "Content-Type", "Action", "X-Amz-Invocation-Type", "Range"])
    message[2][name] = draw.choice(["", "x", "AmazonSQS.ListQueues", "text/plain", "bytes=9-1"])


def _signed_for_another(draw: Random, message: Message) -> None:
    message[2].update(signed(draw.choice([*SERVICES])))


def _text_in_numbers(draw: Random, message: Message) -> None:
    digits = [number for number, byte in enumerate(message[3]) if 48 <= byte < 58]
    if digits:
        place = draw.choice(digits)
        message[3] = message[3][:place] + b"abc" + message[3][place + 1 :]


def _not_utf_8(draw: Random, message: Message) -> None:
    message[3] = message[3] + base64.b64decode("/v8=") if draw.random() < 0.5 else b"\xff\xfe{}"


DEFECTS: list[Callable[[Random, Message], None]] = [
    _other_type_within,
    _other_type_within,
    _something_left_out,
    _something_left_out,
    _bytes_changed,
    _cut_short,
    _other_method,
    _other_target,
    _header_left_out,
    _header_of_another,
    _signed_for_another,
    _text_in_numbers,
    _not_utf_8,
]


def _with_noise(draw: Random, raw: bytes) -> bytes:
    """In the head too."""
    content = bytearray(raw)
    for _ in range(3):
        content[draw.randrange(min(len(content), 400))] = draw.randrange(256)
    return bytes(content)


def host(server: Server) -> str:
    return server.url.removeprefix("http://")


def problems(server: Server, fuzz: Fuzz, count: int) -> list[str]:
    """Send so many requests, and return what was wrong with the answers."""
    port = int(server.url.rpartition(":")[2])
    answered = (attempt.problem_on(port) for attempt in fuzz.attempts(count))
    return [problem for problem in answered if problem is not None]
