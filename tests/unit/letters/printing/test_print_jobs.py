"""What the print provider is asked for a letter."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest

from notifyrules.postage import Postage
from services.letters.printing.print_jobs import PrintJob, print_request

LETTER = UUID("6f1c2d3e-0000-7000-8000-000000000001")
SERVICE = UUID("6f1c2d3e-0000-7000-8000-000000000002")
ORGANISATION = UUID("6f1c2d3e-0000-7000-8000-000000000003")


def a_request(*address: str, **changes: Any) -> dict[str, Any]:
    job: dict[str, Any] = {
        "notification_id": LETTER,
        "reference": "ABCDEFGHIJKLMNOP",
        "address_lines": address or ("A. Person", "1 Street", "SW1A 1AA"),
        "postage": Postage.SECOND,
        "pdf": b"%PDF-1.7",
        "service_id": SERVICE,
        "organisation_id": ORGANISATION,
        "report_url": "https://api.example/notifications/letter/status?token=t",
    }
    request: dict[str, Any] = json.loads(print_request(PrintJob(**(job | changes))))
    return request


def test_every_field_of_a_request() -> None:
    assert a_request() == {
        "id": str(LETTER),
        "standardParams": {
            "jobType": "NOTIFY",
            "templateReference": "NOTIFY",
            "businessIdentifier": "ABCDEFGHIJKLMNOP",
            "recipientName": "A. Person",
            "address": {"unstructuredAddress": {"line1": "1 Street", "postcode": "SW1A 1AA"}},
        },
        "customParams": [
            {"key": "pdfContent", "value": base64.b64encode(b"%PDF-1.7").decode()},
            {"key": "organisationIdentifier", "value": str(ORGANISATION)},
            {"key": "serviceIdentifier", "value": str(SERVICE)},
        ],
        "callbackParams": {
            "target": "https://api.example/notifications/letter/status?token=t",
            "retryParams": {"enabled": True, "maxRetryWindow": 10800},
        },
    }


@pytest.mark.parametrize(
    ("postage", "method"),
    [
        (Postage.FIRST, "FIRST"),
        (Postage.SECOND, None),
        (Postage.ECONOMY, "ECONOMY"),
        (Postage.EUROPE, "INTERNATIONAL_EU"),
        (Postage.REST_OF_WORLD, "INTERNATIONAL_ROW"),
    ],
)
def test_how_a_letter_is_despatched(postage: Postage, method: str | None) -> None:
    assert a_request(postage=postage)["standardParams"].get("despatchMethod") == method


LONG = "x" * 300


@pytest.mark.parametrize(
    ("lines", "recipient", "address"),
    [
        (
            ("A", "b", "c", "d", "e", "f", "SW1A 1AA"),
            "A",
            {
                "unstructuredAddress": {
                    "line1": "b", "line2": "c", "line3": "d", "line4": "e", "line5": "f", "postcode": "SW1A 1AA",
                }
            },
        ),
        (
            ("A", "Rue 1", "75001 Paris", "France"),
            "A",
            {"internationalAddress": {"line1": "Rue 1", "line2": "75001 Paris", "country": "France"}},
        ),
        (
            ("Cpl A", "Regiment", "BFPO 1234", "BF1 1AA"),
            "Cpl A",
            {"bfpoAddress": {"line1": "Cpl A", "line2": "Regiment", "postcode": "BF1 1AA", "bfpoNumber": 1234}},
        ),
        (
            ("Cpl A", "Regiment", "BFPO 1234"),
            "Cpl A",
            {"bfpoAddress": {"line1": "Cpl A", "line2": "Regiment", "bfpoNumber": 1234}},
        ),
        (
            (LONG, LONG, "SW1A 1AA"),
            "x" * 255,
            {"unstructuredAddress": {"line1": "x" * 45, "postcode": "SW1A 1AA"}},
        ),
        (
            ("A", "b", "c", "d", "e", "BFPO 12", "BF1 1AA"),
            "A",
            {
                "bfpoAddress": {
                    "line1": "A", "line2": "b", "line3": "c", "line4": "d, e", "postcode": "BF1 1AA", "bfpoNumber": 12,
                }
            },
        ),
    ],
)  # fmt: skip
def test_addresses(lines: tuple[str, ...], recipient: str, address: dict[str, Any]) -> None:
    params = a_request(*lines)["standardParams"]

    assert (params["recipientName"], params["address"]) == (recipient, address)


def test_a_service_without_an_organisation_names_none() -> None:
    keys = [param["key"] for param in a_request(organisation_id=None)["customParams"]]

    assert keys == ["pdfContent", "serviceIdentifier"]


def test_a_letter_without_an_address_is_never_asked_for() -> None:
    with pytest.raises(ValueError, match="without an address"):
        a_request("")
