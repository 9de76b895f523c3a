"""What the files of letters are called. Source: the public contract, letters: days and deadlines.

A letter's own PDF is in the folder of the day on whose evening it goes to the printer. The other files of a
letter are called by its id.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from filekit.object_store.keys import Area, ObjectKey
from notifyrules.letter_timings import PRINT_DEADLINE
from notifyrules.london_time import utc_to_london
from notifyrules.postage import Postage

_CLASSES: Final = {
    Postage.FIRST: "1",
    Postage.SECOND: "2",
    Postage.ECONOMY: "ECONOMY",
    Postage.EUROPE: "E",
    Postage.REST_OF_WORLD: "N",
}


def print_run_day(made_at: datetime) -> date:
    """Return the day in London of the print run that takes a letter made at the aware `made_at`."""
    made = utc_to_london(made_at)
    return made.date() + timedelta(days=made.time() >= PRINT_DEADLINE)


def letter_file_name(reference: str, postage: Postage, made_at: datetime) -> str:
    """Return what the printer knows a letter's file as; the time in it is UTC."""
    moment = made_at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"NOTIFY.{reference}.D.{_CLASSES[postage]}.C.{moment}.PDF".upper()


def letter_key(reference: str, postage: Postage, made_at: datetime) -> ObjectKey:
    """Return where the PDF of a letter is that will be printed. `reference`: 16 capitals and digits."""
    folder = print_run_folder(print_run_day(made_at))
    return ObjectKey(Area.LETTERS, f"{folder}/{letter_file_name(reference, postage, made_at)}")


def letter_key_of_test_key(reference: str, postage: Postage, made_at: datetime) -> ObjectKey:
    """Return where the PDF of a letter of a test key is, which is in no day's folder."""
    return ObjectKey(Area.TEST_LETTERS, letter_file_name(reference, postage, made_at))


def print_run_folder(day: date) -> str:
    """Return the folder of the letters of a day's print run."""
    return day.isoformat()


def upload_key(area: Area, notification_id: str) -> ObjectKey:
    """Return where the file of an uploaded letter is in this area."""
    return ObjectKey(area, f"{notification_id}.PDF")


def attachment_key(attachment_id: str) -> ObjectKey:
    """Return where the pages are that belong to a template."""
    return ObjectKey(Area.ATTACHMENTS, f"{attachment_id}.PDF")
