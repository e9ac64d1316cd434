"""What is not known is refused by name, before anything is made."""

import pytest

from sandbox.services.cloudformation import Engine, TemplateError
from sandbox.services.cloudformation.template import parse


def refusal(engine: Engine, text: str) -> list[str]:
    with pytest.raises(TemplateError) as refused:
        engine.create("app", parse(text), {})
    assert engine.stacks == {}
    assert engine.client("sns").list_topics()["Topics"] == []
    return refused.value.problems


def resource(body: str) -> str:
    return f"Resources: {{First: {{Type: AWS::SNS::Topic}}, Mine: {{{body}}}}}"


@pytest.mark.proves("S60")
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("Type: AWS::EC2::Instance", "Mine (AWS::EC2::Instance): the resource type is not support"),
        (
            "Type: AWS::SNS::Topic, Properties: {Colour: red}",
            "Mine (AWS::SNS::Topic): unknown property Colour; known are DisplayName, ",
        ),
        (
            "Type: AWS::SNS::Topic, Properties: {Subscription: [{Endpoint: e, Protocoll: p}]}",
            "Mine (AWS::SNS::Topic).Subscription[0]: Protocol is required",
        ),
        (
            "Type: AWS::SNS::TopicPolicy, Properties: {Topics: a, PolicyDocument: {}}",
            "Mine (AWS::SNS::TopicPolicy).Topics: expected a list, found 'a'",
        ),
        (
            "Type: AWS::SQS::Queue, Properties: {DelaySeconds: [1]}",
            "Mine (AWS::SQS::Queue).DelaySeconds: expected integer, found [1]",
        ),
        (
            "Type: AWS::Lambda::Alias, Properties: {FunctionName: f, Name: live}",
            "Mine (AWS::Lambda::Alias): FunctionVersion is required",
        ),
        (
            "Type: AWS::SNS::Topic, CreationPolicy: {}",
            "Mine (AWS::SNS::Topic): the attribute CreationPolicy is not supported",
        ),
        (
            "Type: AWS::SNS::Topic, DeletionPolicy: Snapshot",
            "Mine (AWS::SNS::Topic): DeletionPolicy must be one of Delete, Retain, RetainExceptOn",
        ),
        (
            "Type: AWS::SNS::Topic, DependsOn: Frist",
            "Mine (AWS::SNS::Topic): depends on Frist, which is not in the template",
        ),
        (
            "Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Frist}",
            "Resources.Mine: unresolved resource dependency Frist",
        ),
        (
            "Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub '${First.Colour}'}",
            "Resources.Mine: First has no attribute Colour",
        ),
        (
            "Type: AWS::SNS::Topic, Properties: {DisplayName: !Cidr [a, 1, 8]}",
            "Resources.Mine: the function Fn::Cidr is not supported",
        ),
        (
            "Type: AWS::SNS::Topic, Condition: Never",
            "Template error: the condition Never is not defined",
        ),
    ],
)
def test_a_resource_is_refused(engine: Engine, body: str, problem: str) -> None:
    assert refusal(engine, resource(body))[0].startswith(problem)


def test_an_unknown_property_is_found_inside_a_branch_not_taken(engine: Engine) -> None:
    text = """
    Conditions: {Never: !Equals [a, b]}
    Resources:
      Errors:
        Type: AWS::CloudWatch::Alarm
        Properties:
          ComparisonOperator: GreaterThanThreshold
          EvaluationPeriods: 1
          Metrics: !If [Never, [{Id: a, Metrik: b}], !Ref AWS::NoValue]
    """
    [problem] = refusal(engine, text)
    assert problem.startswith("Errors (AWS::CloudWatch::Alarm).Metrics[0]: unknown property Metrik")


def test_every_problem_is_told_at_once(engine: Engine) -> None:
    text = """
    Rules: {}
    Resources:
      A: {Type: AWS::EC2::Instance}
      B: {Type: AWS::SNS::Topic, Properties: {Colour: red}}
    Outputs: {C: {Value: !Ref D}}
    """
    assert [problem.split(":")[0] for problem in refusal(engine, text)] == [
        "the section Rules is not supported",
        "A (AWS",
        "B (AWS",
        "Outputs.C",
    ]


def test_a_circle_is_shown(engine: Engine) -> None:
    text = """
    Resources:
      A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref B}}
      B: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt C.TopicName}}
      C: {Type: AWS::SNS::Topic, DependsOn: [A]}
    """
    [problem] = refusal(engine, text)
    assert problem == "Circular dependency between resources: [A -> B -> C -> A]"


def test_a_reference_to_what_a_condition_leaves_out_is_refused(engine: Engine) -> None:
    text = """
    Conditions: {Never: !Equals [a, b]}
    Resources:
      A: {Type: AWS::SNS::Topic, Condition: Never}
      B: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref A}}
    """
    assert refusal(engine, text) == ["B: refers to A, which is not created"]


def test_an_unknown_transform_is_refused() -> None:
    from sandbox.services.cloudformation.transforms import processed

    template = {"Transform": "AWS::LanguageExtensions", "Resources": {}}
    with pytest.raises(TemplateError, match="Transform AWS::LanguageExtensions is not supported"):
        processed(template, {}, "us-east-1", macros=None)


def test_more_than_500_resources_are_refused(engine: Engine) -> None:
    queues = {f"Queue{number}": {"Type": "AWS::SQS::Queue"} for number in range(501)}
    with pytest.raises(TemplateError, match="Number of resources, 501, is greater than maximum"):
        engine.create("app", {"Resources": queues}, {})


def test_what_the_sam_transform_refuses_is_told() -> None:
    from sandbox.services.cloudformation.sam import transform

    function = {"Type": "AWS::Serverless::Function", "Properties": {"Colour": "red"}}
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Plan": function}}
    with pytest.raises(TemplateError, match=r"Transform AWS::Ser.* failed with: .*Plan.*Colour"):
        transform(template, {}, "us-east-1")
