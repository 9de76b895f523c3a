"""Reading notifications back: filled in again from the template version and values that they were made with."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from notifyrules.london_time import london_date
from notifyrules.placeholders import Personalisation
from notifyrules.rates import Rates, published, unit_rate
from notifyrules.statuses import NotificationType
from servicekit.errors import NotFound
from servicekit.ids import time_of
from services.notifications.caches import TtlCache
from services.notifications.contents import MessageSettings, parse_personalisation, unsubscribe_link
from services.notifications.deliveries import LetterDetails
from services.notifications.sending_services import (
    TemplateVersion,
    compiled_email,
    compiled_letter,
    compiled_sms,
)
from services.notifications.store import NotificationFilter, NotificationRow, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNotification:
    """A notification with its message filled in."""

    row: NotificationRow
    body: str
    subject: str | None
    unsubscribe_url: str | None
    rate_ten_thousandths: int  # of one fragment or a whole letter, on the day it was made
    address: dict[str, str]  # letters: lines as given
    created_by_name: str | None = None  # of who sent it from a web page
    letter: LetterDetails | None = None  # letters that are read alone


class Reading:
    """Reads for services and operators. One for each process."""

    def __init__(
        self,
        store: Store,
        *,
        templates: TtlCache[tuple[UUID, int], TemplateVersion],
        user_names: TtlCache[UUID, str],
        settings: MessageSettings,
        rates: Callable[[], Rates] = published,
    ) -> None:
        self._store = store
        self._templates = templates
        self._user_names = user_names
        self._settings = settings
        self._rates = rates

    async def get(self, service_id: UUID, notification_id: UUID) -> ReadNotification:
        """One notification of a service. Raises NotFound."""
        [found] = await self.get_many([(service_id, notification_id)])
        if found is None:
            raise NotFound("notification")
        if found.row.type == NotificationType.LETTER:
            return replace(found, letter=await self._store.letter_details(notification_id))
        return found

    async def get_many(self, wanted: Sequence[tuple[UUID, UUID]]) -> Sequence[ReadNotification | None]:
        """Notifications by service and id, in that order; None where a service has none of that id."""
        if not wanted:
            return []
        rows = await self._store.read_notifications(wanted)
        return [await self._read(row) if row is not None else None for row in rows]

    async def list(self, wanted: NotificationFilter) -> list[ReadNotification]:
        """A page of a service's notifications, newest first."""
        rows = await self._store.list_notifications(wanted)
        filled_in = []
        for index, row in enumerate(rows):
            if index % 50 == 49:
                await asyncio.sleep(0)  # a page is up to 20 ms of rendering; others get their turn in between
            filled_in.append(await self._read(row))
        return filled_in

    async def _read(self, row: NotificationRow) -> ReadNotification:
        read = self._filled_in(row, await self._template(row))
        if row.created_by is None:
            return read
        return replace(read, created_by_name=await self._name_of(row.created_by))

    async def _template(self, row: NotificationRow) -> TemplateVersion:
        key = (row.template_id, row.template_version)
        return self._templates.peek(key) or await self._templates.get(key)

    def _filled_in(self, row: NotificationRow, template: TemplateVersion) -> ReadNotification:
        values = parse_personalisation(row.personalisation)
        personalisation = Personalisation(values)
        subject: str | None = None
        match template.type:
            case NotificationType.SMS:
                body = compiled_sms(template.body, None).body(personalisation)
            case NotificationType.EMAIL:
                email = compiled_email(template.subject or "", template.body)
                body, subject = email.body(personalisation), email.subject(personalisation)
            case NotificationType.LETTER:
                letter = compiled_letter(template)
                body, subject = letter.body(personalisation), letter.subject(personalisation)
        return ReadNotification(
            row=row,
            body=body,
            subject=subject,
            unsubscribe_url=unsubscribe_link(row.id, row.unsubscribe_url, template, self._settings)
            if template.type is NotificationType.EMAIL
            else None,
            rate_ten_thousandths=unit_rate(
                self._rates(),
                template.type,
                london_date(time_of(row.id)),
                row.billable_units,
                row.postage,
            ),
            address={name: str(value) for name, value in values.items() if _is_address_line(name)}
            if template.type is NotificationType.LETTER
            else {},
        )

    async def _name_of(self, user_id: UUID) -> str | None:
        try:
            return await self._user_names.get(user_id)
        except NotFound:
            return None


def _is_address_line(name: str) -> bool:
    return name == "postcode" or (name.startswith("address_line_") and name[13:].isdigit())
