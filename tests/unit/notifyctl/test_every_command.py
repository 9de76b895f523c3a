"""What holds for every command of `notifyctl`, and that the commands that documents tell of exist."""

import itertools
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from clients.notifyctl.__main__ import app
from clients.notifyctl.stack.services import ROOT

Command = Any
"""A command of the library beneath Typer, which has no public name."""

TREE: Command = typer.main.get_command(app)
LOOKS_ONLY = {
    "show",
    "list",
    "find",
    "search",
    "status",
    "history",
    "endpoints",
    "stock",
    "capacity",
    "raised",
}
EXAMPLE = re.compile(r"^ *Example: (.*)$", re.MULTILINE)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TYPED = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?notifyctl (.+)$")
MENTIONED = re.compile(r"`(?:[A-Z_]+=\S+ )*notifyctl ([^`]+)`")


def commands(command: Command, *words: str) -> Iterator[tuple[str, Command]]:
    """Every command that does something, by its words."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *words, name)
    if getattr(command, "invoke_without_command", True):
        yield " ".join(words), command


EVERY = dict(commands(TREE))


def options(command: Command) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


def command_in(words: list[str]) -> tuple[Command, list[str]]:
    """The command that words begin with, and the rest of them. Raises LookupError."""
    command, rest = TREE, list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    if not getattr(command, "invoke_without_command", True):
        raise LookupError(" ".join(words))
    return command, rest


def parse(name: str, command: Command, rest: list[str]) -> None:
    """Take a command's words as the command line does. Fails when they are not understood."""
    try:
        command.make_context(name, list(rest)).close()
    except Exception as refused:
        if "does not exist" not in str(refused):  # a file that a person has, and this machine has not
            raise


@pytest.mark.parametrize("name", EVERY)
def test_a_command_shows_examples_that_work_and_speaks_json(name: str) -> None:
    command = EVERY[name]
    examples = EXAMPLE.findall(command.help or "")
    calls = [_words(text.partition("notifyctl ")[2]) for text in examples if "$(" not in text]

    assert "--json" in options(command)
    assert examples, "--help shows no example"
    for words in calls:
        parse(name, *command_in(words))


@pytest.mark.parametrize("name", EVERY)
def test_what_asks_before_it_changes_much_takes_a_reason_too(name: str) -> None:
    has = options(EVERY[name])
    # What is made of the local stack and of files is nobody's but its owner's.
    if "--yes" in has and name not in {"reset", "send", "fixtures load"}:
        assert "--reason" in has


def typed() -> list[Any]:
    """Lines of the documents that a person may type, with where they are."""
    found = []
    for file in DOCUMENTS:
        lines = iter(enumerate(file.read_text(encoding="utf-8").splitlines(), 1))
        is_fenced = False
        for number, line in lines:
            if line.startswith("```"):
                is_fenced = not is_fenced
            match = TYPED.match(line) if is_fenced or line.startswith("    ") else None
            if match is None:
                continue
            text = match[1]
            while text.endswith("\\"):
                text = text[:-1] + next(lines)[1]
            found.append(pytest.param(text, id=f"{file.name}:{number}"))
    return found


@pytest.mark.parametrize("text", typed())
def test_what_a_document_says_to_type_is_understood(text: str) -> None:
    command, rest = command_in([word for word in _words(text) if word != "--help"])
    if "--help" in text:
        return
    parse(text, command, rest)


def mentioned() -> list[Any]:
    found = []
    for file in DOCUMENTS:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            found += [
                pytest.param(text, id=f"{file.name}:{number}:{text[:30]}") for text in MENTIONED.findall(line)
            ]
    return found


@pytest.mark.parametrize("text", mentioned())
def test_a_command_that_a_document_mentions_exists(text: str) -> None:
    words = _words(re.sub(r"[…<>|]", " ", text))
    if words[0].startswith("--"):
        return
    command = TREE
    for word in itertools.takewhile(lambda word: not word.startswith("-"), words):
        if not hasattr(command, "commands"):
            break
        assert word in command.commands or word.isupper(), f"there is no {text}"
        command = command.commands.get(word, command)
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    if not hasattr(command, "commands"):
        assert not given - options(command)


def _words(text: str) -> list[str]:
    """Words of a command line, up to where its output goes elsewhere."""
    words = shlex.split(text, comments=True)
    return list(itertools.takewhile(lambda word: word not in {"|", ">", "&&", ";"}, words))
