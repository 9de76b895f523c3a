"""Which unsubscribe links are good."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from servicekit.clock import FixedClock
from servicekit.ids import new_id
from services.notifications.unsubscribing import LINK_LIFE, UnsubscribeOutcome, Unsubscribing
from services.notifications.unsubscribing_store import UnsubscribableEmail
from tests.unit.notifications.builders import NOW, SERVICE_ID, SETTINGS

ACCEPTED, BAD_TOKEN, UNKNOWN = UnsubscribeOutcome


class FakeStore:
    """Has one email, unless it is no longer kept."""

    def __init__(self, *, kept: bool = True) -> None:
        self.email = UnsubscribableEmail(new_id(), SERVICE_ID, new_id(), 1, "ada@example.com")
        self.kept = kept
        self.requests: list[UUID] = []

    async def find_email(self, notification_id: UUID) -> UnsubscribableEmail | None:
        return self.email if self.kept and notification_id == self.email.id else None

    async def add_request(self, email: UnsubscribableEmail, now: datetime) -> None:
        self.requests.append(email.id)

    async def has_open_request(self, notification_id: UUID) -> bool:
        return notification_id in self.requests


def unsubscribing(store: FakeStore) -> Unsubscribing:
    return Unsubscribing(store, SETTINGS.secrets, FixedClock(NOW))  # type: ignore[arg-type]  # has what is used


def token(id: UUID, age: timedelta = timedelta(0)) -> str:
    return SETTINGS.secrets.unsubscribe_token(id, NOW - age)


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        (timedelta(0), ACCEPTED),
        (LINK_LIFE, ACCEPTED),
        (LINK_LIFE + timedelta(seconds=1), BAD_TOKEN),
        (-timedelta(minutes=4), ACCEPTED),
        (-timedelta(minutes=6), BAD_TOKEN),
    ],
)
async def test_a_link_is_good_for_a_year(age: timedelta, outcome: UnsubscribeOutcome) -> None:
    store = FakeStore()
    assert await unsubscribing(store).unsubscribe(str(store.email.id), token(store.email.id, age)) is outcome


@pytest.mark.parametrize("form", [str, lambda id: str(id).upper(), lambda id: id.hex])
async def test_an_id_may_be_written_in_any_way(form: type[str]) -> None:
    store = FakeStore()
    said = await unsubscribing(store).unsubscribe(form(store.email.id), token(store.email.id))
    assert said is ACCEPTED
    assert store.requests == [store.email.id]


@pytest.mark.parametrize("other", [str(new_id()), "nonsense", ""], ids=["another", "nonsense", "nothing"])
async def test_a_good_token_under_another_id_is_about_an_unknown_message(other: str) -> None:
    store = FakeStore()
    assert await unsubscribing(store).unsubscribe(other, token(store.email.id)) is UNKNOWN
    assert store.requests == []


async def test_a_good_token_for_a_message_that_is_no_email() -> None:
    id = new_id()
    assert await unsubscribing(FakeStore()).unsubscribe(str(id), token(id)) is UNKNOWN


@pytest.mark.parametrize("bad", ["", "nonsense", "a" * 50, "é"])
async def test_a_bad_token_is_bad_whatever_the_id(bad: str) -> None:
    store = FakeStore()
    assert await unsubscribing(store).unsubscribe(str(store.email.id), bad) is BAD_TOKEN
    assert await unsubscribing(store).unsubscribe("nonsense", bad) is BAD_TOKEN


async def test_a_link_still_answers_when_the_message_is_no_longer_kept() -> None:
    store = FakeStore()
    await unsubscribing(store).unsubscribe(str(store.email.id), token(store.email.id))
    store.kept = False
    assert await unsubscribing(store).unsubscribe(str(store.email.id), token(store.email.id)) is ACCEPTED
