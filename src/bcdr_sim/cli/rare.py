"""`run --stratify outages`: many worlds of outages so rare that plain worlds hardly ever have one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, Answer, refuse
from bcdr_sim.cli.many import chosen_pool
from bcdr_sim.cli.study import StudyOptions, told

if TYPE_CHECKING:
    from bcdr_sim.cli.many import ManyOptions
    from bcdr_sim.cli.run import Format


def run_stratified(
    scenario: str,
    *,
    policy: str | None,
    settings: list[str] | None,
    seed: int,
    by: str,
    options: ManyOptions,
    form: Format,
) -> Answer:
    """Play worlds by their number of outages and tell what they come to. Raises InputError."""
    _refuse(by, options)
    from bcdr_sim.experiment.metric import metric_named
    from bcdr_sim.report.studies.rare import rare_document, rare_page
    from bcdr_sim.study import quantity
    from bcdr_sim.study.rare import play_strata

    try:
        asked = quantity(f"mean({metric_named(options.metric).name})")
    except ValueError as error:
        raise refuse(str(error), what="--metric") from error
    study = StudyOptions(
        scenario,
        policy,
        settings or (),
        seed,
        options.workers,
        options.cluster,
        options.insecure,
        None,
        options.force,
        options.quiet,
    )
    subject = study.subject()
    with ExitStack() as open_things:
        pool = open_things.enter_context(
            chosen_pool(workers=options.workers, cluster=options.cluster, insecure=options.insecure)
        )
        if pool is not None:
            open_things.callback(pool.close, at_once=True)
        found = play_strata(subject, asked, pool=pool, seed=seed, replications=options.replications or 0)
    return told(
        study,
        page=rare_page(found),
        document=rare_document(found),
        frame=found.frame,
        form=form,
        code=EXIT_PASS if len(found) else EXIT_NOTHING_RAN,
    )


def _refuse(by: str, options: ManyOptions) -> None:
    """Refuse what worlds with weights do not have."""
    if by != "outages":
        raise refuse(f"is by 'outages', their number; got '{by}'", what="--stratify")
    if options.replications is None:
        raise refuse("needs a number of worlds to share out: --replications", what="--stratify")
    given = {
        "--until-precision": options.until_precision is not None,
        "--at-least": options.at_least is not None,
        "--keep": bool(options.keep),
        "--output": options.output is not None,
        "--families": options.families,
    }
    for option, is_given in given.items():
        if is_given:
            raise refuse("is for plain worlds, which all weigh the same; leave out --stratify", what=option)
