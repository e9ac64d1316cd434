"""Parameters, by which operators steer rollouts."""

import pytest

from sandbox.sandbox import Sandbox


@pytest.mark.proves("S47")
def test_a_parameter_says_when_it_was_written_last_in_the_sandboxs_time(sandbox: Sandbox) -> None:
    ssm = sandbox.client("ssm")
    for value in ("pause", "pause"):
        sandbox.run_for(3_600)
        ssm.put_parameter(Name="/orders/f/live", Value=value, Type="String", Overwrite=True)
        written = ssm.get_parameter(Name="/orders/f/live")["Parameter"]["LastModifiedDate"]
        assert 0 <= sandbox.clock.now - written.timestamp() < 0.05
