"""The judge's rule: whether the canary fails more often than the baseline.

A pure rule on one-minute counts of both versions. It may be asked after every minute, for as long
as a rollout lasts, and rolls back a canary that is no worse with a probability of at most alpha.

The idea. Within one minute both versions meet the same world. If they are equal, the canary's part
of the minute's failures is a blind draw: of K failures among N calls, as many fall on the canary as
if K of the N calls were picked at random. Whatever hits both versions (an outage, a burst, a base
rate of errors) raises K and leaves the draw fair, so it cancels out.

The evidence is the wealth of a gambler who bets against that fairness, starting with 1. A bet on
"a failed call is psi times as likely to be a canary call" multiplies the stake by

    psi^y / (1 - p + p*psi)^K        y of the K failures on the canary, whose share of calls is p

which has mean 1 if y is binomial (its moment generating function), and at most 1 if the K are
drawn without replacement, because the function is convex in y (Hoeffding 1963, theorem 4). Stakes
lie on several psi and on several starting minutes; a sum of such bets is again one. Wealth that
no honest game lets grow exceeds 1/alpha at any time with a probability of at most alpha (Ville
1939). So "wealth 18,000" reads: were the versions equal, 1 rollout of 18,000 would come that far.

Betting against fairness as a sequential test: Ramdas, Grünwald, Vovk and Shafer 2023 (Statistical
Science 38). On two samples of failures: Turner, Ly and Grünwald 2024 (arXiv:2106.02693). On the
split of counts between versions, against release regressions: Lindon and Malek 2022 (NeurIPS).
docs/judge.md explains and measures it.
"""

from math import exp, floor, log, log1p
from typing import NamedTuple, TypedDict

from domain.model.verdict import Outcome, Verdict

_RATIOS = (2.0, 5.0, 20.0, 200.0)  # the psi on which stakes lie, a quarter on each
_NOTHING = -1_000.0  # ln of no wealth; finite, because JSON knows no infinity

_FEW_CALLS = 10  # expected of the canary; below, the routed weight says more than the counted share
_OWN_NOISE = 0.2  # how much one version's error rate may wander by itself: sd over mean
_MAX_DISPERSION = 20.0

# One minute multiplies the wealth by at most e^3 = 20, less than any verdict needs, unless the
# canary is so plainly broken that waiting for a second minute would only cost requests.
_MAX_GAIN = 3.0
_BROKEN_CALLS = 30
_BROKEN_RATE = 0.35


class Minute(NamedTuple):
    """What one closed minute brought. `weight` is the canary's routed part of the calls, 0 to 1.

    Counts are floats, because CloudWatch's trimmed counts are; "errors" may be any bad calls.
    """

    weight: float
    canary_calls: float
    canary_errors: float
    baseline_calls: float
    baseline_errors: float


class Case(TypedDict):
    """All that is remembered of the minutes judged so far: at most 500 bytes of JSON.

    `canary` and `baseline` are calls and errors; `wealth` is ln of the money on each psi, and
    `peak` ln of the most that all of it, with what is not staked yet, was ever worth. The last
    three learn how far the canary's part of the errors scatters about its own mean.
    """

    minutes: int
    canary: list[float]
    baseline: list[float]
    wealth: list[float]
    peak: float
    expected: float
    squares: float
    variance: float


def begin() -> Case:
    """Return the case of a rollout of which nothing is known."""
    return Case(
        minutes=0,
        canary=[0, 0],
        baseline=[0, 0],
        wealth=[_NOTHING] * len(_RATIOS),
        peak=0.0,
        expected=0.0,
        squares=0.0,
        variance=0.0,
    )


def step(case: Case, minute: Minute) -> Case:
    """Add one more minute to a case; minutes come oldest first, each once. `case` is unchanged.

    A minute at 0 or 100 % holds no comparison and leaves the case as it is.
    """
    if not 0 < minute.weight < 1:
        return case
    weight, canary_calls, canary_errors, baseline_calls, baseline_errors = _sound(minute)
    calls = canary_calls + baseline_calls
    errors = canary_errors + baseline_errors
    few = calls * weight < _FEW_CALLS
    share = weight if few else canary_calls / calls

    gains = _gains(case, share, canary_calls, canary_errors, calls, errors)
    stake = log((_unstaked(case["minutes"]) - _unstaked(case["minutes"] + 1)) / len(_RATIOS))
    wealth = [
        _short(_log_sum(held, stake) + gain)
        for held, gain in zip(case["wealth"], gains, strict=True)
    ]
    expected, squares, variance = _scatter(case, share, canary_errors, errors)
    after = Case(
        minutes=case["minutes"] + 1,
        canary=_add(case["canary"], canary_calls, canary_errors),
        baseline=_add(case["baseline"], baseline_calls, baseline_errors),
        wealth=wealth,
        peak=case["peak"],
        expected=expected,
        squares=squares,
        variance=variance,
    )
    after["peak"] = max(case["peak"], _short(evidence(after)))
    return after


def evidence(case: Case) -> float:
    """Return ln of the gambler's wealth: above 0 it speaks against the canary, below 0 for it."""
    return _log_sum(log(_unstaked(case["minutes"])), *case["wealth"])


def verdict(
    case: Case, *, alpha: float, comparisons: int = 1, min_calls: int = 1, verb: str = "failed"
) -> Verdict:
    """Say what the case comes to, in words and numbers.

    `alpha` bounds the probability of a false rollback for the whole rollout, in which `comparisons`
    cases (functions times metrics) are judged side by side; each gets an equal part of it. `verb`
    is what a bad call did. A case once lost stays lost, whatever later minutes bring.
    """
    canary_calls, canary_errors = case["canary"]
    baseline_calls, baseline_errors = case["baseline"]
    seen = (
        f"canary {canary_errors:,.0f} of {canary_calls:,.0f} calls {verb}, "
        f"baseline {baseline_errors:,.0f} of {baseline_calls:,.0f} in the same minutes"
    )
    highest = log_rarity(case["peak"], comparisons)
    if highest >= -log(alpha):
        return Verdict(Outcome.FAIL, f"{seen}; {_evidence_text(highest)}")
    if canary_calls < min_calls or not baseline_calls:
        wanted = f"{min_calls:,} canary calls beside some of the baseline are wanted"
        return Verdict(Outcome.INCONCLUSIVE, f"{seen}; {wanted}")
    return Verdict(
        Outcome.PASS, f"{seen}; {_evidence_text(log_rarity(evidence(case), comparisons))}"
    )


def log_rarity(wealth: float, comparisons: int) -> float:
    """Return ln N: such wealth (an ln too) in any of the `comparisons` comes once in N rollouts."""
    return wealth - log(comparisons)


def _sound(minute: Minute) -> Minute:
    """Keep errors between none and all calls: trimmed counts are interpolated."""
    return minute._replace(
        canary_errors=min(max(minute.canary_errors, 0), minute.canary_calls),
        baseline_errors=min(max(minute.baseline_errors, 0), minute.baseline_calls),
    )


def _unstaked(minutes: int) -> float:
    """Return the money not yet staked after so many minutes, of 1 at the start.

    Most is staked in the first minute, in which most bad releases show. The rest comes bit by bit,
    so that a late onset meets fresh money that earlier, healthy minutes did not cost anything. Like
    1/t, so that after a month there is still enough of it.
    """
    return 10 / (minutes + 49) if minutes else 1.0


def _gains(
    case: Case, share: float, canary_calls: float, canary_errors: float, calls: float, errors: float
) -> list[float]:
    """Return ln of what this minute multiplies each stake by.

    It is given by `errors`, and not by whose they are.
    """
    # When most calls fail, for whatever reason, the successes are the rarer and more telling kind:
    # a broken canary has fewer than its share of them. Chosen by the total alone, so still fair.
    outage = 2 * errors > calls >= _FEW_CALLS
    drawn = calls - errors if outage else errors
    on_canary = canary_calls - canary_errors if outage else canary_errors
    # Raising a fair bet to a power below 1 keeps its mean at or below 1 (Jensen). The power makes
    # room for scatter beyond a blind draw: as seen in past minutes, and of each version's own.
    own_noise = 2 * _OWN_NOISE**2 * drawn * share * (1 - share)
    power = 1 / (_dispersion(case) + own_noise)
    broken = canary_calls >= _BROKEN_CALLS and canary_errors >= _BROKEN_RATE * canary_calls
    gains = []
    for ratio in _RATIOS:
        psi = 1 / ratio if outage else ratio
        gain = power * (on_canary * log(psi) - drawn * log1p(share * (psi - 1)))
        gains.append(gain if broken else min(gain, _MAX_GAIN))
    return gains


def _dispersion(case: Case) -> float:
    """Divide the variance of the canary's part of the errors, as seen so far, by a blind draw's.

    Starts at 1 with the weight of two units of variance; Pearson's statistic over its expectation.
    """
    seen = (2 + case["squares"]) / (2 + case["variance"])
    return min(max(seen, 1.0), _MAX_DISPERSION)


def _scatter(
    case: Case, share: float, canary_errors: float, errors: float
) -> tuple[float, float, float]:
    """Add a minute's squared deviation from the canary's own mean share, and its variance.

    About its own mean, so that a canary that is steadily worse is not taken for a noisy one. The
    first minute with errors only sets the mean.
    """
    expected = case["expected"] + share * errors
    if case["expected"] == 0:
        return _short(expected), case["squares"], case["variance"]
    excess = (case["canary"][1] + canary_errors + 1) / (expected + 1)
    own_share = min(max(excess * share, share / 2), (1 + share) / 2)
    return (
        _short(expected),
        _short(case["squares"] + (canary_errors - own_share * errors) ** 2),
        _short(case["variance"] + errors * own_share * (1 - own_share)),
    )


def _add(counts: list[float], calls: float, errors: float) -> list[float]:
    return [_short(counts[0] + calls), _short(counts[1] + errors)]


def _log_sum(*terms: float) -> float:
    """Return ln of the sum of the numbers whose ln are given."""
    top = max(terms)
    return top + log(sum(exp(term - top) for term in terms))


def _short(value: float) -> float:
    """Round to twelve digits, which bounds the size of the state and is exact for any count."""
    return float(f"{value:.12g}")


def _evidence_text(rarity: float) -> str:
    if rarity < log(2):
        return "no evidence that the canary is worse"
    if rarity > log(10**9):
        rollouts = "more than 1,000,000,000"
    else:
        unit = 10 ** max(floor(rarity / log(10)) - 1, 0)  # two digits, rounded down
        rollouts = f"{floor(exp(rarity) / unit) * unit:,}"
    equal = "if the versions were equal, evidence this strong would come up"
    return f"{equal} in 1 rollout of {rollouts}"
