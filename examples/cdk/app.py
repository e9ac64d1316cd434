"""A function whose deployments lambda-canary releases gradually, instead of CodeDeploy."""

from aws_cdk import App, DefaultStackSynthesizer, Stack
from aws_cdk.aws_cloudwatch import Alarm
from aws_cdk.aws_codedeploy import LambdaDeploymentConfig, LambdaDeploymentGroup
from aws_cdk.aws_lambda import Alias, Code, Function, Runtime
from constructs import Construct

CODE = "def handler(event, context):\n    return 'taken'\n"


class Checkout(Stack):
    """A deployment group as CodeDeploy has it; the macro makes a gate of it."""

    def __init__(self, scope: Construct, name: str) -> None:
        # Without the rule, which the sandbox does not know.
        rule = DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
        super().__init__(scope, name, synthesizer=rule)
        self.add_transform("LambdaCanary")  # the one line that is new
        function = Function(
            self,
            "Checkout",
            runtime=Runtime.PYTHON_3_13,
            handler="index.handler",
            code=Code.from_inline(CODE),
        )
        alias = Alias(self, "Live", alias_name="live", version=function.current_version)
        errors = Alarm(
            self, "Errors", metric=alias.metric_errors(), threshold=10, evaluation_periods=1
        )
        LambdaDeploymentGroup(
            self,
            "Release",
            alias=alias,
            deployment_config=LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=[errors],
        )


app = App()
Checkout(app, "Checkout")
app.synth()
