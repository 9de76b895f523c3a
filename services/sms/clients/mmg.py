"""MMG: texts as JSON, receipts as JSON. Facts: the provider's manual, as the public contract repeats them.

Wire format and code tables only. Called by `sending.py` and `receipts.py`.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import aiohttp
import msgspec

from deliverykit.types import TextContent
from notifyrules.recipients import PretendOutcome
from notifyrules.statuses import NotificationStatus
from services.sms.clients.http import post
from services.sms.clients.provider import (
    Blame,
    Faulty,
    NotTaken,
    ProviderName,
    Receipt,
    Taken,
    detail_code,
    text_of,
)

NAME: Final = ProviderName.MMG

STATUSES: Final[Mapping[str, NotificationStatus]] = {
    "2": NotificationStatus.PERMANENT_FAILURE,
    "3": NotificationStatus.DELIVERED,
    "4": NotificationStatus.TEMPORARY_FAILURE,
    "5": NotificationStatus.PERMANENT_FAILURE,
}
"""`status` of a receipt; any other is a technical failure."""

REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "2": {
        "1": "number does not exist",
        "4": "rejected by operator",
        "5": "unidentified subscriber",
        "9": "undelivered",
        "11": "service suspended",
        "12": "illegal equipment",
        "2049": "IMSI blacklisted",
        "2050": "do-not-disturb",
        "2052": "destination blacklisted",
        "2053": "source blacklisted",
    },
    "3": {"2": "delivered to operator", "5": "delivered to handset"},
    "4": {
        "6": "absent subscriber",
        "8": "roaming not allowed",
        "13": "not supported",
        "15": "expired",
        "27": "absent subscriber",
        "29": "invalid report",
        "32": "delivery failure",
    },
    "5": {
        "6": "out of coverage",
        "8": "incorrect prefix",
        "10": "do-not-disturb",
        "11": "sender not registered",
        "13": "sender blacklisted",
        "14": "destination blacklisted",
        "19": "no routing",
        "20": "anti-flooding",
        "21": "system error",
        "23": "duplicate id",
        "24": "wrong format",
        "25": "too long",
        "51": "no recipient",
        "52": "invalid destination",
    },
}
"""What `substatus` means, by `status`: for people alone, nothing is decided by it."""

_PRETEND_STATUS: Final = {
    PretendOutcome.DELIVERED: "3",
    PretendOutcome.TEMPORARY_FAILURE: "4",
    PretendOutcome.PERMANENT_FAILURE: "5",
}
_MAX_REFERENCE: Final = 64


class MmgClient:
    """Sends through MMG; an `SmsClient`."""

    def __init__(
        self, session: aiohttp.ClientSession, *, url: str, api_key: str, receipt_url: str | None
    ) -> None:
        """`api_key` is sent as it is. `receipt_url`: where MMG shall post receipts; None: as agreed with
        it."""
        self._session = session
        self._url = url
        self._headers = {"Content-Type": "application/json", "Authorization": f"Basic {api_key}"}
        self._receipt_url = receipt_url

    async def send(self, notification_id: UUID, text: TextContent) -> Taken | NotTaken:
        """As in `SmsClient`. MMG has a message when it answers 2xx with any JSON."""
        body: dict[str, Any] = {
            "reqType": "BULK",
            "MSISDN": text.phone_number,
            "msg": text.body,
            "sender": text.sender,
            "cid": str(notification_id),
            "multi": True,
        }
        if self._receipt_url is not None:
            body["delurl"] = self._receipt_url
        answer = await post(
            ProviderName.MMG, self._session, self._url, msgspec.json.encode(body), self._headers
        )
        if isinstance(answer, NotTaken):
            return answer
        try:
            content = msgspec.json.decode(answer)
        except (ValueError, RecursionError):
            return NotTaken("not_json", Blame.PROVIDER, may_have_it=True)
        return Taken(_reference_in(content))


def _reference_in(content: object) -> str | None:
    reference = content.get("Reference") if isinstance(content, dict) else None
    return str(reference)[:_MAX_REFERENCE] if isinstance(reference, str | int) and reference else None


def read_receipt(body: bytes) -> Receipt | Faulty:
    """Read a receipt, whatever it holds; it need not even be JSON."""
    fields = _fields_of(body)
    status, reference = text_of(fields.get("status")), text_of(fields.get("CID"))
    faults = [name for name, value in (("status", status), ("CID", reference)) if not value]
    if faults:
        return Faulty(tuple(f"MMG callback failed: {name} missing" for name in faults))
    substatus = text_of(fields.get("substatus"))
    return Receipt(
        reference=reference,
        status=STATUSES.get(status, NotificationStatus.TECHNICAL_FAILURE),
        is_known=status in STATUSES,
        detail_code=detail_code(status, substatus),
        reason=REASONS.get(status, {}).get(substatus, ""),
    )


def _fields_of(body: bytes) -> Mapping[str, object]:
    try:
        fields = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def pretend_status(outcome: PretendOutcome) -> NotificationStatus:
    """The status that MMG's receipt would lead to."""
    return STATUSES[_PRETEND_STATUS[outcome]]
