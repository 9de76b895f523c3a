"""Making notifications: check each item, commit all of them together with their deliveries, hand over to
waiting senders.

Checks are in `preparing`. Committing is the store's, in group commits shared by concurrent calls; handing a
new delivery to a sender that already waits is the queue's (`delivering`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from notifyrules.statuses import NotificationType
from servicekit.batching import Batcher
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, NotFound, RuleBroken, ServiceError, Unimplemented, Violation
from servicekit.ids import bucket_in, bucket_of, new_id, time_of
from services.notifications.caches import TtlCache
from services.notifications.contents import MessageSettings
from services.notifications.delivering import DeliveryQueue
from services.notifications.new_notifications import CreatedNotification, NewNotification, Prepared
from services.notifications.preparing import (
    parse_recipient_address,
    parse_recipient_number,
    prepare_email,
    prepare_text,
)
from services.notifications.sending_services import SendingService, TemplateVersion

MAX_CLOCK_SKEW = timedelta(minutes=10)
"""How far the time in an id that a caller made may be from ours."""

_CHANNEL_WORDS = {
    NotificationType.SMS: "text messages",
    NotificationType.EMAIL: "emails",
    NotificationType.LETTER: "letters",
}


class Creating:
    """Checks, commits and hands over. One for each process."""

    def __init__(
        self,
        *,
        services: TtlCache[UUID, SendingService],
        templates: TtlCache[UUID, TemplateVersion],
        queue: DeliveryQueue,
        clock: Clock,
        settings: MessageSettings,
    ) -> None:
        self._services = services
        self._templates = templates
        self._clock = clock
        self._settings = settings
        # A batch is a list of lists: the calls of a moment share one transaction.
        self._committer: Batcher[list[Prepared], None] = Batcher(
            queue.insert_and_hand_over, name="insert notifications", max_items=16, max_in_flight=2
        )

    async def create(
        self, items: Sequence[NewNotification | ServiceError]
    ) -> list[CreatedNotification | ServiceError]:
        """Check and commit; one answer or error for each item, in order. Items that are already errors stay
        as they are.

        When this returns, every item that is answered with a notification is committed.
        """
        results: list[Prepared | ServiceError] = []
        for item in items:
            if isinstance(item, ServiceError):
                results.append(item)
                continue
            try:
                results.append(await self._prepare(item))
            except ServiceError as refusal:
                results.append(refusal)
        to_store = [r for r in results if isinstance(r, Prepared) and not r.answer.simulated]
        if to_store:
            await self._committer.submit(to_store)
        return [r.answer if isinstance(r, Prepared) else r for r in results]

    async def close(self) -> None:
        """Commit what was accepted, then refuse more."""
        await self._committer.close()

    async def _prepare(self, item: NewNotification) -> Prepared:
        self._check_id(item)
        match item.type:
            case NotificationType.SMS:
                number = parse_recipient_number(item.recipient)
                service = await self._service(item)
                return prepare_text(item, number, service, await self._template(item))
            case NotificationType.EMAIL:
                address = parse_recipient_address(item.recipient)
                service = await self._service(item)
                return prepare_email(item, address, service, await self._template(item), self._settings)
            case NotificationType.LETTER:
                await self._service(item)
                raise Unimplemented("Letters are not available yet")

    def _check_id(self, item: NewNotification) -> None:
        """An id must be of this service and of now: it says where and when the notification lives."""
        try:
            fits = bucket_in(item.id) == bucket_of(item.service_id)
            age = abs(time_of(item.id) - self._clock.now())
        except ValueError:
            fits, age = False, timedelta()
        if not fits or age > MAX_CLOCK_SKEW:
            raise InvalidRequest(
                [Violation("id", "id is not a UUIDv7 made just now with the bucket of the service")]
            )

    async def _service(self, item: NewNotification) -> SendingService:
        service = self._services.peek(item.service_id) or await self._services.get(item.service_id)
        if item.type.value not in service.permissions:
            raise RuleBroken(
                "CHANNEL_NOT_ALLOWED", f"Service is not allowed to send {_CHANNEL_WORDS[item.type]}"
            )
        return service

    async def _template(self, item: NewNotification) -> TemplateVersion:
        try:
            template = self._templates.peek(item.template_id) or await self._templates.get(item.template_id)
        except NotFound as missing:
            raise RuleBroken("TEMPLATE_NOT_FOUND", "Template not found") from missing
        if template.service_id != item.service_id:
            raise RuleBroken("TEMPLATE_NOT_FOUND", "Template not found")
        if template.type is not item.type:
            raise RuleBroken(
                "TEMPLATE_WRONG_TYPE",
                f"{template.type.value} template is not suitable for {item.type.value} notification",
            )
        if template.archived:
            raise RuleBroken("TEMPLATE_ARCHIVED", "Template has been deleted")
        return template


def new_notification_id(service_id: UUID, at: datetime | None = None) -> UUID:
    """An id for a new notification of a service."""
    return new_id(bucket=bucket_of(service_id), at=at)
