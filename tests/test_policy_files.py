"""Files of policies: bad ones are refused with every fault at its place, good ones mean what they say."""

from pathlib import Path

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.policy import load_policy

BAD_POLICIES = Path(__file__).parent / "bad_policies"


@pytest.mark.parametrize("name", sorted(path.stem for path in BAD_POLICIES.glob("*.yaml")))
def test_a_bad_policy_file_is_refused_with_exactly_the_expected_text(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file stands beside what a person reads about it: place, value, what to write instead."""
    monkeypatch.chdir(BAD_POLICIES)
    with pytest.raises(InputError) as refused:
        load_policy(f"{name}.yaml")
    assert f"{refused.value}\n" == Path(f"{name}.expected.txt").read_text(encoding="utf-8")
