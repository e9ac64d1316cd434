"""Function URLs and APIs, as SAM and CDK make them, call the alias that they name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.services.cloudformation import DeploymentFailedError, Stack
from tests.sandbox import given

APP = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Named: {Type: AWS::Serverless::HttpApi, Properties: {StageName: prod}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: shop
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            ANSWER
      AutoPublishAlias: live
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Order: {Type: Api, Properties: {Path: "/orders/{id}", Method: get}}
        Rest: {Type: Api, Properties: {Path: "/files/{proxy+}", Method: any}}
        Any: {Type: HttpApi}
        Add: {Type: HttpApi, Properties: {ApiId: !Ref Named, Path: "/add/{what}", Method: post}}
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
Outputs:
  Url: {Value: !GetAtt FunctionUrl.FunctionUrl}
  Rest: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod"}
  Http: {Value: !GetAtt ServerlessHttpApi.ApiEndpoint}
  Named: {Value: !Sub "${Named.ApiEndpoint}/prod"}
"""
VERSION = 'return {"statusCode": 200, "body": context.function_version}'
ECHO = 'import json; return {"statusCode": 200, "body": json.dumps(event)}'
ENDS = ("Url", "Rest", "Http", "Named")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return tmp_path / "template.yaml"


def deploy(sandbox: Sandbox, template: Path, answer: str = VERSION, body: str = APP) -> Stack:
    template.write_text(body.replace("ANSWER", answer))
    return sandbox.deploy(template, "app")


def urls(stack: Stack) -> dict[str, tuple[str, str]]:
    """Return a method and a URL that reaches the function by each of its endpoints."""
    return {
        "Url": ("GET", f"{stack.outputs['Url']}any"),
        "Rest": ("GET", f"{stack.outputs['Rest']}/orders/7"),
        "Http": ("GET", f"{stack.outputs['Http']}/any"),
        "Named": ("POST", f"{stack.outputs['Named']}/add/it"),
    }


def ask(sandbox: Sandbox, stack: Stack, end: str) -> tuple[int, str]:
    reply = sandbox.ask(*urls(stack)[end])
    return reply.status, reply.body


def echoed(sandbox: Sandbox, url: str, method: str = "GET", **more: Any) -> Any:
    return json.loads(sandbox.ask(method, url, **more).body)


@pytest.mark.proves("S82")
def test_every_endpoint_calls_the_alias_with_its_weights(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template)
    for end in ENDS:
        assert ask(sandbox, stack, end) == (200, "1")
    client = sandbox.client("lambda")
    client.update_function_configuration(FunctionName="shop", MemorySize=256)
    client.publish_version(FunctionName="shop")
    client.update_alias(
        FunctionName="shop",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    for end in ENDS:
        seen = Counter(ask(sandbox, stack, end)[1] for _ in range(40))
        assert min(seen["1"], seen["2"]) >= 8, (end, seen)


@pytest.mark.proves("S82")
def test_calls_are_counted_for_the_alias(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template)
    for end in ENDS:
        ask(sandbox, stack, end)
    sqs = sandbox.client("sqs")
    sqs.send_message(QueueUrl=stack.physical_id("Queue"), MessageBody="m")
    sandbox.run_for(180)
    now = sandbox.clock.now
    points = sandbox.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "FunctionName", "Value": "shop"},
            {"Name": "Resource", "Value": "shop:live"},
        ],
        StartTime=now - 600,
        EndTime=now,
        Period=600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [point["Sum"] for point in points] == [5.0]


@pytest.mark.proves("S82")
def test_a_rest_api_sends_the_first_format(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template, ECHO)
    url = f"{stack.outputs['Rest']}/orders/a%20b?x=1&x=2"
    event = echoed(sandbox, url, headers={"User-Agent": "test"})
    assert (event["resource"], event["path"]) == ("/orders/{id}", "/orders/a b")
    assert (event["httpMethod"], event["pathParameters"]) == ("GET", {"id": "a b"})
    assert event["queryStringParameters"] == {"x": "2"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["headers"] == {"User-Agent": "test"}
    assert (event["body"], event["requestContext"]["stage"]) == (None, "Prod")
    assert event["requestContext"]["identity"]["userAgent"] == "test"
    deeper = echoed(sandbox, f"{stack.outputs['Rest']}/files/a/b", "PUT", body="text")
    assert (deeper["pathParameters"], deeper["body"]) == ({"proxy": "a/b"}, "text")


@pytest.mark.proves("S82")
@pytest.mark.parametrize("end", ["Url", "Http"])
def test_others_send_the_second_format(sandbox: Sandbox, template: Path, end: str) -> None:
    stack = deploy(sandbox, template, ECHO)
    base = stack.outputs[end].rstrip("/")
    event = echoed(sandbox, f"{base}/any/where?x=1&x=2", "PUT", body="text", headers={"A-B": "c"})
    assert (event["version"], event["routeKey"], event["rawPath"]) == (
        "2.0",
        "$default",
        "/any/where",
    )
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("x=1&x=2", {"x": "1,2"})
    assert (event["headers"], event["body"]) == ({"a-b": "c"}, "text")
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert event["requestContext"]["domainName"] == base.removeprefix("https://")


def test_a_named_stage_is_part_of_the_path(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template, ECHO)
    event = echoed(sandbox, f"{stack.outputs['Named']}/add/it", "POST")
    assert (event["routeKey"], event["rawPath"]) == ("POST /add/{what}", "/prod/add/it")
    assert (event["pathParameters"], event["requestContext"]["stage"]) == ({"what": "it"}, "prod")


@pytest.mark.parametrize(
    ("end", "path", "method", "status", "body"),
    [
        ("Rest", "/orders/7/lines", "GET", 403, '{"message":"Missing Authentication Token"}'),
        ("Rest", "/orders/7", "POST", 403, '{"message":"Missing Authentication Token"}'),
        ("Rest", "/../Other/orders/7", "GET", 403, '{"message":"Forbidden"}'),
        ("Named", "/add/it", "GET", 404, '{"message":"Not Found"}'),
        ("Named", "/add", "POST", 404, '{"message":"Not Found"}'),
        ("Named", "/../none/add/it", "POST", 404, '{"message":"Not Found"}'),
    ],
)
def test_what_no_route_is_for(
    sandbox: Sandbox, template: Path, end: str, path: str, method: str, status: int, body: str
) -> None:
    url = f"{deploy(sandbox, template).outputs[end]}{path}"
    if "/../" in url:
        head, _, tail = url.partition("/../")
        url = f"{head.rpartition('/')[0]}/{tail}"
    reply = sandbox.ask(method, url)
    assert (reply.status, reply.body) == (status, body)


@pytest.mark.proves("S82")
@pytest.mark.parametrize(
    ("answer", "rest", "others"),
    [
        ('return {"statusCode": "201", "headers": {"A": 1}}', (201, ""), (201, "")),
        (
            'return {"statusCode": 200, "body": "YWI=", "isBase64Encoded": True}',
            (200, "ab"),
            (200, "ab"),
        ),
        ('return {"a": 1}', (502, '{"message": "Internal server error"}'), (200, '{"a": 1}')),
        ('return "text"', (502, '{"message": "Internal server error"}'), (200, "text")),
    ],
)
def test_what_a_client_gets_of_an_answer(
    sandbox: Sandbox,
    template: Path,
    answer: str,
    rest: tuple[int, str],
    others: tuple[int, str],
) -> None:
    stack = deploy(sandbox, template, answer)
    assert ask(sandbox, stack, "Rest") == rest
    assert {ask(sandbox, stack, end) for end in ("Url", "Http", "Named")} == {others}


@pytest.mark.proves("S82")
@pytest.mark.parametrize("answer", ['raise ValueError("no")', 'return {"statusCode": "often"}'])
def test_a_function_that_fails(sandbox: Sandbox, template: Path, answer: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html."""
    stack = deploy(sandbox, template, answer)
    assert {end: ask(sandbox, stack, end) for end in ENDS} == {
        "Url": (502, "Internal Server Error"),
        "Rest": (502, '{"message": "Internal server error"}'),
        "Http": (500, '{"message":"Internal Server Error"}'),
        "Named": (500, '{"message":"Internal Server Error"}'),
    }


@pytest.mark.proves("S82")
def test_a_function_that_may_not_be_called(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template)
    client = sandbox.client("lambda")
    client.put_function_concurrency(FunctionName="shop", ReservedConcurrentExecutions=0)
    assert ask(sandbox, stack, "Url") == (429, "Rate Exceeded.")
    assert ask(sandbox, stack, "Rest")[0] == 500
    client.delete_function_concurrency(FunctionName="shop")
    policy = client.get_policy(FunctionName="shop", Qualifier="live")["Policy"]
    for statement in json.loads(policy)["Statement"]:
        client.remove_permission(
            FunctionName="shop", Qualifier="live", StatementId=statement["Sid"]
        )
    assert {end: ask(sandbox, stack, end)[0] for end in ENDS} == {
        "Url": 403,
        "Rest": 500,
        "Http": 500,
        "Named": 500,
    }


def test_a_url_that_wants_a_signature(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template, body=APP.replace("AuthType: NONE", "AuthType: AWS_IAM"))
    assert ask(sandbox, stack, "Url") == (200, "1")  # the operator
    nobody = given.role(sandbox, "nobody", {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
    somebody = given.role(
        sandbox,
        "somebody",
        {
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"],
            "Resource": "*",
        },
    )
    with sandbox.acting_as(nobody):
        assert ask(sandbox, stack, "Url")[0] == 403
    with sandbox.acting_as(somebody):
        assert ask(sandbox, stack, "Url") == (200, "1")


def test_what_is_not_modelled_of_an_endpoint_is_refused_by_name_when_it_is_asked(
    sandbox: Sandbox, template: Path
) -> None:
    cors = """Cors: {AllowOrigins: ["*"]}}"""
    body = APP.replace("AuthType: NONE}", f"AuthType: NONE, {cors}").replace(
        "Resources:", "Globals: {Api: {Cors: \"'*'\"}}\nResources:", 1
    )
    stack = deploy(sandbox, template, body=body)
    assert ask(sandbox, stack, "Url") == ask(sandbox, stack, "Rest") == (200, "1")
    with pytest.raises(NotImplementedError, match="anything but a function: mock"):
        sandbox.ask("OPTIONS", f"{stack.outputs['Rest']}/orders/7")


def test_what_is_gone_answers_nobody(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template)
    gone = urls(stack)
    sandbox.cloudformation.delete(stack)
    for method, url in [*gone.values(), ("GET", "https://example.com/")]:
        with pytest.raises(LookupError, match="no stack has an endpoint at https://"):
            sandbox.ask(method, url)


def test_a_function_has_one_url(sandbox: Sandbox, template: Path) -> None:
    second = """
  Second:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: !Ref Function, Qualifier: live, AuthType: NONE}
    DependsOn: FunctionUrl
Outputs:"""
    with pytest.raises(DeploymentFailedError, match="FunctionUrlConfig exists"):
        deploy(sandbox, template, body=APP.replace("\nOutputs:", second))


ROUTES = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: "import json\\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"}
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Runtime: python3.13
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: api, ProtocolType: HTTP}}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Function.Arn
      PayloadFormatVersion: "1.0"
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: ANY /a
      Target: !Sub "integrations/${Integration}"
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/a"
Outputs:
  Api: {Value: !GetAtt Api.ApiEndpoint}
"""  # noqa: E501


@pytest.mark.proves("S82")
def test_an_http_api_of_routes_as_cdk_makes_it(sandbox: Sandbox, template: Path) -> None:
    stack = deploy(sandbox, template, body=ROUTES)
    event = echoed(sandbox, f"{stack.outputs['Api']}/a", "PATCH")
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/a", "/a")
    assert sandbox.ask("PATCH", f"{stack.outputs['Api']}/b").status == 404


def test_an_integration_of_anything_else_is_refused_by_name(
    sandbox: Sandbox, template: Path
) -> None:
    body = ROUTES.replace("IntegrationUri: !GetAtt Function.Arn", "IntegrationUri: https://a.b")
    stack = deploy(sandbox, template, body=body)
    with pytest.raises(NotImplementedError, match=r"anything but a function: https://a\.b"):
        sandbox.ask("GET", f"{stack.outputs['Api']}/a")
