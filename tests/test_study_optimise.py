"""Laws of the search for a front: what it tells was seen in fresh worlds, and nothing beats what it calls the front."""

import json
from pathlib import Path

import numpy as np
import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.experiment.bench import Bench
from bcdr_sim.plots import pareto
from bcdr_sim.study import Front, Span, objective, optimise, quantity, span_of, sweep
from bcdr_sim.study.front import find_front, nondominated
from commands import run as command
from many import written
from studies import queue

SLOTS, RUN = "provider.failover.slots", "provider.failover.run"
GOALS = ("min mean(downtime)", "min mean(loss)")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    path = written(tmp_path_factory.mktemp("gales"))
    return optimise(path, {"hold_down": ("0s", "8h")}, GOALS, seed=7, replications=12, trials=20)


def test_the_front_is_what_nothing_beats() -> None:
    """At most as much in every objective and less in one; equals beat nobody."""
    assert nondominated([[1, 4], [2, 2], [4, 1], [3, 3], [2, 2], [1, np.inf]]) == [0, 1, 2, 4]


def test_the_front_of_the_queue_is_its_best_end() -> None:
    """More slots and faster moves are better in both objectives, so one corner beats everything else."""
    subject = queue()
    spans: list[Span] = [span_of(subject, SLOTS, (1, 4)), span_of(subject, RUN, ("30m", "60m"), step="15m")]
    goals = [objective("mean(downtime)"), objective("max P(rta <= 5h)")]
    found = find_front(subject, spans, goals, bench=Bench(), seed=1, replications=1, trials=48)
    assert [choice.fresh.values for choice in found.choices] == [{SLOTS: 4, RUN: "30m"}]
    assert found.choices[0].is_on_front
    assert found.flattery() == [0, 0]
    assert len(found.searched) <= 4 * 3 + 1


def test_choices_are_judged_in_fresh_worlds(front: Front) -> None:
    """Twice as many of the next seed; the estimates told are those of these worlds."""
    assert {choice.searched.runs.seed for choice in front.choices} == {7}
    for choice in front.choices:
        assert choice.fresh.runs.seed == 8
        assert len(choice.fresh.runs) == 24
        assert choice.fresh.estimates[0] == quantity("mean(downtime)").of(choice.fresh.runs)
    table = front.frame()
    assert table[table["worlds"] == "fresh"]["n"].unique().tolist() == [24]
    assert table[table["worlds"] == "search"]["change"].isna().all()


def test_nothing_of_the_choices_beats_the_front(front: Front) -> None:
    """In fresh worlds, things as they are among them."""
    costs = [[each.value or 0 for each in choice.fresh.estimates] for choice in front.choices]
    base = [each.value or 0 for each in front.base.estimates]
    for choice, own in zip(front.choices, costs, strict=True):
        beaten = any(
            all(a <= b for a, b in zip(other, own, strict=True)) and other != own for other in [*costs, base]
        )
        assert choice.is_on_front != beaten


def test_flattery_is_what_the_choice_had_added(front: Front) -> None:
    """By how much better the choices were in the worlds that chose them, both times from things as they are."""
    gains = [
        (front.searched[0].estimates[0].value or 0)
        - (choice.searched.estimates[0].value or 0)
        - ((front.base.estimates[0].value or 0) - (choice.fresh.estimates[0].value or 0))
        for choice in front.choices
    ]
    assert front.flattery()[0] == pytest.approx(np.mean(gains))


def test_the_same_search_finds_the_same(front: Front, tmp_path: Path) -> None:
    """Whoever asks, and however often: proposals come a generation at a time and from the seed alone."""
    again = optimise(
        written(tmp_path),
        {"hold_down": ("0s", "8h")},
        GOALS,
        seed=7,
        replications=12,
        trials=20,
        output=tmp_path / "o",
    )
    assert again.frame().equals(front.frame())
    other = optimise(written(tmp_path), {"hold_down": ("0s", "8h")}, GOALS, seed=9, replications=2, trials=20)
    assert [one.values for one in other.searched] != [one.values for one in front.searched]


def test_things_as_they_are_are_a_candidate(front: Front) -> None:
    """The first one: where the search finds nothing better, it may be the answer."""
    assert front.searched[0].values == {}
    assert front.base.values == {}


@pytest.mark.parametrize(
    ("goals", "complaint"),
    [
        (("min mean(downtime)",), "two objectives or more"),
        (("min mean(downtime)", "mean(downtime)"), "is given twice"),
        (("P(objectives_met)", "mean(loss)"), "say which way is better"),
        (("min downtime", "mean(loss)"), "is no quantity"),
    ],
)
def test_objectives_that_cannot_be_weighed_are_refused(
    goals: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=complaint):
        optimise(written(tmp_path), objectives=goals, replications=1, trials=1)


def test_the_command_tells_the_front_and_draws_it(tmp_path: Path) -> None:
    """A table of choices, one per objective, and what the search had added; all parameters unless said."""
    picture = tmp_path / "front.svg"
    words = (
        "optimise",
        str(written(tmp_path)),
        "--trials",
        "6",
        "--replications",
        "4",
        "--workers",
        "1",
        "--quiet",
    )
    ended = command(*words, "--set", "settle=1h", "--plot", str(picture))
    assert ended.code == 0
    assert "hold_down" in ended.out
    assert "settle" not in ended.out.splitlines()[3]
    assert "as it is" in ended.out
    assert "Flattery" in ended.out
    assert "things as they are" in picture.read_text(encoding="utf-8")
    document = json.loads(command(*words, "--format", "json").out)
    assert document["schema"] == "bcdr-sim/front/1"
    assert document["fresh"] == {"seed": 1, "replications": 8}
    assert list(document["settings"]) == ["hold_down", "settle", "stable_before_failback", "least_capacity"]


def test_a_sweep_has_a_front_too() -> None:
    """Drawn by two quantities: of the queue only the point with most slots is on it."""
    found = sweep(queue().scenario, {SLOTS: [5, 12, 23]}, policy=queue().policy, replications=1)
    ax = pareto(found, x="mean(downtime)", y="mean(rta)")
    labels = [text.get_text() for text in ax.texts]
    assert labels == ["#2", "#1", "#0"]
    assert ax.get_xlabel() == "mean(downtime)  (less is better)"
