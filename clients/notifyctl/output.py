"""What a person or a script sees: text for people, one JSON document for `--json`, one line for an error.

Exit codes: 0 done; 1 it could not be done; 2 the command was typed wrongly; 3 the system could not be
reached.
"""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

FAILED = 1
UNREACHABLE = 3

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


class CommandError(Exception):
    """The command cannot be carried out; the text is one line for the person at the terminal."""

    def __init__(self, message: str, *, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def show(facts: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Print the facts as JSON, or the text."""
    if as_json:
        print(json.dumps(facts, indent=2, ensure_ascii=False, default=str))
    else:
        console.print(text)


def show_error(message: str) -> None:
    """Print an error on one line of standard error."""
    errors.print("[red]error:[/red]", end=" ")
    errors.print(message.strip(), markup=False)


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before several things are changed.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the record.")]


def confirm(question: str, *, yes: bool) -> None:
    """Ask before several things are changed. Raises CommandError where the answer is no, or nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{question} Add --yes to do so without being asked.")
    if not typer.confirm(question, err=True):
        raise CommandError("nothing was changed")
