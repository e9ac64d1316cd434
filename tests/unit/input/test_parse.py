import pytest

from domain.checks.registry import DEFAULT
from domain.input.parse import parse
from domain.model.errors import InvalidInput
from tests.unit.builders import HOME, group, parsed, rollout


def refusal(raw: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        parsed(raw)
    return str(caught.value)


def test_the_blogs_example_runs_unchanged() -> None:
    request = parsed(
        {
            "function-name": "MyFunction",
            "alias-name": "MyAlias",
            "new-version": "2",
            "steps": 10,
            "interval": 120,
            "type": "linear",
        }
    )
    (target,) = request.targets
    assert (target.function, target.alias, target.version) == ("MyFunction", "MyAlias", "2")
    assert request.settings["schedule"]["steps"] == 10
    assert request.settings["schedule"]["interval"] == 120


def test_what_is_left_out_has_the_contracts_default() -> None:
    request = parsed({"function-name": "checkout", "alias-name": "live"})
    settings = request.settings
    assert request.targets[0].version is None
    assert settings["schedule"]["shape"] == "linear"
    assert settings["schedule"]["steps"] == 10
    assert settings["schedule"]["interval"] == 240
    assert settings["check_interval"] == 60
    assert settings["min_invocations"] == 20
    assert settings["max_hold"] == 600
    assert settings["on_insufficient_data"] == "promote"
    assert settings["notify"] == "outcome"
    assert settings["checks"] == [{**DEFAULT, "when": "during", "alpha": 0.01}]
    assert settings["approvals"] == []
    assert settings["approval_timeout"] == 86_400
    assert settings["orders"] == "/lambda-canary"
    assert not request.ignore_firing_alarms
    assert not request.dry_run


def test_first_weight_is_10_for_canary_and_1_for_geometric() -> None:
    assert parsed(rollout(type="canary")).settings["schedule"]["first_weight"] == 10
    assert parsed(rollout(type="geometric")).settings["schedule"]["first_weight"] == 1


def test_a_group_keeps_its_order_and_settings() -> None:
    request = parsed(group("cart", "checkout", steps=2))
    assert [one.function for one in request.targets] == ["cart", "checkout"]
    assert request.settings["schedule"]["steps"] == 2


@pytest.mark.parametrize("raw", [None, True, 5, "checkout", [], [{}]])
def test_an_input_that_is_no_object_is_refused(raw: object) -> None:
    assert refusal(raw).startswith("the input is ")


def test_each_missing_key_is_named() -> None:
    assert refusal({}) == (
        "2 problems in the input: "
        "function-name: missing; allowed: a function's name or unqualified ARN; "
        "alias-name: missing; allowed: an alias's name, not $LATEST"
    )


def test_all_problems_are_named_at_once() -> None:
    raw = group("cart", "checkout", "stock")
    raw["functions"][0]["function-name"] = 5
    raw["functions"][1]["new-version"] = "$LATEST"
    del raw["functions"][2]["alias-name"]
    raw |= {"step": 5, "interval": -1, "type": "liner", "notify": "all the time"}
    raw |= {"checks": [5, {"type": "errors", "max-percent": 101}], "hooks": {"traffic": "f"}}
    text = refusal(raw)
    assert text.startswith("10 problems in the input: ")
    for part in (
        "functions[0].function-name: 5 was given",
        'functions[1].new-version: "$LATEST" cannot be released',
        "functions[2].alias-name: missing",
        "step: unknown key; did you mean steps?",
        "interval: -1 was given; allowed: whole seconds from 1 to a year",
        'type: "liner" was given; did you mean linear?',
        'notify: "all the time" was given; allowed: failures, outcome, all or none',
        "checks[0]: 5 was given",
        "checks[1].max-percent: 101 was given; allowed: a number from 0 to 100",
        "hooks.traffic: unknown key; did you mean pre-traffic?",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("steps", True, "a whole number from 1 to 10,000"),
        ("steps", "10", "a whole number from 1 to 10,000"),
        ("steps", 10.0, "a whole number from 1 to 10,000"),
        ("steps", float("nan"), "a whole number from 1 to 10,000"),
        ("steps", 0, "a whole number from 1 to 10,000"),
        ("steps", 10_001, "a whole number from 1 to 10,000"),
        ("steps", 10**400, "a whole number from 1 to 10,000"),
        ("steps", None, "a whole number from 1 to 10,000"),
        ("interval", False, "whole seconds from 1 to a year"),
        ("interval", 0, "whole seconds from 1 to a year"),
        ("interval", 31_536_001, "whole seconds from 1 to a year"),
        ("interval", [60, "60"], "whole seconds from 1 to a year"),
        ("interval", [], "whole seconds from 1 to a year"),
        ("interval", None, "whole seconds from 1 to a year"),
        ("check-interval", -60, "whole seconds from 1 to a year"),
        ("health-check", 1, "true or false"),
        ("dry-run", "true", "true or false"),
        ("min-invocations", -1, "a whole number from 0 to 1,000,000,000"),
        ("max-hold", "600", "whole seconds from 0 to a year"),
        ("on-insufficient-data", "PROMOTE", "promote or roll-back"),
        ("notify", ["all"], "failures, outcome, all or none"),
        ("alarms-already-firing", True, "refuse or ignore"),
        ("alarms", "checkout-errors", "1 to 100 alarm names or ARNs"),
        ("alarms", [], "1 to 100 alarm names or ARNs"),
        ("functions", None, "1 to 25 objects"),
        ("functions", [], "1 to 25 objects"),
        ("functions", {"function-name": "checkout"}, "1 to 25 objects"),
        ("code-sha256", "abc", "the base64 SHA-256"),
        ("type", 5, "linear, exponential"),
    ],
)
def test_a_wrong_type_or_bound_names_key_and_what_is_allowed(
    key: str, value: object, allowed: str
) -> None:
    assert f"{key}" in (text := refusal(rollout() | {key: value}))
    assert f"allowed: {allowed}" in text


@pytest.mark.parametrize("weight", [True, "10", 0, -5, 100.5, 0.001, 33.333, 1e-10, float("inf")])
def test_a_weight_is_a_percent_with_two_decimals(weight: object) -> None:
    assert "weights[0]: " in refusal(rollout(type="custom", weights=[weight, 100]))
    assert "first-weight: " in refusal(rollout(type="canary", first_weight=weight))


def test_custom_weights_must_rise_to_100() -> None:
    assert "weights: missing with type custom" in refusal(rollout(type="custom"))
    assert "weights: weight 2 is 50 after 50" in refusal(
        rollout(type="custom", weights=[50, 50, 100])
    )
    assert "weights: the last weight is 60; it must be 100" in refusal(
        rollout(type="custom", weights=[50, 60])
    )


def test_keys_of_another_type_of_schedule_are_refused() -> None:
    assert "weights: does not go with type linear, only custom" in refusal(
        rollout(weights=[100], type="linear")
    )


def test_weights_alone_mean_custom() -> None:
    assert parsed(rollout(weights=[5, 100])) == parsed(rollout(type="custom", weights=[5, 100]))
    assert "steps: does not go with type custom" in refusal(rollout(weights=[5, 100], steps=2))


def test_what_awss_own_tools_add_is_ignored() -> None:
    added = {
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:x",
        "$schema": "input.schema.json",
        "Comment": "Insert your JSON here",
    }
    assert parsed(rollout() | added) == parsed(rollout())
    assert "comment: unknown key" in refusal(rollout() | {"comment": "of nobody's"})
    assert "steps: does not go with type canary" in refusal(rollout(type="canary", steps=5))
    assert "first-weight: does not go with type linear" in refusal(rollout(first_weight=5))
    assert "interval: does not go with AllAtOnce, which says it all" in refusal(
        rollout(type="AllAtOnce", interval=60)
    )


def test_functions_and_the_keys_of_one_function_exclude_each_other() -> None:
    text = refusal(group("cart") | {"alias-name": "live", "new-version": 5})
    assert "alias-name: goes inside functions, which is given too" in text
    assert "new-version: goes inside functions, which is given too" in text


def test_a_group_has_at_most_25_functions() -> None:
    names = [f"function-{number}" for number in range(26)]
    assert len(parsed(group(*names[:25])).targets) == 25
    assert refusal(group(*names)) == (
        "1 problem in the input: functions: 26 were given; allowed: 1 to 25 objects with "
        "function-name and alias-name"
    )


def test_the_same_alias_twice_is_refused_also_where_one_is_an_arn() -> None:
    raw = group("cart", "arn:aws:lambda:us-east-1:123456789012:function:cart")
    assert refusal(raw) == (
        "1 problem in the input: functions[1]: live of cart is there twice; "
        "allowed: each alias once"
    )


def test_a_hash_goes_with_publishing_only() -> None:
    sha256 = "5" * 44
    assert "code-sha256: goes with publishing" in refusal(rollout(code_sha256=sha256))
    raw = {"function-name": "checkout", "alias-name": "live", "code-sha256": sha256}
    assert parsed(raw).targets[0].sha256 == sha256


@pytest.mark.parametrize("alias", ["$LATEST", "7", "live alias", "a" * 129, "live\n", "live:1"])
def test_an_alias_name_is_lambdas(alias: str) -> None:
    assert "alias-name: " in refusal(rollout(alias_name=alias))


def test_approvals_are_weights_of_the_schedule() -> None:
    settings = parsed(rollout(type="custom", weights=[5, 33.33, 100], approvals=[33.33])).settings
    assert settings["approvals"] == [33.33]
    assert "approvals: 50, 7 is not a weight of the schedule" in refusal(
        rollout(approvals=[50, 7, 10], steps=5, type="geometric", first_weight=10)
    )


@pytest.mark.parametrize("approvals", [[], [0], [101], ["50"], [33.333], [True], 50, [None]])
def test_what_is_no_list_of_weights_is_no_approvals(approvals: object) -> None:
    assert "approvals" in refusal(rollout(approvals=approvals))


@pytest.mark.parametrize("timeout", [0, -1, 31_536_001, "3600", 1.5])
def test_an_approvals_timeout_is_seconds(timeout: object) -> None:
    text = refusal(rollout(approvals=[10], approval_timeout=timeout))
    assert "approval-timeout: " in text


@pytest.mark.proves("A37")
def test_the_orders_parameter_has_the_stacks_prefix() -> None:
    request = parse(rollout(), HOME, "/teams/blue")
    assert request.settings["orders"] == "/teams/blue"


def test_a_hook_is_a_name_an_arn_or_an_object() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:CodeDeployHook_a"
    given = {"pre-traffic": arn, "post-traffic": {"function": "b", "mode": "return"}}
    assert parsed(rollout(hooks=given)).settings["hooks"] == {
        "pre-traffic": {"function": "CodeDeployHook_a", "mode": "callback", "timeout": 3_600},
        "post-traffic": {"function": "b", "mode": "return", "timeout": 300},
    }
    slow = {"function": "b", "timeout": 86_400}
    assert parsed(rollout(hooks={"pre-traffic": slow})).settings["hooks"]["pre-traffic"] == {
        "function": "b", "mode": "callback", "timeout": 86_400,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hooks", "path"),
    [
        ([], "hooks: [] was given"),
        ({"pre": "f"}, "hooks.pre: unknown key"),
        ({"pre-traffic": None}, "hooks.pre-traffic: null was given"),
        ({"pre-traffic": ["f"]}, 'hooks.pre-traffic: ["f"] was given'),
        ({"pre-traffic": "f:live"}, 'hooks.pre-traffic: "f:live" is not a function'),
        ({"pre-traffic": {"function": 5}}, "hooks.pre-traffic.function: 5 was given"),
        ({"pre-traffic": {"function": "f", "timeout": True}}, "hooks.pre-traffic.timeout: true"),
        ({"pre-traffic": {"function": "f", "mode": "Return"}}, "hooks.pre-traffic.mode: "),
    ],
)
def test_a_bad_hook_is_refused_by_the_path_of_its_key(hooks: object, path: str) -> None:
    assert path in refusal(rollout(hooks=hooks))
