"""What the files of letters are called, and with which print run they go."""

from datetime import UTC, date, datetime

import pytest

from filekit.object_store.keys import Area
from notifyrules.postage import Postage
from services.letters.letter_files import (
    attachment_key,
    letter_key,
    letter_key_of_test_key,
    print_run_day,
    upload_key,
)

REFERENCE = "ABCD1234EFGH5678"


@pytest.mark.parametrize(
    ("made_at", "day"),
    [
        (datetime(2026, 1, 5, 17, 29, 59, tzinfo=UTC), date(2026, 1, 5)),
        (datetime(2026, 1, 5, 17, 30, tzinfo=UTC), date(2026, 1, 6)),
        (datetime(2026, 7, 1, 16, 29, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 16, 30, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 12, 31, 18, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 3, 29, 16, 30, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 25, 17, 29, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_a_letter_goes_with_the_print_run_after_it(made_at: datetime, day: date) -> None:
    assert print_run_day(made_at) == day


@pytest.mark.parametrize(
    ("postage", "name"),
    [
        (Postage.FIRST, "NOTIFY.ABCD1234EFGH5678.D.1.C.20260701163001.PDF"),
        (Postage.SECOND, "NOTIFY.ABCD1234EFGH5678.D.2.C.20260701163001.PDF"),
        (Postage.ECONOMY, "NOTIFY.ABCD1234EFGH5678.D.ECONOMY.C.20260701163001.PDF"),
        (Postage.EUROPE, "NOTIFY.ABCD1234EFGH5678.D.E.C.20260701163001.PDF"),
        (Postage.REST_OF_WORLD, "NOTIFY.ABCD1234EFGH5678.D.N.C.20260701163001.PDF"),
    ],
)
def test_a_letter_is_called_as_the_printer_wants_it(postage: Postage, name: str) -> None:
    made_at = datetime(2026, 7, 1, 16, 30, 1, tzinfo=UTC)
    assert str(letter_key(REFERENCE, postage, made_at)) == f"letters/2026-07-02/{name}"
    assert str(letter_key_of_test_key(REFERENCE, postage, made_at)) == f"test-letters/{name}"


def test_other_files_are_called_by_their_id() -> None:
    assert str(upload_key(Area.QUARANTINE, "018f-1")) == "quarantine/018f-1.PDF"
    assert str(attachment_key("018f-2")) == "attachments/018f-2.PDF"
