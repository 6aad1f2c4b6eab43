"""Addressed random numbers: every draw is a function of where it stands, never of what was drawn before.

The address of a draw is (seed, purpose, entity, ordinal, replication). A counter-based cipher turns it into
53 random bits; nothing is consumed and nothing is remembered. So a draw stays the same when entities are
added, listed in another order or spread over more workers, and when a policy asks for more or fewer numbers:
two policies see the same world.

Rules of the file:

* the key of the cipher is made of seed and purpose, its counter of entity, ordinal and replication. Two
  addresses that differ anywhere give unrelated numbers (entities: unless two 64-bit hashes collide, one
  chance in 3e7 for a million entities);
* one function is the cipher, for Python integers and for arrays alike, so both ways give the same bits;
* a part of an address that does not fit is refused, never cut.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, which
defines Philox4x32-10; `tests/test_draws.py` holds its published known answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED_LIMIT = 2**63
"""Seeds are below this: any non-negative 64-bit signed integer."""

WORD_LIMIT = 2**32
"""Ordinals and replications are below this: each has one word of the counter."""

_WORD_MASK = 2**32 - 1
_KEY_MASK = 2**64 - 1
_ROUND_COUNT = 10
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_GOLDEN_STEP = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio, made odd
_PURPOSES_KEPT = 2**12  # a purpose comes back for every entity and in every replication of its seed
_FEW = 24  # fewer draws than this are quicker one by one than as an array; measured
_BLOCK = 2**13  # entities worked on at a time, so that all intermediate arrays stay in the processor's cache


_RoundKeys = tuple[tuple[int, int], ...]


def entity_key(name: str) -> int:
    """Give the 64-bit key of the entity called `name`; the same on every machine and in every run."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def member_key(fleet_key: int, index: int) -> int:
    """Give the 64-bit key of member `index` (from 0) of the fleet whose own key is `fleet_key`.

    Members of one fleet never share a key, because each step is one-to-one in 64 bits: step along the golden
    ratio, then scatter.
    Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, which
    scatters the same way.
    """
    return int(_scatter((fleet_key + _GOLDEN_STEP * (index + 1)) & _KEY_MASK))


def member_keys(fleet_key: int, count: int) -> NDArray[np.uint64]:
    """Give the keys of the first `count` members of a fleet: `member_key` for 0, 1, 2, ... at once."""
    steps = np.arange(1, count + 1, dtype=np.uint64)
    keys: NDArray[np.uint64] = _scatter(steps * np.uint64(_GOLDEN_STEP) + np.uint64(fleet_key))
    return keys


@dataclass(frozen=True, slots=True)
class Draws:
    """All random numbers of one replication of one seed.

    `seed` is 0 to 2**63 - 1 and `replication` 0 to 2**32 - 1; anything else raises ValueError.
    """

    seed: int
    replication: int

    def __post_init__(self) -> None:
        _refuse_outside(self.seed, SEED_LIMIT, name="seed")
        _refuse_outside(self.replication, WORD_LIMIT, name="replication")

    def uniform(self, purpose: str, key: int, ordinal: int = 0) -> float:
        """Give one number in [0, 1) with 53 bits, the same that `uniforms` gives for this address.

        `key` comes from `entity_key` or `member_key`; `ordinal` (0 to 2**32 - 1) numbers the draws of one
        entity for one purpose. Raises ValueError for an ordinal outside.
        """
        if not 0 <= ordinal < WORD_LIMIT:
            _refuse_outside(ordinal, WORD_LIMIT, name="ordinal")
        counter = (key & _WORD_MASK, key >> 32, ordinal, self.replication)
        high, low, _, _ = _encipher(counter, _round_keys_of(self.seed, purpose))
        drawn: float = _mantissa(high, low) * 2.0**-53
        return drawn

    def uniforms(
        self, purpose: str, keys: NDArray[np.uint64], ordinal: int | NDArray[np.integer[Any]] = 0
    ) -> NDArray[np.float64]:
        """Give one number in [0, 1) with 53 bits for each of `keys` (one dimension), in their order.

        `ordinal` is one number for all keys, or one per key. Raises ValueError for an ordinal outside
        0 to 2**32 - 1.
        """
        ordinals = np.asarray(ordinal)
        if ordinals.size:
            _refuse_outside(int(ordinals.min()), WORD_LIMIT, name="ordinal")
            _refuse_outside(int(ordinals.max()), WORD_LIMIT, name="ordinal")
        keys = np.asarray(keys, dtype=np.uint64)
        ordinals = np.broadcast_to(ordinals.astype(np.uint64), keys.shape)
        if len(keys) < _FEW:
            each = zip(keys.tolist(), ordinals.tolist(), strict=True)
            return np.array([self.uniform(purpose, key, number) for key, number in each], dtype=np.float64)
        replication = np.uint64(self.replication)
        round_keys = _round_keys_of(self.seed, purpose)
        drawn = np.empty(keys.shape, dtype=np.float64)
        for block in _blocks(len(keys)):
            counter = (keys[block] & _WORD_MASK, keys[block] >> np.uint64(32), ordinals[block], replication)
            high, low, _, _ = _encipher(counter, round_keys)
            drawn[block] = _mantissa(high, low) * 2.0**-53
        return drawn


def philox4x32(counter: tuple[Any, Any, Any, Any], key: tuple[int, int]) -> tuple[Any, Any, Any, Any]:
    """Encipher four 32-bit counter words under two 32-bit key words in ten rounds.

    Counter words are Python integers or uint64 arrays holding 32-bit values; the answer is of the same sort.
    """
    return _encipher(counter, _round_keys(*key))


def _encipher(counter: tuple[Any, Any, Any, Any], round_keys: _RoundKeys) -> tuple[Any, Any, Any, Any]:
    # The innermost loop of the draws. No product exceeds 64 bits, so nothing wraps.
    first, second, third, fourth = counter
    for key_0, key_1 in round_keys:
        product_0 = first * 0xD2511F53
        product_1 = third * 0xCD9E8D57
        first, second = (product_1 >> 32) ^ second ^ key_0, product_1 & 0xFFFFFFFF
        third, fourth = (product_0 >> 32) ^ fourth ^ key_1, product_0 & 0xFFFFFFFF
    return first, second, third, fourth


def _round_keys(key_0: int, key_1: int) -> _RoundKeys:
    """Give the key words of every round."""
    step_0, step_1 = _KEY_STEPS
    return tuple(
        ((key_0 + step_0 * number) & _WORD_MASK, (key_1 + step_1 * number) & _WORD_MASK)
        for number in range(_ROUND_COUNT)
    )


@lru_cache(maxsize=_PURPOSES_KEPT)
def _round_keys_of(seed: int, purpose: str) -> _RoundKeys:
    """Give the key words under which the draws of a purpose are enciphered; worked out once, not for every draw."""
    # blake2b with a key is a keyed hash: seed and purpose mix, and no pair of them runs into another.
    mixed = blake2b(purpose.encode(), digest_size=8, key=seed.to_bytes(8, "little")).digest()
    return _round_keys(int.from_bytes(mixed[:4], "little"), int.from_bytes(mixed[4:], "little"))


def _mantissa(high: Any, low: Any) -> Any:
    """Join two 32-bit words and keep the upper 53 bits, all that a float in [0, 1) can hold evenly."""
    return ((high << 32) | low) >> 11


def _scatter(word: Any) -> Any:
    """Scatter 64-bit words, Python integers or a uint64 array, one-to-one."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _KEY_MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _KEY_MASK
    return word ^ (word >> 31)


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, count, _BLOCK))


def _refuse_outside(value: int, limit: int, *, name: str) -> None:
    if not 0 <= value < limit:
        raise ValueError(f"{name} must be 0 to {limit - 1}, not {value}")
