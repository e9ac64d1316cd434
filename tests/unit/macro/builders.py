"""Small templates of plain CloudFormation, as SAM or the CDK might have made them."""

from __future__ import annotations

from typing import Any

from tests.unit.macro.templates import Template


def application(*functions: str, **metadata: Any) -> Template:
    """Make a template of functions, each with a version and the alias `live`.

    `metadata` is that of lambda-canary, by logical ids.
    """
    template: Template = {"Resources": {}}
    if metadata:
        template["Metadata"] = {"LambdaCanary": metadata}
    for name in functions:
        template["Resources"] |= {
            name: {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"ZipFile": "1"},
                    "Handler": "index.handler",
                    "Role": "arn:aws:iam::123456789012:role/shop",
                    "Runtime": "python3.13",
                },
            },
            f"{name}Version": {
                "Type": "AWS::Lambda::Version",
                "Properties": {"FunctionName": {"Ref": name}},
            },
            f"{name}Live": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "FunctionName": {"Ref": name},
                    "FunctionVersion": {"Fn::GetAtt": [f"{name}Version", "Version"]},
                    "Name": "live",
                },
            },
        }
    return template


def alarm(on: object) -> dict[str, Any]:
    """Make an alarm of errors of that function, or of the alias that refers to."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": on}],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        },
    }


def with_preference(template: Template, function: str, **group: Any) -> Template:
    """Have CodeDeploy move a function's alias, by a deployment group with these properties.

    There is an alarm `A` that it may name.
    """
    template["Resources"]["A"] = alarm(on="Cart")
    template["Resources"][f"{function}Group"] = {
        "Type": "AWS::CodeDeploy::DeploymentGroup",
        "Properties": {
            "ApplicationName": "shop",
            "ServiceRoleArn": "arn:aws:iam::123456789012:role/codedeploy",
            "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
            **group,
        },
    }
    template["Resources"][f"{function}Live"]["UpdatePolicy"] = {
        "CodeDeployLambdaAliasUpdate": {
            "ApplicationName": "shop",
            "DeploymentGroupName": {"Ref": f"{function}Group"},
        }
    }
    return template


def gate(template: Template, name: str = "CheckoutLiveRollout") -> dict[str, Any]:
    """Return the properties of a gate."""
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties
