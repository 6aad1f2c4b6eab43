"""What the commands of a study share: settings with their values, where it is played and kept, how it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bcdr_sim.cli.answer import EXIT_STALE, Answer, refuse, replacing, say
from bcdr_sim.cli.many import chosen_pool
from bcdr_sim.cli.run import Format
from bcdr_sim.cli.terminal import width
from bcdr_sim.errors import EXIT_INTERNAL_ERROR, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pandas import DataFrame

    from bcdr_sim.experiment.bench import Bench
    from bcdr_sim.report.studies.page import Page
    from bcdr_sim.study import Span, Subject

StudySettings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Value that stays: of a policy parameter or a path in the scenario; repeat it for more.",
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="NAME[=LOW..HIGH]",
        help="Setting that is varied, over its declared range unless said; repeat it for more.",
    ),
]
StudyReplications = Annotated[
    int, typer.Option("--replications", min=1, max=2**32, metavar="N", help="Worlds of every point.")
]
StudyFolder = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="DIR", help="Keep the worlds in this folder, and go on from what is there."
    ),
]


@dataclass(frozen=True, slots=True)
class StudyOptions:
    """The options that every study has."""

    scenario: str
    policy: str | None
    settings: Sequence[str]
    seed: int
    workers: int | None
    cluster: str | None
    insecure: bool
    output: Path | None
    force: bool
    quiet: bool

    def subject(self, *, is_grid: bool = False) -> Subject:
        """The scenario and the policy, with the values that stay; those of a grid do not. Raises InputError."""
        from bcdr_sim.cli.world import choose_policy
        from bcdr_sim.experiment.plan import check_not_frozen
        from bcdr_sim.scenario.reading import load_scenario
        from bcdr_sim.study import Subject

        read = load_scenario(self.scenario)
        check_not_frozen(read)
        subject = Subject(read, choose_policy(read, self.scenario, policy=self.policy, settings=None))
        if is_grid:
            return subject
        return subject.with_values(
            {name: only(name, values) for name, values in listed(self.settings).items()}
        )


class _StopError(Exception):
    """A study has ended without a result; what is to be answered stands in it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@contextmanager
def bench_of(options: StudyOptions, subject: Subject) -> Iterator[Bench]:
    """Where a study is played. Raises InputError; ends what cannot be finished with its exit code."""
    from bcdr_sim.cli.progress import shown_progress
    from bcdr_sim.experiment import BrokenChunkError, EditionError
    from bcdr_sim.experiment.bench import Bench
    from bcdr_sim.study.folder import open_folder

    if options.output is not None:
        open_folder(options.output, subject, seed=options.seed, force=options.force)
    try:
        with ExitStack() as open_things:
            pool = open_things.enter_context(
                chosen_pool(workers=options.workers, cluster=options.cluster, insecure=options.insecure)
            )
            report = open_things.enter_context(shown_progress("downtime", quiet=options.quiet))
            bench = Bench(pool, options.output, options.force, report)
            ends_well = False
            try:
                yield bench
                ends_well = True
            finally:
                bench.close(at_once=not ends_well)
    except EditionError as error:
        say(str(error))
        raise _StopError(Answer("", EXIT_STALE)) from error
    except BrokenChunkError as error:
        say(f"{error}\n{_kept(options)}")
        raise _StopError(Answer("", EXIT_INTERNAL_ERROR)) from error
    except (KeyboardInterrupt, SystemExit):
        say(f"Interrupted. {_kept(options)}")
        raise


def ended(study: Callable[[], Answer]) -> Answer:
    """What a study answers, also when it cannot be finished."""
    try:
        return study()
    except _StopError as stop:
        return stop.answer


def listed(settings: Sequence[str] | None, *, option: str = "--set") -> dict[str, list[Any]]:
    """Values by setting from `NAME=VALUE,VALUE` arguments. Raises InputError."""
    found: dict[str, list[Any]] = {}
    for setting in settings or ():
        name, sign, text = setting.partition("=")
        if not sign or not name.strip() or not text.strip():
            raise refuse(
                f"must be NAME=VALUE, such as hold_down=2h or provider.failover.slots=4; got '{setting}'",
                what=option,
            )
        if name.strip() in found:
            raise refuse(f"'{name.strip()}' is given twice", what=option)
        found[name.strip()] = [value_of(part, option=option) for part in _parts(text)]
    return found


def only(name: str, values: Sequence[Any]) -> Any:
    """The one value of a setting that stays. Raises InputError for a list."""
    if len(values) != 1:
        raise refuse(f"'{name}' has {len(values)} values; only a sweep takes more than one", what="--set")
    return values[0]


def spans_of(subject: Subject, wanted: Sequence[str] | None, *, option: str) -> list[Span]:
    """The settings that are varied, from `NAME` or `NAME=LOW..HIGH` arguments. Raises InputError."""
    from bcdr_sim.study import span_of

    found: list[Span] = []
    for each in wanted or ():
        name, sign, text = each.partition("=")
        ends = None
        if sign:
            low, dots, high = text.partition("..")
            if not dots or not low.strip() or not high.strip():
                raise refuse(f"must be NAME=LOW..HIGH, such as link.lag=1m..2h; got '{each}'", what=option)
            ends = value_of(low, option=option), value_of(high, option=option)
        if any(span.name == name.strip() for span in found):
            raise refuse(f"'{name.strip()}' is given twice", what=option)
        found.append(span_of(subject, name.strip(), ends))
    return found


def value_of(text: str, *, option: str) -> Any:
    """A value as a scenario file would read it. Raises InputError."""
    from bcdr_sim.loading import read

    try:
        return read(option, text=f"value: {text.strip()}\n").data["value"]
    except InputError as error:
        raise refuse(f"'{text.strip()}' is no value: {error.problems[0].message}", what=option) from None


def told(
    options: StudyOptions,
    *,
    page: Page,
    document: dict[str, Any],
    frame: Callable[[], DataFrame],
    form: Format,
    code: int,
) -> Answer:
    """The result in the form asked for; a folder gets the JSON as well."""
    text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    if options.output is not None:
        with replacing(options.output / "result.json") as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")
        if not options.quiet:
            say(f"stored {options.output}")
    forms: dict[Format, Callable[[], str]] = {
        Format.JSON: lambda: text,
        Format.CSV: lambda: str(frame().to_csv(index=False, lineterminator="\n")),
        Format.MD: page.markdown,
        Format.TABLE: lambda: page.text(width=width()),
    }
    if form is not Format.TABLE and not options.quiet:
        say(f"policy {document['policy']}, seed {options.seed}")
    return Answer(forms[form](), code)


def _parts(text: str) -> list[str]:
    """Pieces between commas that stand in no bracket or quote."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += sign
    return parts


def _kept(options: StudyOptions) -> str:
    if options.output is None:
        return "Nothing is kept without --output DIR; with it, the same command would go on from there."
    return f"What was played is kept in {options.output}. Give the same command again to go on from there."
