"""Firetext: texts as a form, receipts as a form. Facts: the provider's manual, as the public contract repeats
them.

Wire format and code tables only. Called by `sending.py` and `receipts.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import aiohttp
import msgspec

from deliverykit.types import StatusOverride, TextContent
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

NAME: Final = ProviderName.FIRETEXT

STATUSES: Final[Mapping[str, NotificationStatus]] = {
    "0": NotificationStatus.DELIVERED,
    "1": NotificationStatus.PERMANENT_FAILURE,
    "2": NotificationStatus.PENDING,
}
"""`status` of a receipt; any other is a technical failure."""

CODES: Final[Mapping[str, NotificationStatus]] = {
    "000": NotificationStatus.TEMPORARY_FAILURE,
    "101": NotificationStatus.PERMANENT_FAILURE,
    "102": NotificationStatus.TEMPORARY_FAILURE,
    "103": NotificationStatus.TEMPORARY_FAILURE,
    "104": NotificationStatus.TEMPORARY_FAILURE,
    "201": NotificationStatus.PERMANENT_FAILURE,
    "301": NotificationStatus.PERMANENT_FAILURE,
    "302": NotificationStatus.TEMPORARY_FAILURE,
    "401": NotificationStatus.PERMANENT_FAILURE,
    "900": NotificationStatus.TEMPORARY_FAILURE,
}
"""`code` of a receipt whose status is 1."""

REASONS: Final[Mapping[str, str]] = {
    "000": "no error reported",
    "101": "unknown subscriber",
    "102": "absent subscriber",
    "103": "busy",
    "104": "no memory",
    "201": "invalid number",
    "301": "SMS not supported",
    "302": "SMS not supported",
    "401": "rejected",
    "900": "routing error",
}
"""What `code` means, for people."""

_PRETEND_STATUSES: Final[Mapping[PretendOutcome, Sequence[str]]] = {
    PretendOutcome.DELIVERED: ("0",),
    PretendOutcome.PERMANENT_FAILURE: ("1",),
    PretendOutcome.TEMPORARY_FAILURE: ("2", "1"),
}
"""The receipts, none with a `code`, that would come one after the other."""
_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_MAX_REFUSAL: Final = 9_999
_UNKNOWN_REFUSAL: Final = "refused_code_unknown"


class FiretextClient:
    """Sends through Firetext; an `SmsClient`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        api_key: str,
        international_api_key: str,
        receipt_url: str | None,
    ) -> None:
        """`receipt_url`: where Firetext shall post receipts; None: as agreed with it."""
        self._session = session
        self._url = url
        self._api_key = api_key
        self._international_api_key = international_api_key
        self._receipt_url = receipt_url

    async def send(self, notification_id: UUID, text: TextContent) -> Taken | NotTaken:
        """As in `SmsClient`. Firetext has a message when it answers 2xx with JSON whose `code` is 0."""
        form = {
            "apiKey": self._international_api_key if text.international else self._api_key,
            "from": text.sender,
            "to": text.phone_number,
            "message": text.body,
            "reference": str(notification_id),
        }
        if self._receipt_url is not None:
            form["receipt"] = self._receipt_url
        answer = await post(
            ProviderName.FIRETEXT, self._session, self._url, urlencode(form).encode(), _HEADERS
        )
        if isinstance(answer, NotTaken):
            return answer
        try:
            content = msgspec.json.decode(answer)
        except (ValueError, RecursionError):
            return NotTaken("not_json", Blame.PROVIDER, may_have_it=True)
        code = content.get("code") if isinstance(content, dict) else None
        if not isinstance(code, int) or isinstance(code, bool):  # 2xx, and not a word of its refusing
            return NotTaken(_UNKNOWN_REFUSAL, Blame.MESSAGE, may_have_it=True)
        return Taken() if code == 0 else NotTaken(_refusal(code), Blame.MESSAGE)


def _refusal(code: int) -> str:
    return f"refused_code_{code}" if 0 <= code <= _MAX_REFUSAL else _UNKNOWN_REFUSAL


def read_receipt(body: bytes) -> Receipt | Faulty:
    """Read a receipt, whatever it holds. Of a field that comes twice the first counts."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields.setdefault(name, value)
    status, reference = text_of(fields.get("status")), text_of(fields.get("reference"))
    faults = [name for name, value in (("status", status), ("reference", reference)) if not value]
    if faults:
        return Faulty(tuple(f"Firetext callback failed: {name} missing" for name in faults))
    code = text_of(fields.get("code"))
    return Receipt(
        reference=reference,
        status=STATUSES.get(status, NotificationStatus.TECHNICAL_FAILURE),
        is_known=status in STATUSES,
        detail_code=detail_code(status, code),
        reason=REASONS.get(code, ""),
        code=code,
    )


def second_look(code: str) -> tuple[StatusOverride, ...]:
    """How a permanent failure is read for a message that was given to Firetext, whoever reports it.

    A known `code` decides; without one, a message that is pending failed temporarily.
    """
    by_code = CODES.get(code)
    if by_code is None:
        return (_FAILED_WHILE_PENDING,)
    return (StatusOverride(given_to=NAME.value, current_status=None, status=by_code),)


_FAILED_WHILE_PENDING: Final = StatusOverride(
    given_to=NAME.value,
    current_status=NotificationStatus.PENDING,
    status=NotificationStatus.TEMPORARY_FAILURE,
)


def pretend_status(outcome: PretendOutcome) -> NotificationStatus:
    """The status that Firetext's receipts would lead to, one after the other."""
    current = NotificationStatus.SENDING
    for code in _PRETEND_STATUSES[outcome]:
        status = STATUSES[code]
        if status is NotificationStatus.PERMANENT_FAILURE:
            for override in second_look(""):
                if override.current_status in (None, current):
                    status = override.status
                    break
        current = status
    return current
