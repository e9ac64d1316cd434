"""Intrinsic functions are worth what they are worth in CloudFormation."""

from typing import Any

import pytest

from sandbox.services.cloudformation.intrinsics import Resolver, UnresolvableError
from sandbox.services.cloudformation.stack import Resource, Stack
from sandbox.services.cloudformation.template import parse

STACK = Stack(
    "arn:aws:cloudformation:us-gov-west-1:111122223333:stack/app/1",
    "app",
    "us-gov-west-1",
    "111122223333",
    parameters={"Env": "prod", "Count": "10", "Zones": ["a", "b"]},
)
RESOURCES = {"Topic": Resource("Topic", "T", "topic-id", "", {}, {"Arn": "topic-arn", "A.B": "ab"})}
TEMPLATE = parse(
    """
    Mappings: {Sizes: {prod: {memory: 512}, test: {memory: 128}}}
    Conditions:
      IsProd: !Equals [!Ref Env, prod]
      IsTen: !Equals [!Ref Count, 10]
      Neither: !Not [!Or [!Condition IsProd, !Condition IsTen]]
      Both: !And [!Condition IsProd, !Condition IsTen]
      Round: !Not [!Condition About]
      About: !Not [!Condition Round]
    Resources: {}
    """
)


def resolve(text: str) -> Any:
    value = parse(f"Resources: {{}}\nValue: {text}")["Value"]
    return Resolver(TEMPLATE, STACK, RESOURCES).resolve(value)


@pytest.mark.proves("S56")
@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("!Ref Env", "prod"),
        ("!Ref Zones", ["a", "b"]),
        ("!Ref Topic", "topic-id"),
        ("!GetAtt Topic.Arn", "topic-arn"),
        ("!GetAtt [Topic, A.B]", "ab"),
        ("!Ref AWS::AccountId", "111122223333"),
        ("!Ref AWS::Partition", "aws-us-gov"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Sub '${AWS::StackName}/${Topic}/${Topic.Arn}/${Env}'", "app/topic-id/topic-arn/prod"),
        ("!Sub '${!Env} is ${Env}'", "${Env} is prod"),
        ("!Sub ['${Own}-${Env}', {Own: !Ref Count}]", "10-prod"),
        ("!Join ['-', [a, !Ref Count, 3]]", "a-10-3"),
        ("!Join ['+', !Ref Zones]", "a+b"),
        ("!Select [1, !Split [',', 'x,y,z']]", "y"),
        ("!Select ['0', !Ref Zones]", "a"),
        ("!FindInMap [Sizes, !Ref Env, memory]", 512),
        ("!If [IsProd, yes-it-is, !Ref Missing]", "yes-it-is"),
        ("!If [Neither, a, b]", "b"),
        ("!If [Both, a, b]", "a"),
        ("{a: !If [Neither, 1, !Ref AWS::NoValue], b: 2}", {"b": 2}),
        ("[1, !Ref AWS::NoValue, 3]", [1, 3]),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
)
def test_function_is_worth(text: str, worth: object) -> None:
    assert resolve(text) == worth


def test_a_substituted_value_is_not_substituted_again() -> None:
    assert resolve("!Sub ['${A}', {A: '${!Env}'}]") == "${!Env}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("!Ref Missing", "unresolved resource dependency: Missing"),
        ("!GetAtt Topic.Name", "Topic has no attribute Name"),
        ("!Select [2, !Ref Zones]", "cannot select 2 of 2 items"),
        ("!FindInMap [Sizes, dev, memory]", "unable to get mapping for Sizes::dev::memory"),
        ("!If [Unknown, a, b]", "the condition Unknown is not defined"),
        ("!If [Round, a, b]", "the condition Round depends on itself"),
        ("!Join [',', [!Ref Zones]]", "Fn::Join needs text"),
        ("!Sub '${Zones}'", "Fn::Sub needs text"),
        ("!Not [!Ref Env]", "expected a condition"),
        ("'{{resolve:ssm:name}}'", "dynamic references are not supported"),
    ],
)
def test_what_has_no_value_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(UnresolvableError, match=problem):
        resolve(text)
