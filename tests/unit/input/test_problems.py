from domain.input.problems import key, not_among, unknown


def test_a_path_reads_like_the_input() -> None:
    assert key(("functions", 1, "alias-name")) == "functions[1].alias-name"


def test_an_unknown_key_is_told_what_was_probably_meant() -> None:
    known = ["steps", "interval", "alias-name"]
    assert unknown(("intervall",), known) == "intervall: unknown key; did you mean interval?"
    assert unknown(("Alias_Name",), known) == "Alias_Name: unknown key; did you mean alias-name?"
    assert unknown(("x",), known) == "x: unknown key; allowed: alias-name, interval, steps"


def test_a_wrong_name_is_told_what_was_probably_meant() -> None:
    known = ["canary", "linear"]
    assert not_among(("type",), "linaer", known) == (
        'type: "linaer" was given; did you mean linear?'
    )
    assert not_among(("type",), 7, known, "or a CodeDeploy name") == (
        "type: 7 was given; allowed: canary, linear, or a CodeDeploy name"
    )


def test_a_long_key_is_cut() -> None:
    assert key(("x" * 1_000, 0)) == "x" * 60 + "...[0]"


def test_lone_surrogates_in_a_key_are_escaped() -> None:
    assert key(("\udfff",)) == "\\udfff"
