"""Files among the values of an email: their shape, and what a service needs before it may send any. Pure.

The files themselves never come here: whoever calls stores them (services/documents) and gives their links as
values. Source of rules, order and wording: public contract, section 8. Called by `preparing`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from servicekit.errors import InvalidRequest, RuleBroken, Violation
from services.notifications.contents import MessageSettings
from services.notifications.sending_services import SendingService

MIN_RETENTION_WEEKS: Final = 1
MAX_RETENTION_WEEKS: Final = 78

FILES_NOT_STORED: Final = "FILES_NOT_STORED"
"""Reason of the refusal that says: all else is in order, now store the files."""

_KEYS: Final = ("file", "filename", "is_csv", "confirm_email_before_download", "retention_period")
_SWITCHES: Final = ("is_csv", "confirm_email_before_download")
_RETENTION: Final = re.compile(r"\s*([1-9]|[1-6][0-9]|7[0-8])\s+weeks?\s*", re.IGNORECASE | re.ASCII)


def files_in(values: Mapping[str, object]) -> dict[str, Mapping[str, Any]]:
    """The values that are files, by name."""
    return {name: value for name, value in values.items() if isinstance(value, dict) and "file" in value}


def check_files(
    files: Mapping[str, Mapping[str, Any]], service: SendingService, settings: MessageSettings
) -> None:
    """Check the shape of every file, then that the service has said where recipients can ask.

    Raises InvalidRequest with all that is wrong, or RuleBroken.
    """
    faults = [fault for value in files.values() for fault in _faults(value)]
    if faults:
        raise InvalidRequest([Violation("personalisation", fault) for fault in faults])
    if not service.contact_link:
        raise RuleBroken(
            "FILE_REFUSED",
            "Send files by email has not been set up - add contact details for your service at "
            f"{settings.admin_host}/services/{service.id}/service-settings/send-files-by-email",
        )


def not_stored() -> RuleBroken:
    """What an email with files is answered when all else is in order."""
    return RuleBroken(
        FILES_NOT_STORED, "The files must be stored first, and their links given in their place"
    )


def simulated_link(service: SendingService, settings: MessageSettings) -> str:
    """The link that an email to a simulated recipient has in place of each file."""
    return f"{settings.download_host}/services/{service.id}/documents/test-document"


def _faults(value: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(value["file"], str):
        yield f"file {_printed(value['file'])} is not of type string"
    both = "is_csv" in value and "filename" in value
    if "filename" in value:
        yield from _name_faults(value["filename"])
    for name in _SWITCHES:
        given = value.get(name)
        if given is not None and not isinstance(given, bool) and not (both and name == "is_csv"):
            yield f"{name} Unsupported value for {name}: {_bare(given)}. Use a boolean true or false value."
    if both:
        yield "Do not set a value for `is_csv` if `filename` is set."
    retention = value.get("retention_period")
    if retention is not None and not (isinstance(retention, str) and _RETENTION.fullmatch(retention)):
        yield (
            f"retention_period Unsupported value for retention_period: {_bare(retention)}. "
            f"Supported periods are from {MIN_RETENTION_WEEKS} to {MAX_RETENTION_WEEKS} weeks."
        )
    extra = sorted(name for name in value if name not in _KEYS)
    if extra:
        were = "was" if len(extra) == 1 else "were"
        yield f"Additional properties are not allowed ({', '.join(map(_printed, extra))} {were} unexpected)"


def _name_faults(name: object) -> Iterator[str]:
    if name is None:
        return
    if not isinstance(name, str):
        yield f"filename {_printed(name)} is not of type string, null"
    elif "." not in name:
        yield "filename `filename` must end with a file extension. For example, filename.csv"


def _printed(value: object) -> str:
    """As Python prints it, less every single quote."""
    return repr(value).replace("'", "")


def _bare(value: object) -> str:
    return str(value).replace("'", "")
