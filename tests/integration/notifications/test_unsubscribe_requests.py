"""Unsubscribe requests on a real database."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.notifications.new_notifications import CreatedNotification
from services.notifications.unsubscribing import UnsubscribeOutcome, Unsubscribing
from services.notifications.unsubscribing_store import UnsubscribeRequest, UnsubscribingStore
from tests.integration.notifications.callback_world import SECRETS
from tests.integration.notifications.conftest import System

ACCEPTED, BAD_TOKEN, UNKNOWN = UnsubscribeOutcome


class Links:
    """Unsubscribe links of a system."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.unsubscribing = Unsubscribing(UnsubscribingStore(system.pool, SECRETS), SECRETS, system.clock)

    async def email(self) -> UUID:
        (made,) = await self.system.creating.create([self.system.an_email(recipient="Ada@example.com")])
        assert isinstance(made, CreatedNotification)
        return made.id

    async def follow(self, id: UUID) -> UnsubscribeOutcome:
        return await self.unsubscribing.unsubscribe(str(id), SECRETS.unsubscribe_token(id))

    async def listed(self, *, include_closed: bool = False) -> list[UnsubscribeRequest]:
        return list(
            await self.unsubscribing.list(
                self.system.service_id, include_closed=include_closed, before=None, limit=10
            )
        )


@pytest.fixture
async def links(system: System) -> Links:
    return Links(system)


async def test_a_link_can_be_followed_again_and_again_and_is_stored_once(links: Links) -> None:
    id = await links.email()
    assert [await links.follow(id) for _ in range(3)] == [ACCEPTED] * 3
    (request,) = await links.listed()
    assert (request.notification_id, request.email_address, request.closed_at) == (
        id,
        "Ada@example.com",
        None,
    )
    assert request.template_id == links.system.template_ids["email"]


async def test_a_repeat_is_stored_once_the_service_has_dealt_with_the_earlier_one(links: Links) -> None:
    id = await links.email()
    await links.follow(id)
    soon = links.system.clock.now() + timedelta(seconds=1)
    assert await links.unsubscribing.close(links.system.service_id, soon) == 1
    assert await links.listed() == []
    assert await links.follow(id) is ACCEPTED
    assert len(await links.listed()) == 1
    assert len(await links.listed(include_closed=True)) == 2


async def test_requests_after_a_time_stay_open(links: Links) -> None:
    before = links.system.clock.now() - timedelta(seconds=1)
    await links.follow(await links.email())
    assert await links.unsubscribing.close(links.system.service_id, before) == 0
    assert len(await links.listed()) == 1


async def test_a_text_cannot_be_unsubscribed_from(links: Links) -> None:
    (made,) = await links.system.creating.create([links.system.a_text()])
    assert isinstance(made, CreatedNotification)
    assert await links.follow(made.id) is UNKNOWN


async def test_the_address_is_encrypted_at_rest(links: Links) -> None:
    await links.follow(await links.email())
    async with links.system.pool.connection() as connection:
        cursor = await connection.execute("select email_address_encrypted from unsubscribe_requests")
        row = await cursor.fetchone()
    assert row is not None
    assert b"example.com" not in row[0]


async def test_another_services_requests_are_not_listed_or_closed(links: Links) -> None:
    await links.follow(await links.email())
    other = await links.system.add_service("Other")
    later = links.system.clock.now() + timedelta(seconds=1)
    assert await links.unsubscribing.close(other, later) == 0
    assert list(await links.unsubscribing.list(other, include_closed=True, before=None, limit=10)) == []
    assert len(await links.listed()) == 1
