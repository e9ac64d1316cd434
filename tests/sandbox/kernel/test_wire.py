"""Requests that are not as AWS's models say get AWS's errors, and the sandbox's gaps their own."""

import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore.retries.standard import TransientRetryableChecker
from moto.awslambda.responses import LambdaResponse

from sandbox.kernel.wire import constraints
from sandbox.kernel.wire.errors import NOT_IMPLEMENTED_STATUS
from sandbox.kernel.wire.services import MEGABYTE
from sandbox.sandbox import Sandbox
from tests.raw_http import Answer, Served, served, signed

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Of each service that speaks JSON, an operation that its body could be for.
TARGETS = {
    "events": "AWSEvents.PutRule",
    "kms": "TrentService.DescribeKey",
    "logs": "Logs_20140328.CreateLogGroup",
    "monitoring": "GraniteServiceVersion20100801.PutMetricData",
    "sqs": "AmazonSQS.SendMessage",
    "ssm": "AmazonSSM.PutParameter",
    "states": "AWSStepFunctions.StartExecution",
}
ACTIONS = {
    "cloudformation": ("CreateStack", "2010-05-15"),
    "iam": ("CreateRole", "2010-05-08"),
    "monitoring": ("PutMetricData", "2010-08-01"),
    "sns": ("Publish", "2010-03-31"),
    "sqs": ("SendMessage", "2012-11-05"),
    "sts": ("AssumeRole", "2011-06-15"),
}
FUNCTIONS = "/2015-03-31/functions"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with Sandbox() as sandbox, served(sandbox) as server:
        sandbox.client("s3").create_bucket(Bucket="bucket")
        yield server


def json_call(server: Served, service: str, body: object, **more: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return server.call_json(service, TARGETS[service], content, **more)


def query_call(server: Served, service: str, **form: str) -> Answer:
    action, version = ACTIONS[service]
    body = urlencode({"Action": action, "Version": version, **form}).encode()
    return server.ask("POST", "/", signed(service, **FORM), body)


def error(answer: Answer) -> tuple[int, str]:
    """Status and code, as its protocol has it."""
    if answer.body.startswith(b"<"):
        (code,) = [one for one in ElementTree.fromstring(answer.body).iter() if ends(one, "Code")]
        return answer.status, code.text or ""
    return answer.status, answer.json["__type"].rpartition("#")[2]


def ends(node: Any, name: str) -> bool:
    return str(node.tag).rpartition("}")[2] == name


def message(answer: Answer) -> str:
    found = answer.json
    text: str = found.get("message") or found["Message"]
    return text


BODIES = {
    "no JSON": b"nonsense",
    "cut short": b'{"Name": "x"',
    "not UTF-8": b'{"Name": "\xff\xfe"}',
    "half a pair": b'{"Name": "\\ud800"}',
    "a number that is none": b'{"Name": NaN}',
    "a list": b"[]",
    "a text": b'"text"',
    "null": b"null",
    "deep": b'{"a":' * 100_000,
}


@pytest.mark.proves("S15")
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("service", TARGETS)
def test_a_body_that_is_no_json_object(server: Served, service: str, body: bytes) -> None:
    assert error(json_call(server, service, body)) == (400, "SerializationException")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_json_object_in_rest(server: Served, body: bytes) -> None:
    answer = server.ask("POST", FUNCTIONS, signed("lambda"), body)
    assert error(answer) == (400, "SerializationException")


@pytest.mark.parametrize(
    ("service", "body", "told"),
    [
        ("states", {"stateMachineArn": 5}, "stateMachineArn is no str: '5'."),
        ("states", {"stateMachineArn": ["x"]}, "stateMachineArn is no str"),
        ("states", {"stateMachineArn": {}}, "stateMachineArn is no str"),
        (
            "sqs",
            {"DelaySeconds": "5"},
            "DelaySeconds is no int",
        ),
        (
            "sqs",
            {"DelaySeconds": True},
            "DelaySeconds is no int",
        ),
        (
            "sqs",
            {"DelaySeconds": 0.5},
            "DelaySeconds is no int",
        ),
        ("sqs", {"DelaySeconds": 2**31}, "of that size"),
        ("sqs", {"QueueUrl": "x", "MessageAttributes": []}, "MessageAttributes is no dict"),
        ("sqs", {"MessageAttributes": {"a": {"BinaryValue": "*"}}}, "BinaryValue is no base64"),
        ("monitoring", {"MetricData": {}}, "MetricData is no list"),
        ("monitoring", {"MetricData": [{"Value": "1"}]}, "MetricData[0].Value is no number"),
        ("monitoring", {"MetricData": [{"Timestamp": "never"}]}, "Timestamp is no timestamp"),
        ("monitoring", {"MetricData": [{"Timestamp": 1e300}]}, "Timestamp is no timestamp"),
        ("monitoring", {"MetricData": [None]}, "MetricData[0] is no dict"),
        ("ssm", {"Overwrite": "true"}, "Overwrite is no bool"),
        ("events", {"Tags": "x"}, "Tags is no list"),
    ],
)
def test_a_member_of_another_type(
    server: Served, service: str, body: dict[str, Any], told: str
) -> None:
    answer = json_call(server, service, body)
    assert error(answer) == (400, "SerializationException")
    assert told in message(answer)


@pytest.mark.parametrize(
    ("path", "told"), [("?MaxItems=x", "'x'"), ("?MaxItems=", "''"), ("?MaxItems=1e5", "'1e5'")]
)
def test_a_number_in_a_query_that_is_none(server: Served, path: str, told: str) -> None:
    answer = server.ask("GET", f"{FUNCTIONS}/{path}", signed("lambda"))
    assert error(answer) == (400, "SerializationException")
    assert told in message(answer)


@pytest.mark.parametrize(
    ("service", "form"),
    [
        ("sqs", {"QueueUrl": "x", "MessageBody": "x", "DelaySeconds": "soon"}),
        ("monitoring", {"Namespace": "x", "MetricData.member.1.Value": "much"}),
        ("monitoring", {"Namespace": "x", "MetricData.member.1.Timestamp": "never"}),
        ("sqs", {"MessageAttribute.1.Name": "a", "MessageAttribute.1.Value.BinaryValue": "*"}),
        ("sqs", {"MessageAttribute.1.Name": "a"}),
        ("cloudformation", {"StackName": "x", "TimeoutInMinutes": "9" * 5_000}),
    ],
)
def test_a_parameter_of_another_type(server: Served, service: str, form: dict[str, str]) -> None:
    assert error(query_call(server, service, **form)) == (400, "MalformedInput")


@pytest.mark.parametrize("body", [b"Action=%ff", b"Action=ListTopics&x=\xff"])
def test_a_form_that_is_no_text(server: Served, body: bytes) -> None:
    answer = server.ask("POST", "/", signed("sns", **FORM), body)
    assert error(answer) == (400, "MalformedQueryString")


@pytest.mark.parametrize("service", TARGETS)
@pytest.mark.parametrize("target", ["", "x", ".", "{}.Nonsense", "{}.", "Other.{op}", "{}.{op}x"])
def test_a_target_that_is_unknown(server: Served, service: str, target: str) -> None:
    prefix, operation = TARGETS[service].split(".")
    named = target.replace("{op}", operation).replace("{}", prefix)
    answer = server.call_json(service, named, b"{}")
    assert error(answer) == (400, "UnknownOperationException")


def test_no_target(server: Served) -> None:
    for service in ("states", "events"):
        answer = server.ask("POST", "/", signed(service), b"{}")
        assert error(answer) == (400, "UnknownOperationException")


def test_a_target_of_another_service_is_not_reached(server: Served) -> None:
    answer = server.call_json("kms", "AWSStepFunctions.ListStateMachines", b"{}")
    assert error(answer) == (400, "UnknownOperationException")


def test_an_action_that_is_unknown(server: Served) -> None:
    for service in ACTIONS:
        assert error(query_call(server, service, Action="Nonsense")) == (400, "InvalidAction")
        assert error(query_call(server, service, Version="1999-01-01")) == (400, "InvalidAction")
        assert error(query_call(server, service, Action="")) == (400, "MissingAction")


@pytest.mark.parametrize(
    ("service", "method", "path", "expected"),
    [
        ("lambda", "GET", "/2015-03-31/nonsense", (404, "UnknownOperationException")),
        ("lambda", "PATCH", FUNCTIONS, (404, "UnknownOperationException")),
        ("lambda", "POST", "/", (404, "UnknownOperationException")),
        ("s3", "PATCH", "/bucket", (405, "MethodNotAllowed")),
        ("s3", "TRACE", "/bucket/key", (405, "MethodNotAllowed")),
        ("states", "GET", "/", (400, "UnknownOperationException")),
        ("states", "POST", "/other", (400, "UnknownOperationException")),
        ("sns", "PUT", "/?Action=ListTopics", (400, "InvalidAction")),
        ("sns", "POST", "/other?Action=ListTopics", (400, "InvalidAction")),
    ],
)
def test_a_path_or_method_that_is_unknown(
    server: Served, service: str, method: str, path: str, expected: tuple[int, str]
) -> None:
    headers = signed(
        service, **({"X-Amz-Target": TARGETS["states"]} if service == "states" else {})
    )
    assert error(server.ask(method, path, headers, b"{}")) == expected


@pytest.mark.proves("S15")
@pytest.mark.parametrize(
    ("service", "code", "told"),
    [
        ("states", "ValidationException", "Value null at 'stateMachineArn'"),
        ("events", "ValidationException", "Value null at 'name'"),
        ("kms", "ValidationException", "Value null at 'keyId'"),
        ("ssm", "ValidationException", "2 validation errors detected: Value null at 'name'"),
        ("logs", "InvalidParameterException", "Value null at 'logGroupName'"),
        ("monitoring", "ValidationException", "Value null at 'namespace'"),
        ("sqs", "InvalidParameterValue", "Value null at 'queueUrl'"),
    ],
)
def test_what_is_missing_is_told(server: Served, service: str, code: str, told: str) -> None:
    for body in (b"{}", b"", json.dumps({"stateMachineArn": None, "name": None}).encode()):
        answer = json_call(server, service, body)
        assert error(answer) == (400, code)
        assert f"{told}" in message(answer)
        assert "failed to satisfy constraint: Member must not be null" in message(answer)


@pytest.mark.parametrize("service", ["cloudformation", "iam", "sts"])
def test_what_is_missing_is_told_in_a_query(server: Served, service: str) -> None:
    answer = query_call(server, service)
    assert error(answer) == (400, "ValidationError")
    assert "Member must not be null" in answer.text


def test_all_that_is_wrong_is_told_at_once(server: Served) -> None:
    body = {"Runtime": "cobol", "FunctionName": "a b", "Role": "nobody", "Timeout": -1}
    answer = server.ask("POST", FUNCTIONS, signed("lambda"), json.dumps(body).encode())
    assert error(answer) == (400, "ValidationException")
    told = message(answer)
    assert told.startswith("5 validation errors detected: Value null at 'code'")
    for part in (
        "Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular",
        "Value 'cobol' at 'runtime' failed to satisfy constraint: Member must satisfy enum value",
        "Value '-1' at 'timeout' failed to satisfy constraint: Member must have value greater",
        "Value 'nobody' at 'role' failed to satisfy constraint: Member must satisfy regular",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("service", "body", "told"),
    [
        ("states", {"stateMachineArn": ""}, "at 'stateMachineArn' failed to satisfy constraint: "
         "Member must have length greater than or equal to 1"),
        ("states", {"stateMachineArn": "x" * 257}, "length less than or equal to 256"),
        ("ssm", {"Name": "n", "Value": "v", "Type": "Text"}, "enum value set: [String, StringList"),
        ("logs", {"logGroupName": "a b"}, "regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"),
        ("monitoring", {"Namespace": "n", "MetricData": [{"MetricName": ""}]},
         "Value '' at 'metricData.1.member.metricName' failed to satisfy constraint"),
    ],
)  # fmt: skip
def test_what_a_model_bounds(server: Served, service: str, body: dict[str, Any], told: str) -> None:
    answer = json_call(server, service, body)
    assert answer.status == 400
    assert told in message(answer)


def test_a_pattern_never_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constraints, "PATTERN_SECONDS", 0.01)
    assert not constraints._matches("(a|aa)+b", "a" * 5_000)
    assert constraints._matches("(a|aa)+b", "a" * 20 + "b")


def test_letters_of_all_scripts_are_letters_and_word_characters_are_ascii() -> None:
    assert constraints._matches(r"[\p{L}\p{Z}]+", "é ü")
    assert not constraints._matches(r"\w+", "é")


@pytest.mark.parametrize("payload", [b"nonsense", b"{", b"\xff\xfe", b'{"a": "\xff"}'])
def test_a_payload_that_is_no_json_is_refused_as_lambda_does(
    server: Served, payload: bytes
) -> None:
    answer = server.ask("POST", f"{FUNCTIONS}/f/invocations", signed("lambda"), payload)
    assert error(answer) == (400, "InvalidRequestContentException")
    assert "Could not parse request body into json" in message(answer)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/bucket?tagging", b"", "MissingRequestBodyError"),
        ("/bucket?tagging", b"<Tagging>", "MalformedXML"),
        ("/bucket?tagging", b"nonsense", "MalformedXML"),
        ("/bucket?tagging", b"\xff\xfe", "MalformedXML"),
        ("/bucket?tagging", b"<Tagging></Tagging>", "InvalidRequest"),
        ("/bucket?versioning", b"<a>" * 100_000, "MalformedXML"),
        ("/bucket?versioning", b"<a>" * 1_000_000, "MalformedXML"),
        (
            "/bucket?versioning",
            b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>',
            "MalformedXML",
        ),
        ("/bucket?cors", b"<CORSConfiguration><CORSRule/></CORSConfiguration>", "InvalidRequest"),
    ],
)
def test_xml_that_is_none(server: Served, path: str, body: bytes, code: str) -> None:
    assert error(server.ask("PUT", path, signed("s3"), body)) == (400, code)


CHUNKED = {"X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", b"abcde"),
        (b"3;chunk-signature=00\r\nabc\r\n0;chunk-signature=00\r\n\r\n", b"abc"),
        (b"0\r\n\r\n", b""),
        (b"", None),
        (b"zz\r\nabc\r\n0\r\n", None),
        (b"-3\r\nabc\r\n0\r\n", None),
        (b"3\r\nab", None),
        (b"ffffffff\r\nabc\r\n0\r\n", None),
        (b"3\r\nabcd\r\n0\r\n", None),
    ],
)
def test_chunks_within_a_body(server: Served, body: bytes, content: bytes | None) -> None:
    for length in ("5", "99999999999999", "-1", "x"):
        headers = signed("s3", **CHUNKED, **{"X-Amz-Decoded-Content-Length": length})
        answer = server.ask("PUT", "/bucket/chunked", headers, body)
        if content is None:
            assert error(answer) == (400, "IncompleteBody")
        else:
            assert answer.status == 200
            assert server.ask("GET", "/bucket/chunked", signed("s3")).body == content


def test_zipped_bodies(server: Served) -> None:
    def send(body: bytes) -> Answer:
        return json_call(server, "monitoring", body, **{"Content-Encoding": "gzip"})

    good = json.dumps({"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1}]}).encode()
    packed = gzip.compress(good)
    assert send(packed).status == 200
    for bad in (good, packed[:-9], b"", b"\x1f\x8b"):
        assert error(send(bad)) == (400, "SerializationException")
    bomb = gzip.compress(b" " * (100 * MEGABYTE))
    assert error(send(bomb)) == (413, "RequestEntityTooLargeException")


def test_bodies_that_are_too_large(server: Served) -> None:
    large = b" " * (2 * MEGABYTE)
    assert error(json_call(server, "states", large)) == (413, "RequestEntityTooLargeException")
    assert query_call(server, "sns", Message=large.decode()).status == 413
    assert server.ask("PUT", "/bucket/large", signed("s3"), large).status == 200


def test_a_form_of_many_fields_is_read_at_once(server: Served) -> None:
    """In moto, it takes the square of their number."""
    data = {f"MetricData.member.{number}.MetricName": "m" for number in range(1, 5_000)}
    answer = query_call(server, "monitoring", Namespace="n", **data)
    assert answer.status == 400


def test_another_region_is_refused_by_name(server: Served) -> None:
    headers = signed("states", **{"X-Amz-Target": TARGETS["states"]})
    elsewhere = headers["Authorization"].replace("us-east-1", "eu-west-1")
    answer = server.ask("POST", "/", {**headers, "Authorization": elsewhere}, b"{}")
    assert error(answer) == (501, "SandboxNotImplemented")
    assert "stepfunctions in eu-west-1" in message(answer)
    assert "us-east-1" in message(answer)


@pytest.mark.parametrize("service", ["dynamodb", "codedeploy", "ec2", "elasticloadbalancing"])
def test_services_of_aws_that_the_sandbox_has_not_are_refused_by_name(
    server: Served, service: str
) -> None:
    answer = server.ask("POST", "/", signed(service), b"{}")
    assert error(answer) == (501, "SandboxNotImplemented")
    assert f"The sandbox does not do {service}" in message(answer)
    assert "stepfunctions" in message(answer)


@pytest.mark.parametrize("service", ["nonsense", "moto_api", "instance_metadata", "sandbox"])
def test_a_service_that_nobody_has_is_refused(server: Served, service: str) -> None:
    answer = server.ask("POST", "/", signed(service), b"{}")
    assert error(answer) == (403, "InvalidSignatureException")


def test_an_operation_that_the_sandbox_has_not_is_told_in_its_services_form(
    server: Served,
) -> None:
    form = {"Version": ACTIONS["sns"][1], "Action": "ListSMSSandboxPhoneNumbers"}
    for answer in (
        server.call_json("states", "AWSStepFunctions.GetActivityTask", b'{"activityArn": "a"}'),
        server.ask("POST", "/", signed("sns", **FORM), urlencode(form).encode()),
        server.ask("GET", "/2016-08-19/account-settings/", signed("lambda")),
        server.ask("POST", "/bucket", signed("s3")),
    ):
        assert error(answer) == (501, "SandboxNotImplemented")
        assert "The sandbox does not do " in answer.text
        assert "docs/sandbox.md" in answer.text


def test_no_client_repeats_what_the_sandbox_has_not() -> None:
    repeated: Any = TransientRetryableChecker
    assert NOT_IMPLEMENTED_STATUS not in repeated._TRANSIENT_STATUS_CODES


def test_clients_of_forms_read_errors_in_xml(server: Served) -> None:
    """Also those of services that the sandbox has not, and of nobody's."""
    for headers in (signed("ec2"), signed("nonsense"), {}):
        answer = server.ask("POST", "/", {**headers, **FORM}, b"Action=DescribeInstances")
        assert error(answer)[0] in (403, 501)
        assert answer.body.startswith(b"<")


@pytest.mark.proves("S15")
def test_a_fault_of_the_sandbox_does_not_pretend_to_be_aws(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(LambdaResponse, "list_functions", fail)
    answer = server.ask("GET", f"{FUNCTIONS}/", signed("lambda"))
    assert error(answer) == (501, "SandboxNotImplemented")
    assert message(answer).startswith("The sandbox failed at lambda:ListFunctions")
    assert "ZeroDivisionError: division by zero" in message(answer)


@pytest.mark.parametrize("status", [500, 503])
def test_what_moto_calls_an_internal_error_is_one_of_the_sandbox(
    server: Served, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    answer = (status, {"status": status}, "oh no")
    monkeypatch.setattr(LambdaResponse, "list_functions", lambda _: answer)
    assert error(server.ask("GET", f"{FUNCTIONS}/", signed("lambda")))[0] == 501


@pytest.mark.proves("A91")
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/?Action=DeleteTopic&TopicArn=arn", {}),
        ("/?%41ction=DeleteTopic", {}),
        ("/", {"Action": "DeleteFunction"}),
        ("/", {"X-Amz-Target": "x.DeleteFunction"}),
    ],
)
def test_what_was_checked_is_what_is_done(
    server: Served, path: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In moto, the operation's name in any query, header or body is looked for, of any service."""
    called: list[str] = []
    monkeypatch.setattr(LambdaResponse, "delete_function", lambda _: called.append("x"))
    answer = server.ask("GET", FUNCTIONS + path, signed("lambda", **headers))
    assert "Functions" in answer.json
    assert called == []
    listed = server.call_json("states", "AWSStepFunctions.ListStateMachines", b"{}")
    for query in ("?Action=DeleteStateMachine", "?x=y&Action=CreateStateMachine"):
        same = server.ask(
            "POST",
            f"/{query}",
            signed("states", **{"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}),
            b"{}",
        )
        assert (same.status, same.json) == (listed.status, listed.json)


def test_header_values_of_clients_come_back_as_one_line(server: Served) -> None:
    assert server.ask("PUT", "/bucket/key", signed("s3"), b"x").status == 200
    answer = server.ask(
        "GET", "/bucket/key?response-content-type=a%0d%0aSet-Cookie:b%00", signed("s3")
    )
    assert (answer.status, answer.body) == (200, b"x")
    assert "set-cookie" not in answer.headers


def test_a_name_with_control_characters_leaves_the_xml_readable(server: Served) -> None:
    query_call(server, "sns", Action="CreateTopic", Name="\x01bad\x00")
    for answer in (
        query_call(server, "iam", RoleName="\x01", AssumeRolePolicyDocument="\x02"),
        server.ask("PUT", "/bucket/%01%02", signed("s3"), b"x"),
        server.ask("GET", "/bucket", signed("s3")),
    ):
        if answer.body:
            ElementTree.fromstring(answer.body)
