"""Environments from a table, `environments: {from: estate.csv}`: which columns it may have, and how each is read.

A column is a key of an environment, or a key inside `link`, `backup` or `objectives`. An environment that needs what does
not fit into a cell (a calendar, a recorded link, a pattern of writes, a distribution) has to be listed in the scenario file.
"""

from __future__ import annotations

from typing import Any, Final

from bcdr_sim.loading import Cell, Columns

ENVIRONMENT_COLUMNS: Final = Columns(
    {
        "name": Cell.TEXT,
        "count": Cell.WORD,
        "type": Cell.TEXT,
        "region": Cell.TEXT,
        "target": Cell.TEXT,
        "apps": Cell.LIST,
        "customer": Cell.TEXT,
        "group": Cell.TEXT,
        "tier": Cell.WORD,
        "tags": Cell.LIST,
        "zone": Cell.TEXT,
        "cover": Cell.WORD,
        "deployed_at": Cell.TEXT,
        "link.kind": Cell.TEXT,
        "link.lag": Cell.TEXT,
        "link.interval": Cell.TEXT,
        "link.transfer": Cell.TEXT,
        "link.failure_probability": Cell.WORD,
        "link.in_order": Cell.WORD,
        "link.bandwidth": Cell.TEXT,
        "link.max_lag": Cell.TEXT,
        "link.confirmation": Cell.TEXT,
        "link.points.every": Cell.TEXT,
        "link.points.kept": Cell.TEXT,
        "backup.interval": Cell.TEXT,
        "backup.points": Cell.LIST,
        "backup.retention": Cell.TEXT,
        "backup.location": Cell.TEXT,
        "backup.restore_in": Cell.LIST,
        "backup.restore": Cell.TEXT,
        "writes": Cell.TEXT,
        "objectives.rto": Cell.TEXT,
        "objectives.rpo": Cell.TEXT,
        "objectives.mtpd": Cell.TEXT,
        "objectives.mtpd_window": Cell.TEXT,
        "minimum_capability": Cell.WORD,
        "depends_on": Cell.LIST,
        "restart": Cell.TEXT,
    },
    required=("name", "region"),
    refused={
        "reseeding": "spells do not fit into a cell; list the environments in the scenario file",
        "windows": "a calendar does not fit into a cell; list the environments in the scenario file",
        "backup": "write backup.interval, backup.retention and so on",
        "link": "write link.kind, link.lag and so on",
        "link.points": "write link.points.every and link.points.kept",
        "link.rows": "a recorded link does not fit into a cell; list the environments in the scenario file",
        "objectives": "write objectives.rto, objectives.rpo and so on",
    },
)

FROM_TABLE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "from": {
            "type": "string",
            "description": "A CSV table with a line for each environment, relative to this file.",
        }
    },
    "required": ["from"],
    "additionalProperties": False,
}
"""JSON Schema of the reference to a table."""
