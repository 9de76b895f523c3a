"""What the print provider is asked for a letter, as its API wants it.

Pure: no network here (`dvla`). Source of fields and lengths: the public contract, DVLA print API, print request.
"""

import base64
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from notifyrules.postage import Postage
from notifyrules.postal_addresses import PostalAddress, parse_postal_address

_DESPATCH_METHODS: Final = {
    Postage.FIRST: "FIRST",
    Postage.ECONOMY: "ECONOMY",
    Postage.EUROPE: "INTERNATIONAL_EU",
    Postage.REST_OF_WORLD: "INTERNATIONAL_ROW",
}
"""Second class is what the provider does when nothing is said."""

_MOST_RECIPIENT_CHARACTERS: Final = 255
_MOST_LINE_CHARACTERS: Final = 45
_MOST_POSTCODE_CHARACTERS: Final = 10
_MOST_COUNTRY_CHARACTERS: Final = 256
_LINES: Final = 5
_BFPO_LINES: Final = 4
_REPORT_WINDOW_S: Final = 10_800
"""For how long the provider tries again to report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintJob:
    """A letter to be printed."""

    notification_id: UUID
    """The provider refuses a second job with it (409), which is what keeps a letter from being printed twice."""
    reference: str
    """16 capitals and digits."""
    address_lines: tuple[str, ...] = field(repr=False)
    """As they stand in the window: valid, 3 to 7 lines."""
    postage: Postage
    pdf: bytes = field(repr=False)
    service_id: UUID
    organisation_id: UUID | None
    report_url: str = field(repr=False)
    """Where the provider reports, with a token in it."""


def print_request(job: PrintJob) -> bytes:
    """The body of `POST /print-request/v1/print/jobs`. Raises ValueError for an address without lines."""
    address = parse_postal_address("\n".join(job.address_lines), allow_international=True)
    standard: dict[str, object] = {
        "jobType": "NOTIFY",
        "templateReference": "NOTIFY",
        "businessIdentifier": job.reference,
        "recipientName": _recipient(address),
        "address": _address(address),
    }
    if job.postage in _DESPATCH_METHODS:
        standard["despatchMethod"] = _DESPATCH_METHODS[job.postage]
    custom = {"pdfContent": base64.b64encode(job.pdf).decode("ascii")}
    if job.organisation_id is not None:
        custom["organisationIdentifier"] = str(job.organisation_id)
    custom["serviceIdentifier"] = str(job.service_id)
    return msgspec.json.encode(
        {
            "id": str(job.notification_id),
            "standardParams": standard,
            "customParams": [{"key": key, "value": value} for key, value in custom.items()],
            "callbackParams": {
                "target": job.report_url,
                "retryParams": {"enabled": True, "maxRetryWindow": _REPORT_WINDOW_S},
            },
        }
    )


def _recipient(address: PostalAddress) -> str:
    recipient = next(iter(address.bfpo_address_lines or address.normalised_lines), "")
    if not recipient:
        raise ValueError("a letter without an address can't be printed")
    return recipient[:_MOST_RECIPIENT_CHARACTERS]


def _address(address: PostalAddress) -> dict[str, object]:
    """Exactly one of the three kinds of address. All but a forces' one begin below the recipient's name."""
    if address.bfpo_address_lines is not None:
        bfpo: dict[str, object] = dict(_numbered(address.bfpo_address_lines, _BFPO_LINES))
        if address.postcode:
            bfpo["postcode"] = address.postcode[:_MOST_POSTCODE_CHARACTERS]
        return {"bfpoAddress": bfpo | {"bfpoNumber": address.bfpo_number}}
    *lines, last = address.normalised_lines[1:]
    numbered = _numbered(lines, _LINES)
    if address.is_international:
        return {"internationalAddress": numbered | {"country": last[:_MOST_COUNTRY_CHARACTERS]}}
    return {"unstructuredAddress": numbered | {"postcode": last[:_MOST_POSTCODE_CHARACTERS]}}


def _numbered(lines: "tuple[str, ...] | list[str]", most: int) -> dict[str, str]:
    """`line1` and on. Lines beyond the last one are put into it, so that they are cut off and not lost."""
    kept = [*lines[: most - 1], ", ".join(lines[most - 1 :])] if len(lines) > most else list(lines)
    return {f"line{number}": line[:_MOST_LINE_CHARACTERS] for number, line in enumerate(kept, 1)}
