"""When a letter is late, and when it should have been despatched."""

from datetime import UTC, datetime

import pytest

from clients.notifyctl.letters_returned import read_references
from services.notifications.letter_care import late_before, unsent_before


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2026-11-24T07:00", "2026-11-23T17:30"),  # the morning check: yesterday's deadline
        ("2026-11-24T18:49", "2026-11-23T17:30"),  # today's run may still be going
        ("2026-11-24T18:50", "2026-11-24T17:30"),
        ("2026-07-14T17:50", "2026-07-14T16:30"),  # London is an hour ahead
    ],
)
def test_a_letter_is_late_once_its_print_run_is_over(now: str, before: str) -> None:
    assert late_before(at(now)) == at(before)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2026-11-26T19:00", "2026-11-25T00:00"),  # Thursday: sent on Tuesday or before
        ("2026-11-23T19:00", "2026-11-20T00:00"),  # Monday: sent on Thursday or before
        ("2026-12-29T19:00", "2026-12-24T00:00"),  # Christmas and its substitute day are no print days
        ("2026-07-16T18:00", "2026-07-14T23:00"),  # midnight is London's
    ],
)
def test_a_letter_is_unsent_two_print_days_after_it_was_handed_over(now: str, before: str) -> None:
    assert unsent_before(at(now)) == at(before)


def test_references_are_found_in_csv_and_in_pasted_text() -> None:
    lines = [
        "reference,reason",
        '"ABCDEFGH01234567", moved away',
        "abcdefgh01234568; ABCDEFGH01234569",
        "ABCDEFGH01234567",
        "too-short",
    ]
    assert read_references(lines) == ["ABCDEFGH01234567", "ABCDEFGH01234568", "ABCDEFGH01234569"]
