"""The boundary of the command line: what leaves a command is an error in words, or none."""

import os
import shlex
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from pipelines.cli.terminal import print_plain
from warehouse.error_words import in_words, is_interruption, unexpected
from warehouse.errors import CommandInterruptedError, RnnvisError

DEBUG = "RNNVIS_DEBUG"
"""Tracebacks are shown where this variable is set; ``rnnvis --debug`` sets it."""
FAILED, INTERRUPTED = 1, 130


class Commands(TyperGroup):
    """The commands, with every error translated; Typer's own (a wrong option, say) stay."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (RnnvisError, TyperException, typer.Exit, typer.Abort):
            raise
        except (KeyboardInterrupt, Exception) as error:
            if is_interruption(error):
                raise _interrupted() from error
            raise in_words(error) or unexpected(error) from error


def _interrupted() -> CommandInterruptedError:
    return CommandInterruptedError(
        "interrupted: finished stages are kept, and so is a training up to its last saved state",
        repair=f"to go on: {shlex.join(['rnnvis', *sys.argv[1:]])}",
    )


def exit_with(error: RnnvisError) -> None:
    """Prints an error and ends the process."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    print_plain(error, "[red]error[/]: ")
    sys.exit(INTERRUPTED if isinstance(error, CommandInterruptedError) else FAILED)
