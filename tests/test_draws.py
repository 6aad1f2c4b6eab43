"""The law of addressed randomness: a draw depends on its address, on nothing else, and on all of it."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from bcdr_sim.draws import SEED_LIMIT, WORD_LIMIT, Draws, entity_key, member_key, member_keys, philox4x32

Floats = NDArray[np.float64]

ALL_ONES = 2**32 - 1
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ALL_ONES,) * 4, (ALL_ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]

COUNT = 20_000
KEYS = member_keys(entity_key("fleet"), COUNT)

ALONG_EACH_PART: dict[str, Callable[[], Floats]] = {
    "members": lambda: Draws(1, 0).uniforms("detection", KEYS),
    "names": lambda: Draws(1, 0).uniforms("detection", _keys(f"env-{index}" for index in range(COUNT))),
    "ordinals": lambda: Draws(1, 0).uniforms("detection", np.full_like(KEYS, 5), np.arange(COUNT)),
    "replications": lambda: np.array([Draws(1, r).uniform("detection", 5) for r in range(COUNT)]),
    "seeds": lambda: np.array([Draws(s, 0).uniform("detection", 5) for s in range(COUNT)]),
    "purposes": lambda: np.array([Draws(1, 0).uniform(f"purpose {p}", 5) for p in range(COUNT)]),
}


def _keys(names: Iterable[str]) -> NDArray[np.uint64]:
    return np.array([entity_key(name) for name in names], dtype=np.uint64)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_the_cipher_gives_the_published_answers(
    counter: tuple[int, int, int, int], key: tuple[int, int], answer: tuple[int, int, int, int]
) -> None:
    """Philox4x32-10 is the published one, for integers and for arrays."""
    assert philox4x32(counter, key) == answer
    first, second, third, fourth = (np.full(3, word, dtype=np.uint64) for word in counter)
    enciphered = philox4x32((first, second, third, fourth), key)
    assert [word.tolist() for word in enciphered] == [[word] * 3 for word in answer]


@pytest.mark.parametrize("part", ALONG_EACH_PART)
def test_draws_are_uniform_along_each_part_of_the_address(part: str) -> None:
    """Whatever part of the address varies, the numbers are uniform and have no memory."""
    drawn = ALONG_EACH_PART[part]()
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4
    assert len(np.unique(drawn)) == COUNT
    for lag in (1, 2, 7):
        assert abs(np.corrcoef(drawn[:-lag], drawn[lag:])[0, 1]) < 4.5 / np.sqrt(COUNT)


@pytest.mark.parametrize(
    "other",
    [
        Draws(1, 0).uniforms("recovery", KEYS),
        Draws(2, 0).uniforms("detection", KEYS),
        Draws(1, 1).uniforms("detection", KEYS),
        Draws(1, 0).uniforms("detection", KEYS, 1),
        Draws(1, 0).uniforms("detection", member_keys(entity_key("another"), COUNT)),
    ],
    ids=["purpose", "seed", "replication", "ordinal", "fleet"],
)
def test_changing_one_part_of_the_address_gives_unrelated_draws(other: Floats) -> None:
    """Two columns of draws whose addresses differ in one part only are not correlated."""
    drawn = Draws(1, 0).uniforms("detection", KEYS)
    assert abs(np.corrcoef(drawn, other)[0, 1]) < 4.5 / np.sqrt(COUNT)
    assert not np.any(drawn == other)


def test_golden_draws_never_change() -> None:
    """Golden: these numbers are pinned, since a change would silently change every published result."""
    assert entity_key("contoso-prod") == 14201690599200639001
    assert member_key(entity_key("fleet"), 41) == 12546641777555636568
    draws = Draws(20260714, 3)
    assert draws.uniform("detection", entity_key("contoso-prod")) == 0.1993400743154582
    assert draws.uniform("detection", entity_key("contoso-prod"), 2) == 0.690799543693231


@settings(deadline=None, max_examples=60)
@given(
    draws=st.builds(Draws, seed=st.integers(0, SEED_LIMIT - 1), replication=st.integers(0, WORD_LIMIT - 1)),
    purpose=st.text(max_size=12),
    addresses=st.lists(
        st.tuples(st.integers(0, 2**64 - 1), st.integers(0, WORD_LIMIT - 1)), min_size=1, max_size=20
    ),
)
def test_one_at_a_time_equals_all_at_once(
    draws: Draws, purpose: str, addresses: list[tuple[int, int]]
) -> None:
    """The scalar way and the vector way give the same bits, in [0, 1), at every address."""
    keys = np.array([key for key, _ in addresses], dtype=np.uint64)
    ordinals = np.array([ordinal for _, ordinal in addresses])
    drawn = draws.uniforms(purpose, keys, ordinals)
    assert drawn.tolist() == [draws.uniform(purpose, key, ordinal) for key, ordinal in addresses]
    assert np.all((drawn >= 0) & (drawn < 1))


@settings(deadline=None, max_examples=30)
@given(order=st.integers(0, 2**32), cuts=st.lists(st.integers(0, COUNT), max_size=6))
def test_order_and_chunks_move_nobodys_draw(order: int, cuts: list[int]) -> None:
    """Shuffled and cut into any pieces, each entity keeps its number."""
    whole = dict(zip(KEYS.tolist(), Draws(1, 0).uniforms("detection", KEYS).tolist(), strict=True))
    shuffled = KEYS[np.argsort(Draws(order, 0).uniforms("order", KEYS))]
    for piece in np.split(shuffled, sorted(cuts)):
        drawn = Draws(1, 0).uniforms("detection", piece)
        assert drawn.tolist() == [whole[key] for key in piece.tolist()]


@given(fleet_key=st.integers(0, 2**64 - 1), count=st.integers(0, 50))
def test_member_keys_are_the_same_one_by_one(fleet_key: int, count: int) -> None:
    """The keys of a fleet at once are the keys of its members, all different."""
    keys = member_keys(fleet_key, count).tolist()
    assert keys == [member_key(fleet_key, index) for index in range(count)]
    assert len(set(keys)) == count


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Draws(-1, 0), "seed must be 0 to 9223372036854775807, not -1"),
        (lambda: Draws(SEED_LIMIT, 0), "seed must be"),
        (lambda: Draws(0, -1), "replication must be 0 to 4294967295, not -1"),
        (lambda: Draws(0, WORD_LIMIT), "replication must be"),
        (lambda: Draws(0, 0).uniform("p", 1, WORD_LIMIT), "ordinal must be 0 to 4294967295, not 4294967296"),
        (lambda: Draws(0, 0).uniforms("p", KEYS, WORD_LIMIT), "ordinal must be"),
        (lambda: Draws(0, 0).uniforms("p", KEYS[:2], np.array([0, -1])), "ordinal must be"),
    ],
)
def test_a_part_that_does_not_fit_is_refused(make: Callable[[], object], message: str) -> None:
    """Nothing is cut to fit: two addresses never share a draw by overflow."""
    with pytest.raises(ValueError, match=message):
        make()


def test_no_keys_give_no_draws() -> None:
    """An empty fleet is not a special case."""
    assert Draws(0, 0).uniforms("detection", member_keys(1, 0)).tolist() == []
