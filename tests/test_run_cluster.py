"""Laws of a cluster: the same worlds on dask, also when a worker of it dies, and no code sent where nobody may see it."""

import json
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from bcdr_sim.errors import InputError
from bcdr_sim.experiment import Progress
from bcdr_sim.experiment.cluster import cluster_pool
from commands import run as command
from many import case, played, written


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two processes and a scheduler on this machine."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    ) as found:
        yield found


def test_dask_plays_the_same_worlds_and_outlives_a_worker(cluster: LocalCluster, tmp_path: Path) -> None:
    """One of two workers is killed in the middle; the digest is that of one process."""
    of = case(tmp_path)
    workers = [worker.pid for worker in cluster.workers.values()]
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.done >= 60 and not killed:
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    with cluster_pool(cluster.scheduler_address) as pool:
        runs = played(of, 240, chunk=10, pool=pool, report=kill, output=tmp_path / "run")
    assert killed
    assert runs.digest == played(of, 240).digest
    assert runs.incidents()["replication"].nunique() == (runs.rows["incidents"] > 0).sum()


def test_the_command_takes_a_cluster(cluster: LocalCluster, tmp_path: Path) -> None:
    """With the same text as without."""
    words = ("run", str(written(tmp_path)), "--replications", "30", "--seed", "7")
    here = command(*words, "--workers", "1")
    there = command(*words, "--cluster", cluster.scheduler_address)
    assert there.out == here.out
    assert there.code == here.code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("run", "FILE", "--replications", "60", "--stratify", "outages"),
        ("sweep", "FILE", "--set", "link.lag=1m,2h", "--replications", "20"),
        ("compare", "FILE", "--policy", "ms-2021", "--policy", "seed-2024-11", "--replications", "20"),
    ],
    ids=["strata", "sweep", "compare"],
)
def test_a_study_takes_a_cluster(cluster: LocalCluster, tmp_path: Path, *, words: tuple[str, ...]) -> None:
    """Every point of it is played there, and comes out as here."""
    file = str(written(tmp_path))
    given = [file if word == "FILE" else word for word in words]
    here = command(*given, "--workers", "1", "--format", "json")
    there = command(*given, "--cluster", cluster.scheduler_address, "--format", "json")
    assert json.loads(there.out) == json.loads(here.out)
    assert there.code == here.code


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            "tcp://10.0.0.1:8786",
            "without encryption or authentication; use tls://10.0.0.1:8786, or --insecure",
        ),
        ("scheduler:8786", "without encryption or authentication"),
        ("http://127.0.0.1:8786", "is tls://HOST:PORT"),
        ("127.0.0.1", "is tls://HOST:PORT"),
        ("tls://scheduler:port", "is tls://HOST:PORT"),
        ("tls://127.0.0.1:8786", "needs certificates"),
    ],
)
def test_an_address_is_safe_or_refused(address: str, words: str) -> None:
    """TLS with certificates, or this machine; everything else only where the user says that the network is trusted."""
    with pytest.raises(InputError, match=words), cluster_pool(address):
        pass
