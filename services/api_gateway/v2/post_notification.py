"""POST /v2/notifications/sms, /email and /letter: send one message.

Order of checks: token (`auth`), rate and day (`limits`), JSON, shape (`schemas`); then the notifications
service's.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from notifyrules.statuses import NotificationType
from servicekit.clock import Clock
from servicekit.errors import Unimplemented
from services.api_gateway import convert
from services.api_gateway.auth import Caller
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.json_body import parse_object
from services.api_gateway.limits import Limits, Place
from services.api_gateway.messages import NewMessage, email_message, letter_message, sms_message
from services.api_gateway.ports import NotificationsPort
from services.api_gateway.schemas import (
    LETTER,
    PRECOMPILED_LETTER,
    Schema,
    check_body,
    email_schema,
    sms_schema,
)

NO_LETTERS: Final = "Letters are not available yet"


class PostNotification:
    """Sends messages."""

    def __init__(self, notifications: NotificationsPort, limits: Limits, clock: Clock) -> None:
        self._notifications = notifications
        self._limits = limits
        self._sms_schema = sms_schema(clock)
        self._email_schema = email_schema(clock)

    async def sms(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/notifications/sms."""
        async with await self._limits.check(caller, NotificationType.SMS) as place:
            message = await _read(request, self._sms_schema, sms_message)
            return await self._send(request, caller, message, place)

    async def email(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/notifications/email."""
        async with await self._limits.check(caller, NotificationType.EMAIL) as place:
            message = await _read(request, self._email_schema, email_message)
            return await self._send(request, caller, message, place)

    async def letter(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/notifications/letter: from a template, or a PDF in a field `content`."""
        async with await self._limits.check(caller, NotificationType.LETTER) as place:
            raw = await request.body()
            body = parse_object(raw)
            if "content" in body:
                check_body(PRECOMPILED_LETTER, raw, body)
                raise Unimplemented(NO_LETTERS)
            check_body(LETTER, raw, body)
            try:
                return await self._send(request, caller, letter_message(body), place)
            except Unimplemented as err:
                raise Unimplemented(NO_LETTERS) from err

    async def _send(self, request: Request, caller: Caller, message: NewMessage, place: Place) -> Answer:
        created = await self._notifications.create(convert.new_notification(message, caller))
        if not created.simulated:
            place.keep()
        return json_answer(201, convert.created_json(created, message.type, caller, request.root))


async def _read(
    request: Request, schema: Schema, make: Callable[[Mapping[str, Any]], NewMessage]
) -> NewMessage:
    raw = await request.body()
    body = parse_object(raw)
    check_body(schema, raw, body)
    return make(body)
