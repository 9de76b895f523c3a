"""What `notifyctl send --csv` makes of its arguments."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from clients.notifyctl.sending_tables import moment_of


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01 09:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-07-01 09:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01T09:00:07", datetime(2026, 7, 1, 8, 0, 7, tzinfo=UTC)),
        ("2026-07-01 09:00:07Z", datetime(2026, 7, 1, 9, 0, 7, tzinfo=UTC)),
        ("2026-07-01 09:00 UTC", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("2026-10-25 01:30Z", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_londons_unless_it_says_utc(text: str, moment: datetime) -> None:
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-03-29 01:30", "skip this time"),
        ("2026-10-25 01:30", "show this time twice"),
        ("2026-02-30 09:00", "write it as"),
        ("2026-12-01 09:00+02:00", "write it as"),
        ("tomorrow", "write it as"),
    ],
)
def test_a_time_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        moment_of(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--csv", "people.csv"], "say --csv, --service and --template"),
        (["--csv", "no/such.csv", "-s", "A", "-t", "B"], "the file can not be read"),
        (["--csv", "a.csv", "sms", "-s", "A", "-t", "B", "--to", "C"], "leave `sms` or `email` out"),
    ],
)
def test_what_is_typed_wrongly_is_told_before_anybody_is_asked(arguments: Sequence[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        CliRunner().invoke(app, ["send", *arguments], catch_exceptions=False)
