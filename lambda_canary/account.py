"""The account and region the command works in, and the stack it finds there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from adapters.aws import CONFIG, code
from domain.model.naming import execution_of
from lambda_canary.interrupt import Interrupt
from lambda_canary.trouble import Mistaken


@dataclass
class Account:
    """How to reach AWS, and how to wait; `stack` is the name of lambda-canary's own."""

    client: Callable[[str], Any]
    sleep: Callable[[float], None]
    now: Callable[[], float]
    stack: str
    _machine: str = field(default="", init=False)

    def machine(self) -> str:
        """Return the ARN of the state machine that runs rollouts, by the stack's outputs."""
        if not self._machine:
            self._machine = self._found()
        return self._machine

    def _found(self) -> str:
        try:
            answer = self.client("cloudformation").describe_stacks(StackName=self.stack)
        except ClientError as error:
            if code(error) != "ValidationError":
                raise
            raise Mistaken(
                f"there is no stack {self.stack} in this account and region",
                "name yours with --stack, another region with --region, or deploy it: sam deploy",
            ) from error
        outputs = answer["Stacks"][0].get("Outputs", [])
        found = {one["OutputKey"]: one["OutputValue"] for one in outputs}
        if "StateMachineArn" not in found:
            raise Mistaken(
                f"the stack {self.stack} has no output StateMachineArn",
                "name lambda-canary's own stack with --stack",
            )
        return str(found["StateMachineArn"])

    def execution(self, name: str) -> str:
        """Return the ARN of the rollout that is called so; an ARN is one already."""
        if name.startswith("arn:"):
            return name
        return execution_of(self.machine(), name)


def account_of(
    stack: str, profile: str | None, region: str | None, endpoint: str | None
) -> Account:
    """Reach AWS by its usual settings, and by what of them was given."""
    import time

    import boto3

    session = boto3.Session(profile_name=profile, region_name=region)
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            make: Any = session.client  # its type wants to know the service
            made[service] = make(service, endpoint_url=endpoint, config=CONFIG)
        return made[service]

    return Account(client, Interrupt().listen().sleep, time.time, stack)
