"""The policies of the repository for tests, loaded once per call."""

from pathlib import Path

from bcdr_sim.policy import Policy, load_policy, profile_names
from bcdr_sim.policy.atom import Atom

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "policies"
TEST_POLICIES = Path(__file__).parent / "policies"


def shipped() -> list[Policy]:
    """Return every policy that users get: the built-in profiles and the examples."""
    examples = sorted(EXAMPLES.glob("*.yaml"))
    return [load_policy(name) for name in profile_names()] + [load_policy(path) for path in examples]


def every_policy() -> list[Policy]:
    """Return the shipped policies and those made for tests."""
    return shipped() + [load_policy(path) for path in sorted(TEST_POLICIES.glob("*.yaml"))]


def all_atoms(policy: Policy) -> list[Atom]:
    """Return the atoms of the rules and of the invariants: every literal the table knows."""
    rules = [atom for row in policy.rows for atom in row.when]
    laws = [atom for law in policy.table.invariants for atom in law.condition(policy.values)]
    return rules + laws
