"""The law of distributions: what a file states is what is drawn, and what no law has is refused."""

import math
import subprocess
import sys
from itertools import pairwise
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import integrate, stats

from bcdr_sim import loading
from bcdr_sim.draws import Draws, entity_key, member_keys
from bcdr_sim.errors import InputError
from bcdr_sim.scenario.distributions import FAMILIES, Distribution
from bcdr_sim.scenario.laws import QUANTILE_TOLERANCE_MS, to_ms
from bcdr_sim.scenario.model import Model
from bcdr_sim.units import DURATION_MS_MAX, parse_duration

MINUTE = 60_000.0
HOUR = 60 * MINUTE

EXAMPLES: dict[str, Any] = {
    "fixed": "8m",
    "exponential": {"exponential": {"mean": "4h"}},
    "uniform": {"uniform": {"low": "1m", "high": "10m"}},
    "triangular": {"triangular": {"low": "30m", "mode": "60m", "high": "90m"}},
    "triangular, peak at low": {"triangular": {"low": "30m", "mode": "30m", "high": "90m"}},
    "triangular, peak at high": {"triangular": {"low": "0s", "mode": "90m", "high": "90m"}},
    "lognormal": {"lognormal": {"median": "8m", "p90": "42m"}},
    "weibull, long tail": {"weibull": {"shape": 0.7, "scale": "30h"}},
    "weibull, bunched": {"weibull": {"shape": 1.7, "mean": "9h"}},
    "gamma": {"gamma": {"shape": 2, "mean": "4h"}},
    "gamma, long tail": {"gamma": {"mean": "4h", "standard_deviation": "9h"}},
    "empirical": {"empirical": ["20m", "8m", "8m", "3h"]},
    "empirical, weighed": {"empirical": {"values": ["20m", "8m", "3h"], "weights": [1, 2.5, 0.5]}},
    "trace": {"trace": ["20m", "8m", "3h"]},
    "mixture": {
        "mixture": [
            {"share": 0.9, "of": {"uniform": {"low": "1m", "high": "10m"}}},
            {"share": 0.1, "of": {"uniform": {"low": "10m", "high": "60m"}}},
        ]
    },
    "mixture with a gap and an atom": {
        "mixture": [
            {"share": 0.5, "of": "2m"},
            {"share": 0.3, "of": {"exponential": {"mean": "10m"}, "plus": "30m", "max": "1h"}},
            {"share": 0.2, "of": {"empirical": ["1m", "2m", "5h"]}},
        ]
    },
    "shifted and capped": {"exponential": {"mean": "20m"}, "plus": "5m", "max": "60m"},
    "lognormal, capped": {"lognormal": {"median": "8m", "p90": "42m"}, "max": "30m"},
    "weibull, capped": {"weibull": {"shape": 0.6, "scale": "3h"}, "max": "2h"},
    "gamma, capped": {"gamma": {"shape": 2, "mean": "4h"}, "plus": "1h", "max": "3h"},
    "triangular, capped on the rise": {
        "triangular": {"low": "30m", "mode": "60m", "high": "90m"},
        "max": "50m",
    },
    "triangular, capped on the fall": {
        "triangular": {"low": "30m", "mode": "60m", "high": "90m"},
        "max": "80m",
    },
    "uniform, capped": {"uniform": {"low": "1m", "high": "10m"}, "max": "4m"},
    "uniform, capped below low": {"uniform": {"low": "2m", "high": "10m"}, "max": "1m"},
    "recorded": {"recorded": {"values": {"crm": ["8m", None]}, "otherwise": {"exponential": {"mean": "1h"}}}},
}
UNIFORMS = st.floats(0, 1, exclude_max=True)
MANY = Draws(1, 0).uniforms("test", member_keys(entity_key("distributions"), 20_000))


def read(data: Any) -> Distribution:
    return Distribution.model_validate(data)


def complaints(data: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        read(data)
    return [error["msg"].removeprefix("Value error, ") for error in caught.value.errors()]


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Distribution:
    return read(EXAMPLES[request.param])


# ---- what is drawn


def test_draws_have_the_stated_law(example: Distribution) -> None:
    """A Kolmogorov-Smirnov test at the draws of a fixed seed; atoms only make it milder."""
    drawn = np.sort(example.quantiles(MANY))
    at, below = (np.searchsorted(drawn, drawn, side=side) / len(drawn) for side in ("right", "left"))
    law = np.array([example.law.cdf(x + QUANTILE_TOLERANCE_MS) for x in drawn])
    before = np.array([example.law.cdf(x - QUANTILE_TOLERANCE_MS) for x in drawn])
    distance = max(np.max(np.abs(at - law)), np.max(np.abs(below - before)))
    assert distance < stats.kstwo(len(drawn)).isf(1e-4) + 1e-6


def test_means_are_exact(example: Distribution) -> None:
    """The mean is the integral of 1 - cdf, which knows nothing of the formula for the mean."""
    edges = sorted({*(example.quantile(u) for u in np.linspace(0, 0.9999, 80)), 0.0})
    pieces = [
        integrate.quad(lambda x: 1 - example.law.cdf(x), low, high, epsabs=1e-3, limit=200)[0]
        for low, high in pairwise(edges)
    ]
    tail = integrate.quad(lambda u: example.quantile(u) - edges[-1], 0.9999, 1 - 1e-13, limit=400)[0]
    assert example.mean_ms() == pytest.approx(math.fsum(pieces) + tail, rel=2e-5)


def test_a_sample_has_the_exact_mean(example: Distribution) -> None:
    """The mean of many draws lies within 4.5 standard errors of the exact one."""
    drawn = example.quantiles(MANY)
    error = drawn.std(ddof=1) / math.sqrt(len(drawn))
    assert abs(drawn.mean() - example.mean_ms()) <= 4.5 * error + 1e-6


def test_one_at_a_time_equals_all_at_once(example: Distribution) -> None:
    """Scalar and vector draws are the same millisecond."""
    u = np.concatenate([MANY[:2000], [0.0, 2.0**-53, 0.5, 1 - 2.0**-53]])
    assert example.values_ms(u, names=[""] * len(u)).tolist() == [example.value_ms(one) for one in u.tolist()]
    assert example.quantiles(u) == pytest.approx([example.quantile(one) for one in u.tolist()], rel=1e-12)


def test_chunks_move_no_draw(example: Distribution) -> None:
    """Any piece of the array gives the same bits as the whole."""
    whole = example.quantiles(MANY[:1000])
    pieces = np.split(MANY[:1000], [1, 8, 9, 500, 999])
    assert np.concatenate([example.quantiles(piece) for piece in pieces]).tolist() == whole.tolist()


@settings(deadline=None, max_examples=60)
@given(name=st.sampled_from(sorted(EXAMPLES)), u=UNIFORMS, v=UNIFORMS)
def test_a_larger_uniform_never_gives_a_shorter_duration(name: str, u: float, v: float) -> None:
    """Inversion is monotone and within 0 and 100 years, whatever the family, mixtures included."""
    shorter, longer = sorted((u, v))
    distribution = read(EXAMPLES[name])
    assert 0 <= distribution.value_ms(shorter) <= distribution.value_ms(longer) <= DURATION_MS_MAX


@settings(deadline=None, max_examples=60)
@given(name=st.sampled_from(sorted(EXAMPLES)), u=UNIFORMS)
def test_a_quantile_is_the_least_duration_reaching_its_probability(name: str, u: float) -> None:
    """cdf(quantile(u)) >= u, and just below the quantile it is less, up to the last places of a float."""
    law = read(EXAMPLES[name]).law
    x = law.quantile(u)
    slack = 1e-9 * max(x, 1.0)
    assert law.cdf(x + slack) >= u - 1e-12
    assert law.cdf(x - slack - 2 * QUANTILE_TOLERANCE_MS) <= u + 1e-12


# ---- what the statistics mean


BY_STATISTICS: list[tuple[str, dict[str, Any]]] = [
    ("exponential", {"mean": "4h"}),
    ("exponential", {"median": "4h"}),
    ("exponential", {"p90": "4h"}),
    ("lognormal", {"median": "8m", "p90": "42m"}),
    ("lognormal", {"p50": "8m", "mean": "20m"}),
    ("lognormal", {"p75": "8m", "p99": "42m"}),
    ("lognormal", {"mean": "20m", "p90": "42m"}),
    ("lognormal", {"mean": "20m", "p90": "21m"}),
    ("lognormal", {"mean": "20m", "p95": "12m"}),
    ("weibull", {"shape": 0.7, "mean": "4h"}),
    ("weibull", {"shape": 0.7, "median": "4h"}),
    ("weibull", {"shape": 2, "p80": "4h"}),
    ("weibull", {"median": "1h", "p95": "9h"}),
    ("gamma", {"shape": 0.4, "mean": "4h"}),
    ("gamma", {"mean": "4h", "standard_deviation": "3h"}),
]


@pytest.mark.parametrize(("family", "statistics"), BY_STATISTICS)
def test_a_distribution_has_the_statistics_it_is_given_by(family: str, statistics: dict[str, Any]) -> None:
    """Reading a statistic back from the law gives what the file said."""
    distribution = read({family: statistics})
    levels = {"median": 0.5, **{f"p{level}": level / 100 for level in range(1, 100)}}
    for name, text in statistics.items():
        if name == "mean":
            assert distribution.mean_ms() == pytest.approx(parse_duration(text), rel=1e-12)
        elif name in levels:
            assert distribution.quantile(levels[name]) == pytest.approx(parse_duration(text), rel=1e-12)


@pytest.mark.parametrize(
    ("data", "theirs"),
    [
        ({"exponential": {"median": "4h"}}, stats.expon(scale=4 * HOUR / math.log(2))),
        ({"uniform": {"low": "1h", "high": "4h"}}, stats.uniform(HOUR, 3 * HOUR)),
        ({"triangular": {"low": "1h", "mode": "2h", "high": "5h"}}, stats.triang(0.25, HOUR, 4 * HOUR)),
        ({"lognormal": {"median": "1h", "sigma": 1.2}}, stats.lognorm(1.2, scale=HOUR)),
        ({"lognormal": {"mean": "1h", "sigma": 1.2}}, stats.lognorm(1.2, scale=HOUR * math.exp(-0.72))),
        ({"weibull": {"shape": 0.7, "scale": "30h"}}, stats.weibull_min(0.7, scale=30 * HOUR)),
        ({"gamma": {"mean": "4h", "standard_deviation": "2h"}}, stats.gamma(4, scale=HOUR)),
    ],
)
def test_laws_are_those_of_an_independent_library(data: Any, theirs: Any) -> None:
    """Quantiles, probabilities and means agree with scipy.stats."""
    law = read(data).law
    for u in (0.001, 0.1, 0.5, 0.9, 0.999):
        assert law.quantile(u) == pytest.approx(theirs.ppf(u), rel=1e-9)
        assert law.cdf(theirs.ppf(u)) == pytest.approx(u, rel=1e-9)
    assert law.mean_capped() == pytest.approx(theirs.mean(), rel=1e-12)
    capped = theirs.expect(lambda x: x, ub=2 * HOUR) + 2 * HOUR * theirs.sf(2 * HOUR)
    assert law.mean_capped(2 * HOUR) == pytest.approx(capped, rel=1e-6)


def test_a_lognormal_median_is_never_its_mean() -> None:
    """Median 8m and p90 42m have a mean of 18m29s; taking the median for it would halve every outage."""
    distribution = read({"lognormal": {"median": "8m", "p90": "42m"}})
    sigma = math.log(42 / 8) / stats.norm.ppf(0.9)
    assert distribution.quantile(0.5) == pytest.approx(8 * MINUTE)
    assert distribution.mean_ms() == pytest.approx(8 * MINUTE * math.exp(sigma**2 / 2))


def test_of_two_lognormals_that_fit_the_less_spread_is_meant() -> None:
    """Mean 20m and p90 42m fit sigma 1.07 and 1.49."""
    law: Any = read({"lognormal": {"mean": "20m", "p90": "42m"}}).law
    assert law.sigma < stats.norm.ppf(0.9)


def test_an_empirical_law_gives_its_values_in_their_proportions() -> None:
    """Inversion of the step function: each value takes its share of the uniform numbers."""
    distribution = read({"empirical": {"values": ["20m", "8m", "8m"], "weights": [1, 2, 1]}})
    assert [distribution.value_ms(u) / MINUTE for u in (0.0, 0.74, 0.76, 0.999)] == [8, 8, 20, 20]
    plain = read({"empirical": ["3m", "1m", "2m"]})
    assert [plain.value_ms(u) / MINUTE for u in (0.1, 0.4, 0.9)] == [1, 2, 3]


def test_plus_comes_before_max() -> None:
    """The first response of support: five minutes and then an exponential, an hour at most."""
    distribution = read({"exponential": {"mean": "20m"}, "plus": "5m", "max": "60m"})
    assert distribution.value_ms(0.0) == 5 * MINUTE
    assert distribution.value_ms(0.999999) == 60 * MINUTE
    assert distribution.mean_ms() == pytest.approx(5 * MINUTE + 20 * MINUTE * -math.expm1(-55 / 20))


# ---- numbers already known


def test_a_trace_goes_in_order_and_repeats_its_last_value() -> None:
    """The ordinal chooses, the uniform number does not, and nothing starts again from the front."""
    trace = read({"trace": ["3m", "1m", "2m"], "plus": "1m", "max": "3m"})
    assert [trace.value_ms(0.7, ordinal=ordinal) / MINUTE for ordinal in range(5)] == [3, 2, 3, 3, 3]
    assert trace.values_ms(MANY[:2], ordinal=1).tolist() == [2 * MINUTE] * 2


def test_recorded_numbers_are_exact_and_everything_else_is_drawn() -> None:
    """A known name and ordinal give the number; a gap, a later ordinal and another name are drawn."""
    recorded = read(EXAMPLES["recorded"])
    otherwise = read({"exponential": {"mean": "1h"}})
    assert recorded.value_ms(0.3, name="crm", ordinal=0) == 8 * MINUTE
    for name, ordinal in [("crm", 1), ("crm", 2), ("erp", 0)]:
        assert recorded.value_ms(0.3, name=name, ordinal=ordinal) == otherwise.value_ms(0.3)
    drawn = recorded.values_ms(np.array([0.3, 0.3]), names=["erp", "crm"])
    assert drawn.tolist() == [otherwise.value_ms(0.3), 8 * MINUTE]


def test_only_a_fixed_duration_needs_no_draw() -> None:
    """`fixed_ms` tells who can do without a random number, `plus` and `max` included."""
    assert [name for name, data in EXAMPLES.items() if read(data).fixed_ms is not None] == ["fixed"]
    assert read({"fixed": "8m", "plus": "1m"}).fixed_ms == 9 * MINUTE
    assert read({"fixed": "8m", "plus": "1m", "max": "5m"}).fixed_ms == 5 * MINUTE


@pytest.mark.parametrize(
    ("duration", "rounded"),
    [
        (0.49, 0),
        (0.5, 1),
        (1.5, 2),
        (2.5, 3),
        (-3.0, 0),
        (1e300, DURATION_MS_MAX),
        (math.inf, DURATION_MS_MAX),
    ],
)
def test_rounding_is_to_the_nearest_millisecond(duration: float, rounded: int) -> None:
    """Halves go up, and a draw is never negative nor longer than 100 years."""
    assert to_ms(duration) == rounded


# ---- the file


def test_plain_data_reads_back_equal(example: Distribution) -> None:
    """Writing and reading changes nothing, nor does another round."""
    again = read(example.to_plain())
    assert again == example
    assert again.to_plain() == example.to_plain()


def test_a_plain_duration_is_fixed_and_is_written_plainly() -> None:
    """`8m` and `{fixed: 8m}` are one distribution."""
    assert read("8m") == read({"fixed": "8m"})
    assert read({"fixed": "8m"}).to_plain() == "8m"
    assert read({"fixed": "8m", "plus": "1m"}).to_plain() == {"fixed": "8m", "plus": "1m"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_editors_accept_what_the_reader_accepts(name: str) -> None:
    """Every example is valid under the published JSON schema."""
    jsonschema.validate(EXAMPLES[name], Distribution.model_json_schema())


@pytest.mark.parametrize("data", [{}, 8, "8", {"fixed": "8m", "trace": ["8m"]}, {"normal": {"mean": "8m"}}])
def test_editors_refuse_what_the_reader_refuses(data: Any) -> None:
    """The schema knows that exactly one family is meant and that a duration has a unit."""
    assert complaints(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, Distribution.model_json_schema())


def test_every_key_explains_itself_to_editors() -> None:
    """Each property of each model in the schema has a description."""
    schema = Distribution.model_json_schema()
    undescribed = [
        (part.get("title"), name)
        for part in schema["$defs"].values()
        for name, field in part.get("properties", {}).items()
        if "description" not in field
    ]
    assert undescribed == []


EMPTY = "List should have at least 1 item after validation, not 0"
NO_DURATION = "not a duration: '9x'; write it like 90s, 15m, 4h, 1d12h or PT15M"
ALL_FAMILIES = ", ".join(FAMILIES)
QUANTILES = "p50, p75, p80, p90, p95, p99"
WEIBULL = f"shape and one of scale, mean, median, {QUANTILES}; or two quantiles"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, f"a distribution has exactly one of {ALL_FAMILIES}; this one has none"),
        (
            {"trace": ["8m"], "fixed": "8m"},
            f"a distribution has exactly one of {ALL_FAMILIES}; this one has 'fixed' and 'trace'",
        ),
        (90, "a duration needs a unit: write 90s, 90m or 90h"),
        (
            ["8m"],
            "a distribution is a duration like 8m, or a map like {lognormal: {median: 8m, p90: 42m}}",
        ),
        ({"lognormal": {"median": "42m", "p90": "8m"}}, "p90 (8m) must be longer than median (42m)"),
        ({"lognormal": {"median": "42m", "p90": "42m"}}, "p90 (42m) must be longer than median (42m)"),
        ({"lognormal": {"median": "42m", "mean": "8m"}}, "mean (8m) must be longer than median (42m)"),
        (
            {"lognormal": {"mean": "8m", "p90": "42m"}},
            "no lognormal has mean 8m and p90 42m: its p90 is at most 2.273 times its mean",
        ),
        (
            {"lognormal": {"median": "8m"}},
            f"a lognormal has exactly two of median, mean, {QUANTILES}, sigma; this one has 'median'",
        ),
        (
            {"lognormal": {"median": "8m", "p50": "9m"}},
            "'median' and 'p50' are the same statistic; give one of them",
        ),
        (
            {"lognormal": {"p75": "1ms", "p80": "36500d"}},
            "a lognormal of sigma 172 is too wide; sigma is at most 20",
        ),
        (
            {"exponential": {"median": "8m", "mean": "9m"}},
            f"an exponential has exactly one of mean, median, {QUANTILES}; this one has 'mean' and 'median'",
        ),
        (
            {"weibull": {"mean": "8m", "p90": "9m"}},
            f"a weibull has {WEIBULL}; this one has 'mean' and 'p90'",
        ),
        ({"weibull": {"shape": 0.01, "scale": "1h"}}, "the shape of a weibull is 0.05 to 1e+06, not 0.01"),
        (
            {"gamma": {"mean": "8m"}},
            "a gamma has mean and one of shape, standard_deviation; this one has 'mean'",
        ),
        ({"uniform": {"low": "2m", "high": "2m"}}, "high (2m) must be longer than low (2m)"),
        (
            {"triangular": {"low": "2m", "mode": "1m", "high": "3m"}},
            "mode (1m) must not be shorter than low (2m)",
        ),
        (
            {"triangular": {"low": "2m", "mode": "4m", "high": "3m"}},
            "high (3m) must not be shorter than mode (4m)",
        ),
        ({"trace": []}, EMPTY),
        ({"trace": ["1x"]}, "not a duration: '1x'; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        (
            {"empirical": {"values": ["1m"], "weights": [1, 2]}},
            "one weight for each value: 1 values, 2 weights",
        ),
        ({"fixed": "1m", "plus": "5m", "max": "4m"}, "max (4m) must not be shorter than plus (5m)"),
        (
            {"mixture": [{"share": 0.5, "of": "1m"}, {"share": 0.4, "of": "2m"}]},
            "the shares of a mixture add up to 1; these add up to 0.9",
        ),
        ({"mixture": []}, "the shares of a mixture add up to 1; these add up to 0"),
        (
            {"mixture": [{"share": 1, "of": {"trace": ["1m"]}}]},
            "a part of a mixture is drawn by chance; 'trace' goes by the ordinal of the draw",
        ),
        (
            {"recorded": {"values": {}, "otherwise": "1m"}, "plus": "1m"},
            "recorded numbers are final: write 'plus' inside 'otherwise'",
        ),
    ],
)
def test_what_no_law_has_is_refused_with_its_reason(data: Any, complaint: str) -> None:
    """One complaint, naming the statistics and what was allowed."""
    assert complaints(data) == [complaint]


class Holder(Model):
    """The smallest file with a distribution in it."""

    lasts: Distribution


@pytest.mark.parametrize(
    ("lasts", "complaint"),
    [
        ("90", "1:8: error: a duration needs a unit: write 90s, 90m or 90h  [lasts]"),
        (
            "{lognormal: {median: 8, p90: 42m}}",
            "1:29: error: a duration needs a unit: write 8s, 8m or 8h  [lasts.lognormal.median]",
        ),
        (
            "{lognormal: {median: 8m, p9: 42m}}",
            "1:33: error: unknown key 'p9', did you mean 'p99'?  [lasts.lognormal]",
        ),
        (
            "{lognormall: {p90: 8m}}",
            "1:9: error: unknown key 'lognormall', did you mean 'lognormal'?  [lasts]",
        ),
        (
            "{empirical: [8m, 9x]}",
            f"1:25: error: {NO_DURATION}  [lasts.empirical[1]]",
        ),
        (
            "{empirical: {values: [8m, 9x]}}",
            f"1:34: error: {NO_DURATION}  [lasts.empirical.values[1]]",
        ),
        (
            "{mixture: [{share: 1, of: {uniform: {low: 1h, high: 2m}}}]}",
            "1:44: error: high (2m) must be longer than low (1h)  [lasts.mixture[0].of.uniform]",
        ),
    ],
)
def test_a_mistake_in_a_file_is_reported_once_where_it_stands(lasts: str, complaint: str) -> None:
    """One problem with line and column, however deep the distribution and whichever way it is written."""
    with pytest.raises(InputError) as caught:
        loading.build(Holder, loading.read("x.yaml", text=f"lasts: {lasts}\n"))
    assert str(caught.value).splitlines()[0] == f"x.yaml:{complaint}"
    assert str(caught.value).splitlines()[-1] == "1 error"


def test_reading_and_drawing_one_imports_no_array_library() -> None:
    """Validating a file and drawing a lognormal need neither numpy nor scipy."""
    code = (
        "import sys; from bcdr_sim.scenario.distributions import Distribution as D\n"
        "D.model_validate({'lognormal': {'median': '8m', 'p90': '42m'}}).value_ms(0.3)\n"
        "sys.exit(bool({'numpy', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
