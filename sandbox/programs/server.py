"""`make sandbox`: the deployed application under traffic, for the real `aws` command, on loopback.

What takes a second to import comes after the arguments are known to be good.
"""

import argparse
import gc
import os
import re
import signal
import socket
import sys
import traceback
import warnings
from datetime import UTC, datetime

HOST = "127.0.0.1"
MAX_PORT = 65_535
# Virtual seconds in each real one. It never falls behind the wall clock, because clients such as
# `sam deploy` look for events that are newer than now.
MIN_SPEED, MAX_SPEED = 1, 3_600
# So that the sample's metrics have a past when the first rollout starts.
HISTORY_SECONDS = 300

WELCOME = """\
The sandbox serves {what} at {url}, {speed:g} times faster than the wall clock.
Press Ctrl-C to stop it. In another terminal, in this directory:

export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1 \\
  AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox
"""
DEPLOYED = """\
export STATE_MACHINE_ARN={outputs[StateMachineArn]}
export NOTIFICATION_TOPIC_ARN={outputs[NotificationTopicArn]}
export SIMPLE_DEPLOY_FUNCTION={outputs[SimpleDeployFunctionName]}

{commands}"""
EMPTY = """\
sam build && sam deploy
"""
# As in the README, where a test finds them.
COMMANDS = """\
aws stepfunctions start-execution --state-machine-arn "$STATE_MACHINE_ARN" --input file://events/linear.json --name first
export EXECUTION_ARN=${STATE_MACHINE_ARN/:stateMachine:/:execution:}:first
aws cloudwatch describe-alarms --query 'MetricAlarms[].[AlarmName, StateValue]'
aws lambda get-alias --function-name MyFunction --name MyAlias
aws lambda invoke --function-name MyFunction:MyAlias out.json
aws stepfunctions get-execution-history --execution-arn "$EXECUTION_ARN" --reverse-order --max-items 5 --query 'events[].[id, type]'
aws stepfunctions describe-execution --execution-arn "$EXECUTION_ARN"
curl "$AWS_ENDPOINT_URL/sandbox/messages"
"""  # noqa: E501


class Stop:
    """Whether Ctrl-C or SIGTERM has come. `make` sends SIGTERM once more: it may come twice."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def main() -> None:
    """Boot the sandbox, print how to use it, and serve until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.programs.server", description=__doc__)
    parser.add_argument("--port", default="4600", help="0 takes any free one")
    parser.add_argument("--speed", default="60", help="virtual seconds in each real one")
    parser.add_argument("--empty", action="store_true", help="leave the deploying to `sam deploy`")
    arguments = parser.parse_args()
    stop = Stop()
    port, speed = _port(arguments.port), _speed(arguments.speed)
    try:
        listening = socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        sys.exit(f"Port {port} of {HOST}: {os.strerror(error.errno or 0)}. Choose one with PORT=")
    with listening:
        serve(listening, speed, stop, empty=arguments.empty)
    gc.freeze()  # else Python looks through a million objects once more before it exits
    print("Stopped.", flush=True)


def serve(listening: socket.socket, speed: float, stop: Stop, *, empty: bool) -> None:
    """Answer on `listening` until somebody stops it; clients that came before wait."""
    from sandbox.kernel.pace import keep_pace
    from sandbox.kernel.wire.services import MOST
    from sandbox.programs.listener import Listener
    from sandbox.programs.sample import MY_FUNCTION_ERRORS, SAMPLE
    from sandbox.programs.web import application
    from sandbox.sandbox import Sandbox

    warnings.simplefilter("ignore")  # moto warns of every error that a service's model has not
    with Sandbox(start=datetime.now(UTC).isoformat(timespec="seconds")) as sandbox:
        outputs = {} if empty else sandbox.deploy().outputs
        for synthetic in SAMPLE:
            sandbox.add_traffic(synthetic)
        sandbox.client("cloudwatch").put_metric_alarm(**MY_FUNCTION_ERRORS)
        sandbox.run_for(HISTORY_SECONDS)
        host, port = listening.getsockname()
        listener = Listener(application(sandbox, port), listening, MOST)
        listener.start()
        url = f"http://{host}:{port}"
        what = "an account without lambda-canary" if empty else "lambda-canary"
        print(WELCOME.format(what=what, url=url, speed=speed))
        print(EMPTY if empty else DEPLOYED.format(outputs=outputs, commands=COMMANDS), flush=True)
        while not stop.asked:
            try:
                keep_pace(sandbox.clock, speed, until=lambda: stop.asked)
            except NotImplementedError as gap:
                # Who asked for it has been told, if anybody waits. That is no reason to end.
                print(f"The sandbox does not do this: {gap}.", file=sys.stderr, flush=True)
            except Exception:
                print("This is a fault of the sandbox, which goes on:", file=sys.stderr)
                traceback.print_exc()
        listener.stop()


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > MAX_PORT:
        sys.exit(f"PORT must be a whole number from 0 (any free one) to {MAX_PORT}, not {text!r}")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not MIN_SPEED <= speed <= MAX_SPEED:
        sys.exit(f"SPEED must be a number from {MIN_SPEED} to {MAX_SPEED}, not {text!r}")
    return speed


if __name__ == "__main__":
    main()
