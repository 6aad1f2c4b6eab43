"""The command line: parse, call, print, exit code. One module per command; nothing else imports this package.

Rules.

* stdout is the result, stderr is everything else.
* A command returns an `Answer`; `main` alone writes it, so its exit code stands even when nobody reads the text.
* What a command needs beyond its parameters it imports inside, so that `--help` needs nothing but Typer.
* Wrong input is an `InputError` from wherever it is found, and ends here with 2. Anything unforeseen ends with a
  traceback, how to report it, and 70.
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from typing import Annotated

import typer
from typer.main import get_command

from bcdr_sim import __version__
from bcdr_sim.cli import (
    approve,
    calibrate,
    ci,
    compare,
    explain,
    explore,
    freeze,
    importing,
    incidents,
    init,
    optimise,
    policy,
    replay,
    run,
    schema,
    sensitivity,
    solve,
    story,
    sweep,
    test,
    uncertainty,
    validate,
    verify,
)
from bcdr_sim.cli.answer import EXIT_INTERRUPTED, Answer, say, write
from bcdr_sim.errors import EXIT_INTERNAL_ERROR, EXIT_INVALID_INPUT, InputError

#: Typer carries Click inside in some versions and imports it in others; this names the same class in both.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_COMMANDS = {
    "run": run,
    "replay": replay,
    "compare": compare,
    "sweep": sweep,
    "solve": solve,
    "optimise": optimise,
    "sensitivity": sensitivity,
    "uncertainty": uncertainty,
    "explain": explain,
    "story": story,
    "validate": validate,
    "test": test,
    "freeze": freeze,
    "schema": schema,
    "init": init,
    "ci": ci,
    "verify": verify,
    "approve": approve,
    "calibrate": calibrate,
}
EPILOG = "Exit codes: 0 pass, 1 violation, 2 invalid input, 3 inconclusive, 4 stale, 5 nothing ran, 70 internal error."


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code. `argv` leaves out the program's name; None takes the process's own."""
    try:
        _stop_cleanly()
        outcome = get_command(_application())(args=argv, prog_name="bcdr-sim", standalone_mode=False)
        if isinstance(outcome, Answer):
            write(outcome)
            return outcome.code
        return int(outcome or 0)
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]
        return EXIT_INVALID_INPUT
    except InputError as error:
        say(str(error))
        return EXIT_INVALID_INPUT
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence says what happened and how to report it
        return _unforeseen(error)


def _stop_cleanly() -> None:
    """Let a request to end unwind like an interrupt, so that no half-written file stays."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):  # there is no SIGHUP on Windows
            if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_DFL:
                signal.signal(getattr(signal, name), end)


def _application() -> typer.Typer:
    app = typer.Typer(
        help="Play a regional cloud outage before it happens: who moves, who waits, whose time it is, what is lost.",
        epilog=EPILOG,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_any_command)
    for name, module in _COMMANDS.items():
        app.command(name)(module.command)
    policies = typer.Typer(
        help="Look at failover policies and prove them.", rich_markup_mode=None, no_args_is_help=True
    )
    policies.command("show")(policy.show)
    policies.command("check")(policy.check)
    policies.command("diff")(policy.diff)
    policies.command("explore")(explore.command)
    app.add_typer(policies, name="policy")
    outages = typer.Typer(
        help="Replay the recorded outages and compare them with what was published.",
        rich_markup_mode=None,
        no_args_is_help=True,
    )
    outages.command("list")(incidents.list_)
    outages.command("replay")(incidents.replay)
    outages.command("score")(incidents.score)
    outages.command("what-if")(incidents.what_if)
    app.add_typer(outages, name="incidents")
    app.add_typer(importing.application(), name="import")
    return app


def _print_version(is_asked: bool) -> None:
    if is_asked:
        write(Answer(f"bcdr-sim {__version__}\n"))
        raise typer.Exit(0)


def _any_command(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def _unforeseen(error: Exception) -> int:
    """Report a fault of the program: what happened, and what a report of it needs."""
    trace = "".join(traceback.format_exception(error))
    version = f"bcdr-sim {__version__}, Python {sys.version.split()[0]} on {sys.platform}"
    say(
        f"{trace}\nThis is a fault of bcdr-sim, not of your files; no result was written.\n"
        f"Please report it with the lines above, the command and the scenario file.\n{version}"
    )
    return EXIT_INTERNAL_ERROR
