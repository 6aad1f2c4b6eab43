"""Options that several commands share, each with one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ScenarioFile = Annotated[str, typer.Argument(metavar="SCENARIO", help="Scenario file.", show_default=False)]
Seed = Annotated[
    int, typer.Option(min=0, max=2**63 - 1, help="Number that all draws of the world start from.")
]
Replication = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Which world of that seed.")]
PolicyName = Annotated[
    str | None,
    typer.Option(
        "--policy", metavar="NAME|FILE", help="Policy instead of the scenario's.", show_default=False
    ),
]
AllowPython = Annotated[
    bool,
    typer.Option(
        "--allow-python-policy",
        help="Let a policy be Python code, module:object, and run it. Trust whoever wrote it.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Value of a parameter of the policy; repeat it for more."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the result here instead of to stdout."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")]

# Of many worlds

Replications = Annotated[
    int | None,
    typer.Option(min=0, max=2**32, metavar="N", help="Play so many worlds.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, metavar="N", help="Processes; one per processor unless said.", show_default=False
    ),
]
UntilPrecision = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE", help="Stop when the mean of --metric is known to, say, 5%.", show_default=False
    ),
]
MetricName = Annotated[str, typer.Option(metavar="NAME", help="What --until-precision and progress look at.")]
AtLeast = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE", help="Share of worlds that must be good, with 95 % certainty.", show_default=False
    ),
]
Families = Annotated[
    bool,
    typer.Option("--families", help="Try outage lengths of other families, and say if the verdict flips."),
]
Stratify = Annotated[
    str | None,
    typer.Option(
        metavar="outages",
        help="Share the worlds out by their number of outages, for rare ones.",
        show_default=False,
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FRAME", help="Store incidents, ledger, environments, events; all but events unless said."
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="dask scheduler: tls://HOST:PORT.", show_default=False),
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Trust the network that --cluster is on.")]
