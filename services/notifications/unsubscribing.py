"""Recipients who follow the unsubscribe link of an email: which links are good, and what services are to deal
with.

Source: public contract, section 14 (a token is good for a year; the answer is the same again and again), and
the facts about unsubscribing: a repeat is not stored until the service has dealt with the earlier request.
Called by the servicer. Making tokens is `secret_box`'s; links are put in emails by `contents`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from servicekit.clock import Clock
from servicekit.ids import parse_id
from services.notifications.secret_box import SecretBox
from services.notifications.unsubscribing_store import UnsubscribeRequest, UnsubscribingStore

LINK_LIFE = timedelta(days=365)
_CLOCKS_DIFFER = timedelta(minutes=5)
"""A link is not from the future; our machines' clocks may differ by this much."""


class UnsubscribeOutcome(StrEnum):
    """What became of a click on a link."""

    ACCEPTED = "accepted"
    BAD_TOKEN = "bad_token"  # noqa: S105 -- a word for it, and no secret
    UNKNOWN_NOTIFICATION = "unknown_notification"


class Unsubscribing:
    """Takes and lists requests. One for each process."""

    def __init__(self, store: UnsubscribingStore, secrets: SecretBox, clock: Clock) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock

    async def unsubscribe(self, notification_id: str, token: str) -> UnsubscribeOutcome:
        """Take a click on the link that has this id and token, whatever they are.

        A good token under another message's id counts as one for an unknown message.
        """
        said = self._secrets.read_unsubscribe_token(token)
        if said is None or not self._is_timely(said.issued_at):
            return UnsubscribeOutcome.BAD_TOKEN
        try:
            is_its_own = parse_id(notification_id) == said.notification_id
        except ValueError:
            is_its_own = False
        if not is_its_own or not await self._request(said.notification_id):
            return UnsubscribeOutcome.UNKNOWN_NOTIFICATION
        return UnsubscribeOutcome.ACCEPTED

    async def list(
        self, service_id: UUID, *, include_closed: bool, before: UUID | None, limit: int
    ) -> Sequence[UnsubscribeRequest]:
        """A page of a service's requests, newest first; `before` is the last id of the page before."""
        return await self._store.list_requests(
            service_id, include_closed=include_closed, before=before, limit=limit
        )

    async def close(self, service_id: UUID, until: datetime) -> int:
        """Note that a service has dealt with its requests up to a time; gives how many were open."""
        return await self._store.close_requests(service_id, until, self._clock.now())

    def _is_timely(self, issued_at: datetime) -> bool:
        now = self._clock.now()
        return now - LINK_LIFE <= issued_at <= now + _CLOCKS_DIFFER

    async def _request(self, notification_id: UUID) -> bool:
        """Make sure that a request is open; gives whether there is, or was, such an email."""
        email = await self._store.find_email(notification_id)
        if email is None:
            # A message that is no longer kept may have been unsubscribed from while it was.
            return await self._store.has_open_request(notification_id)
        await self._store.add_request(email, self._clock.now())
        return True
