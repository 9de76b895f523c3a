"""POST /v2/notifications/sms, /email and /letter: send one message.

Order of checks: token (`auth`), rate and day (`limits`), JSON, shape (`schemas`), the header
Idempotency-Key (`idempotency`); then the notifications service's.
"""

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from notify.notifications.v1 import notifications_pb2
from notifyrules.statuses import NotificationType
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, NotFound, QuotaExceeded, RuleBroken
from services.api_gateway import convert
from services.api_gateway.auth import Caller
from services.api_gateway.errors import LETTER_NOT_BASE64
from services.api_gateway.files import create_with_files, has_files, length_of_files
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.idempotency import REPLAYED, has_key, request_key
from services.api_gateway.json_body import parse_object
from services.api_gateway.large_bodies import LargeBodies
from services.api_gateway.limits import Limits, Place
from services.api_gateway.messages import (
    NewMessage,
    email_message,
    letter_message,
    precompiled_message,
    sms_message,
)
from services.api_gateway.ports import DocumentsPort, LettersPort, NotificationsPort
from services.api_gateway.schemas import (
    LETTER,
    PRECOMPILED_LETTER,
    Schema,
    check_body,
    email_schema,
    sms_schema,
)

V2Post = Callable[[Request, Caller], Awaitable[Answer]]

_DECODED_IN_A_THREAD_FROM: Final = 256 * 1024
"""Characters of base64: decoding more of it takes longer than others should wait."""


class PostNotification:
    """Sends messages."""

    def __init__(
        self,
        notifications: NotificationsPort,
        letters: LettersPort,
        documents: DocumentsPort,
        limits: Limits,
        clock: Clock,
        large_bodies: LargeBodies,
    ) -> None:
        self._notifications = notifications
        self._letters = letters
        self._documents = documents
        self._limits = limits
        self._large_bodies = large_bodies
        self._sms_schema = sms_schema(clock)
        self._email_schema = email_schema(clock)

    async def sms(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/notifications/sms."""
        return await self._repeatable(request, caller, NotificationType.SMS, self._post_sms)

    async def email(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/notifications/email."""
        return await self._repeatable(request, caller, NotificationType.EMAIL, self._post_email)

    async def letter(self, request: Request, caller: Caller) -> Answer:
        """POST /v2/notifications/letter: from a template, or a PDF in a field `content`."""
        return await self._repeatable(request, caller, NotificationType.LETTER, self._post_letter)

    async def _post_sms(self, request: Request, caller: Caller) -> Answer:
        async with await self._limits.check(caller, NotificationType.SMS) as place:
            body = await _read(request, self._sms_schema)
            return await self._send(request, caller, body, sms_message(body), place)

    async def _post_email(self, request: Request, caller: Caller) -> Answer:
        async with (
            await self._limits.check(caller, NotificationType.EMAIL) as place,
            self._large_bodies.room_for(request.most_email_bytes),
        ):
            raw = await request.email_body()
            body = parse_object(raw)
            request.check_length_without_files(len(raw) - length_of_files(body))
            check_body(self._email_schema, raw, body)
            if has_files(body):
                return await self._send_with_files(request, caller, body, place)
            return await self._send(request, caller, body, email_message(body), place)

    async def _post_letter(self, request: Request, caller: Caller) -> Answer:
        async with await self._limits.check(caller, NotificationType.LETTER) as place:
            raw = await request.letter_body()
            body = parse_object(raw)
            if "content" in body:
                check_body(PRECOMPILED_LETTER, raw, body)
                return await self._send_precompiled(request, caller, body, place)
            check_body(LETTER, raw, body)
            return await self._send(request, caller, body, letter_message(body), place)

    async def _send_precompiled(
        self, request: Request, caller: Caller, body: Mapping[str, Any], place: Place
    ) -> Answer:
        """The letters service has the PDF before the notification is there: what is left over where that is
        refused, or never asked for, it forgets after a while.
        """
        service_id = caller.service.service_id
        key = request_key(request, body)
        if key is not None:
            with contextlib.suppress(NotFound):
                kept = await self._notifications.kept_answer(service_id, key)
                return _answer(kept, NotificationType.LETTER, caller, request)
        await self._notifications.check_letter_upload(service_id, caller.key.type)
        content = await _decoded(body["content"])
        item = convert.new_notification(precompiled_message(body), caller, key)
        await self._letters.upload(service_id, item.id, content)
        return _sent(await self._notifications.create(item), NotificationType.LETTER, caller, request, place)

    async def _repeatable(
        self, request: Request, caller: Caller, kind: NotificationType, post: V2Post
    ) -> Answer:
        """What `post` answers; the first answer again where a repeat is refused for what has happened since:
        the message itself took the day's last place, or its time was ahead and lies behind now.
        """
        try:
            return await post(request, caller)
        except (QuotaExceeded, InvalidRequest) as refused:
            if not has_key(request):
                raise
            created = await self._kept_answer(request, caller)
            if created is None:
                raise refused from None
            return _answer(created, kind, caller, request)

    async def _kept_answer(
        self, request: Request, caller: Caller
    ) -> notifications_pb2.CreatedNotification | None:
        try:
            key = request_key(request, parse_object(await request.body()))
            if key is None:
                return None
            return await self._notifications.kept_answer(caller.service.service_id, key)
        except (InvalidRequest, RuleBroken, NotFound):
            return None

    async def _send(
        self,
        request: Request,
        caller: Caller,
        body: Mapping[str, Any],
        message: NewMessage,
        place: Place,
    ) -> Answer:
        key = request_key(request, body)
        created = await self._notifications.create(convert.new_notification(message, caller, key))
        return _sent(created, message.type, caller, request, place)

    async def _send_with_files(
        self, request: Request, caller: Caller, body: Mapping[str, Any], place: Place
    ) -> Answer:
        key = request_key(request, body)
        without_files = {**body, "personalisation": {}}

        async def create(personalisation: str) -> notifications_pb2.CreatedNotification:
            message = msgspec.structs.replace(
                email_message(without_files), personalisation_json=personalisation
            )
            return await self._notifications.create(convert.new_notification(message, caller, key))

        created = await create_with_files(self._documents, caller.service.service_id, body, create)
        return _sent(created, NotificationType.EMAIL, caller, request, place)


def _sent(
    created: notifications_pb2.CreatedNotification,
    kind: NotificationType,
    caller: Caller,
    request: Request,
    place: Place,
) -> Answer:
    if not (created.simulated or created.replayed):
        place.keep()
        request.message_id = created.id
    return _answer(created, kind, caller, request)


async def _read(request: Request, schema: Schema) -> Mapping[str, Any]:
    raw = await request.body()
    body = parse_object(raw)
    check_body(schema, raw, body)
    return body


async def _decoded(content: str) -> bytes:
    """What base64 stands for. Raises RuleBroken."""
    try:
        if len(content) < _DECODED_IN_A_THREAD_FROM:
            return base64.b64decode(content)
        return await asyncio.to_thread(base64.b64decode, content)
    except ValueError as err:
        raise RuleBroken(LETTER_NOT_BASE64, "Cannot decode letter content (invalid base64 encoding)") from err


def _answer(
    created: notifications_pb2.CreatedNotification, kind: NotificationType, caller: Caller, request: Request
) -> Answer:
    if not created.replayed:
        return json_answer(201, convert.created_json(created, kind, caller, request.root))
    first = convert.created_json(created, kind, caller, created.context)
    return json_answer(201, first, extra_headers=(REPLAYED,))
