"""GET /v2/notifications/<id> and /v2/notifications/<id>/pdf: read one message."""

from notifyrules.statuses import NotificationStatus
from servicekit.errors import RuleBroken
from services.api_gateway import convert
from services.api_gateway.auth import Caller
from services.api_gateway.errors import NO_PDF, NOT_A_LETTER, PDF_NOT_READY, VIRUS_SCAN_FAILED
from services.api_gateway.http import PDF, Answer, Request, json_answer
from services.api_gateway.ports import LettersPort, NotificationsPort
from services.api_gateway.schemas import check_path_id


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
        _check_has_pdf(convert.status_of(notification))
        pdf = await self._letters.pdf(service_id, notification_id)
        return Answer(200, pdf, content_type=PDF)


def _check_has_pdf(status: NotificationStatus) -> None:
    match status:
        case NotificationStatus.VIRUS_SCAN_FAILED:
            raise RuleBroken(VIRUS_SCAN_FAILED, "File did not pass the virus scan")
        case NotificationStatus.TECHNICAL_FAILURE:
            raise RuleBroken(NO_PDF, "PDF not available for letters in status technical-failure")
        case NotificationStatus.PENDING_VIRUS_CHECK:
            raise RuleBroken(PDF_NOT_READY, "PDF not available yet, try again later")
        case _:
            pass
