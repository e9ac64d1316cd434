"""Parameters, by which operators steer rollouts."""

import pytest
from botocore.exceptions import ClientError

from sandbox.sandbox import Sandbox


@pytest.mark.proves("S47")
def test_a_parameter_says_when_it_was_written_last_in_the_sandboxs_time(sandbox: Sandbox) -> None:
    ssm = sandbox.client("ssm")
    for value in ("pause", "pause"):
        sandbox.run_for(3_600)
        ssm.put_parameter(Name="/orders/f/live", Value=value, Type="String", Overwrite=True)
        written = ssm.get_parameter(Name="/orders/f/live")["Parameter"]["LastModifiedDate"]
        assert 0 <= sandbox.clock.now - written.timestamp() < 0.05


def test_a_history_has_every_version_oldest_first_with_its_own_time(sandbox: Sandbox) -> None:
    """As AWS's reference says: up to 50 a page, and the last hundred in all."""
    ssm, began = sandbox.client("ssm"), sandbox.clock.now
    for number in range(1, 104):
        sandbox.run_for(60)
        ssm.put_parameter(Name="/orders/f/live", Value=f"{number}", Type="String", Overwrite=True)
    pages = list(ssm.get_paginator("get_parameter_history").paginate(Name="/orders/f/live"))
    held = [one for page in pages for one in page["Parameters"]]
    assert [len(page["Parameters"]) for page in pages] == [50, 50]
    assert [(one["Version"], one["Value"]) for one in held] == [
        (number, f"{number}") for number in range(4, 104)
    ]
    for one in held:
        assert 0 <= one["LastModifiedDate"].timestamp() - began - 60 * one["Version"] < 1


def test_ten_parameters_can_be_read_at_once_and_those_missing_are_named(sandbox: Sandbox) -> None:
    ssm, names = sandbox.client("ssm"), [f"/orders/f/{number}" for number in range(11)]
    ssm.put_parameter(Name=names[3], Value="pause", Type="String")
    found = ssm.get_parameters(Names=names[:10])
    assert [(one["Name"], one["Version"]) for one in found["Parameters"]] == [(names[3], 1)]
    assert sorted(found["InvalidParameters"]) == sorted([*names[:3], *names[4:10]])
    with pytest.raises(ClientError, match="less than or equal to 10"):
        ssm.get_parameters(Names=names)


def test_a_parameter_that_is_deleted_and_made_again_counts_anew(sandbox: Sandbox) -> None:
    ssm = sandbox.client("ssm")
    for _ in range(2):
        ssm.put_parameter(Name="/orders/f/live", Value="pause", Type="String", Overwrite=True)
    ssm.delete_parameter(Name="/orders/f/live")
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter_history(Name="/orders/f/live")
    ssm.put_parameter(Name="/orders/f/live", Value="resume", Type="String")
    [only] = ssm.get_parameter_history(Name="/orders/f/live")["Parameters"]
    assert (only["Version"], only["Value"]) == (1, "resume")
