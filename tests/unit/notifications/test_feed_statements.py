"""Whatever changes the status of notifications, or makes them, writes it in the feed and counts the version."""

import re
from pathlib import Path

import pytest

SERVICE = Path(__file__).resolve().parents[3] / "services" / "notifications"
_STATEMENT = re.compile(r"^-- name: *(\S+)\s*$", re.MULTILINE)


def _statements() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(SERVICE.glob("*.sql")):
        pieces = _STATEMENT.split(path.read_text(encoding="utf-8"))
        found |= {f"{path.name} {name}": text for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    for path in sorted(SERVICE.glob("*.py")):
        found[path.name] = path.read_text(encoding="utf-8")
    return found


STATEMENTS = _statements()
MAKING = [name for name, text in STATEMENTS.items() if re.search(r"insert into notifications\b", text)]
CHANGING = [
    name
    for name, text in STATEMENTS.items()
    if any(
        re.search(r"\b(status|provider|billable_units|postage) =", part.split("\nfrom", 1)[0])
        for part in re.findall(r"update notifications\s+set(.*?)(?:\n\)|\Z)", text, re.DOTALL)
    )
]


def test_the_statements_are_found() -> None:
    assert len(MAKING) >= 2
    assert len(CHANGING) >= 3


@pytest.mark.parametrize("name", sorted({*MAKING, *CHANGING}))
def test_a_change_is_written_in_the_feed(name: str) -> None:
    assert "insert into status_changes" in STATEMENTS[name]


@pytest.mark.parametrize("name", CHANGING)
def test_a_change_counts_the_version(name: str) -> None:
    assert "version = notifications.version + 1" in STATEMENTS[name]
