"""What a person or a script sees: text for people, one JSON document for `--json`, one line for an error.

Exit codes: 0 done; 1 it could not be done; 2 the command was typed wrongly; 3 the system could not be
reached.
"""

import json
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
