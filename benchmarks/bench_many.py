"""Many worlds: whether every way to play them gives the same bytes, and what a stored log takes."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from bench_incident import scenario as incident
from bench_montecarlo import POLICY, SEED, day

import bcdr_sim as bs
from bcdr_sim.engine import simulate
from bcdr_sim.policy import load_policy
from bcdr_sim.timeline.exports import write_parquet
from bcdr_sim.trial import resolve


def digests(replications: int, *, folder: Path) -> dict[str, str]:
    """The digest of the same worlds by how they were played: one and two workers, kept or not, resumed."""

    def digest(count: int = replications, **how: object) -> str:
        return bs.run(day(), POLICY, seed=SEED, replications=count, **how).digest  # type: ignore[arg-type]

    found = {"one process": digest(), "nothing kept": digest(frames=()), "two workers": digest(workers=2)}
    digest(replications // 3, output=folder / "resumed")
    found["resumed with two workers"] = digest(output=folder / "resumed", workers=2)
    return found


def parquet_bytes_per_event(environments: int) -> float:
    """What `run --events FILE.parquet` writes for one outage over so many environments, by event."""
    timeline = simulate(resolve(incident(environments)), load_policy(POLICY))
    file = io.BytesIO()
    write_parquet(timeline, file)
    return len(file.getvalue()) / len(timeline)


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder:
        for how, digest in digests(200, folder=Path(folder)).items():
            print(f"{how:28} {digest[:16]}")
    print(f"{'Parquet, bytes an event':28} {parquet_bytes_per_event(5_000):.2f}")


if __name__ == "__main__":
    main()
