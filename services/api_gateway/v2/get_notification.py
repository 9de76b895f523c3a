"""GET /v2/notifications/<id> and /v2/notifications/<id>/pdf: read one message."""

from typing import Final

from servicekit.errors import RuleBroken, Unimplemented
from services.api_gateway import convert
from services.api_gateway.auth import Caller
from services.api_gateway.errors import NOT_A_LETTER
from services.api_gateway.http import PDF, Answer, Request, json_answer
from services.api_gateway.ports import LettersPort, NotificationsPort
from services.api_gateway.schemas import check_path_id

_NO_PDFS: Final = "Letters are not available yet"


class GetNotification:
    """Reads one message."""

    def __init__(self, notifications: NotificationsPort, letters: LettersPort) -> None:
        self._notifications = notifications
        self._letters = letters

    async def read(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/notifications/<id>, with any key of the service."""
        notification_id = check_path_id("notification_id", request.path_values[0])
        notification = await self._notifications.get(caller.service.service_id, notification_id)
        return json_answer(200, convert.notification_json(notification, request.root))

    async def pdf(self, request: Request, caller: Caller) -> Answer:
        """GET /v2/notifications/<id>/pdf."""
        notification_id = check_path_id("notification_id", request.path_values[0])
        service_id = caller.service.service_id
        notification = await self._notifications.get(service_id, notification_id)
        if not convert.is_letter(notification):
            raise RuleBroken(NOT_A_LETTER, "Notification is not a letter")
        try:
            pdf = await self._letters.pdf(service_id, notification_id)
        except Unimplemented as err:
            raise Unimplemented(_NO_PDFS) from err
        return Answer(200, pdf, content_type=PDF)
