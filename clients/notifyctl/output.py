"""What a person or a script sees: text for people, one JSON document for `--json`, one line for an error.

Exit codes: 0 done; 1 it could not be done; 2 the command was typed wrongly; 3 the system could not be
reached.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

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


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing more than one thing.")]


def show_table(
    name: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool
) -> None:
    """Print rows as JSON under a name, or some of their fields as a table. `columns`: field → title."""
    if as_json:
        show({name: list(rows)}, "", as_json=True)
        return
    table = Table(box=None, pad_edge=False)
    for title in columns.values():
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(field)) for field in columns))
    console.print(table)
    if not rows:
        console.print(f"no {name.replace('_', ' ')}")


def show_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print facts as JSON, or one to a line."""
    width = max((len(name) for name in facts), default=0)
    text = "\n".join(f"{name.replace('_', ' '):<{width}}  {_cell(value)}" for name, value in facts.items())
    if as_json:
        show(facts, text, as_json=True)
    else:
        console.print(text, markup=False)


def confirm(count: int, question: str, *, yes: bool) -> None:
    """Ask before more than one thing is changed. Raises CommandError where the answer is no, or nobody can answer."""
    if count <= 1 or yes:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{question} Nobody can be asked: say --yes")
    if not typer.confirm(question, err=True):
        raise CommandError("nothing was changed")


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(_cell(each) for each in value) or "–"
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
