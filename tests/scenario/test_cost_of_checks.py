"""How often health checks call AWS."""

import json
from collections import Counter

from sandbox.kernel.signals import Invocation
from sandbox.programs.demo import LINEAR
from tests.bench.health import CHECKS, FUNCTIONS, LIMIT_CALLS
from tests.long import long
from tests.scenario.then import then_promoted
from tests.scenario.world import World


@long
def test_25_functions_with_5_checks_each_need_at_most_5_calls_a_health_check(
    world: World,
) -> None:
    group = [world.given_function(f"of-group-{number}") for number in range(FUNCTIONS)]
    alarm = world.given_alarm(group[0])
    checks = [*CHECKS[:-1], {"type": "alarm", "names": [alarm]}]
    checker = world.stack.physical_id("CheckHealthFunction")
    calls: list[int] = []

    def note(invocation: Invocation) -> None:
        if invocation.function == checker:
            calls.append(sum(asked(call.service, call.caller) for call in world.calls))
            world.calls.clear()

    def asked(service: str, caller: str) -> bool:
        return (service, caller) == ("cloudwatch", checker)

    world.sandbox.signals.invoked.append(note)
    rollout = world.when_released(group, checks=checks, type="canary", interval=300)
    world.sandbox.signals.invoked.remove(note)

    assert len(checks) == 5
    then_promoted(rollout, group[-1], [10, 100])
    assert len(calls) == rollout.states.count("CheckHealth")
    # At 100 % latency's ratio is asked of the window before, which is one more.
    assert 1 <= max(calls) <= LIMIT_CALLS + 1


def test_the_demos_first_rollout_reads_metrics_orders_and_the_alias_once_a_health_check(
    world: World,
) -> None:
    """Counts and judge, for ten weights with two checks each, and three in the last look."""
    checkout = world.given_function(alias="MyAlias")
    given = json.loads(LINEAR.read_text().replace("MyFunction", checkout.name))
    rollout = world.when_ended(world.when_started(given))

    then_promoted(rollout, checkout, [10 * weight for weight in range(1, 11)])
    checker = world.stack.physical_id("CheckHealthFunction")
    made = Counter(call.operation for call in world.calls if call.caller == checker)
    checks = rollout.states.count("CheckHealth")
    assert checks == 23
    assert made == {"GetMetricData": checks, "GetParameters": checks, "GetAlias": checks}
