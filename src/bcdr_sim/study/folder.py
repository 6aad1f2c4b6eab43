"""The folder of a study: a run folder for each case and seed, and a file that says what it is a study of.

A study asks for the same cases when it is given again, so what was played before an interruption is found, and another grid
over the same scenario plays only what is new.
"""

from __future__ import annotations

import json
from pathlib import Path

from bcdr_sim.experiment.edition import edition
from bcdr_sim.study.subject import Subject, refusal

SCHEMA = "bcdr-sim/study-folder/1"
STUDY, RESULT = "study.json", "result.json"


def open_folder(folder: Path, subject: Subject, *, seed: int, force: bool) -> None:
    """Begin a study in a new folder, or go on in the one of a study of this scenario and policy from this seed.

    Raises:
        InputError: it holds something else; `force` lets another study follow, which replaces nothing but studies.
    """
    case = subject.case({})
    document = {
        "schema": SCHEMA,
        "scenario": subject.scenario.name,
        "scenario_digest": case.scenario_digest,
        "policy": case.policy_name,
        "policy_digest": case.policy_digest,
        "seed": seed,
        "edition": edition(),
    }
    file = folder / STUDY
    try:
        if folder.exists() and not folder.is_dir():
            raise refusal(str(folder), "is a file; name a folder")
        if file.is_file():
            there = _read(file)
            differs = [
                key for key in ("scenario_digest", "policy_digest", "seed") if there.get(key) != document[key]
            ]
            if differs and not force:
                words = " and ".join(key.partition("_")[0] for key in differs)
                raise refusal(
                    str(folder), f"holds a study with another {words}; --force lets this one follow"
                )
        elif folder.is_dir() and any(folder.iterdir()):
            raise refusal(str(folder), "is a folder with other things in it; name a new one")
        folder.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{STUDY}.part")
        draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")
        draft.replace(file)
    except OSError as error:
        raise refusal(str(folder), f"cannot be written: {error.strerror}") from error


def _read(file: Path) -> dict[str, object]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise refusal(str(file), f"is not of the form {SCHEMA}; name another folder")
    return document
