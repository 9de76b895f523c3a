"""People's tokens on a real database: recorded, listed, revoked, forgotten."""

from datetime import timedelta

import pytest

from operationskit.audit import AuditStore, EventFilter
from operationskit.revoking import Revoking
from servicekit.errors import NotAuthenticated, Unavailable
from servicekit.identity import CallerTokens, Revocations, mint_person_token, token_facts
from services.notifications.tokens_store import RecordedToken, TokensStore
from tests.integration.notifications.conftest import System
from tests.people import OPERATOR, request_of


@pytest.fixture
def store(system: System) -> TokensStore:
    return TokensStore(system.pool)


def a_token(
    system: System, id: str, name: str = "ada", *, age: timedelta = timedelta(seconds=1)
) -> RecordedToken:
    issued_at = system.clock.now() - age
    return RecordedToken(
        id=id, name=name, role="viewer", issued_at=issued_at, ends_at=issued_at + timedelta(hours=8)
    )


async def test_tokens_are_listed_newest_first_in_pages_until_they_end(
    store: TokensStore, system: System
) -> None:
    now = system.clock.now()
    for token in (
        a_token(system, "old", age=timedelta(hours=2)),
        a_token(system, "new"),
        a_token(system, "ended", age=timedelta(hours=9)),
        a_token(system, "other", "grace", age=timedelta(hours=1)),
    ):
        await store.insert(token, now)
        await store.insert(token, now)

    first = await store.page(None, None, 2, now)
    rest = await store.page(None, first[-1].id, 2, now)

    assert [token.id for token in (*first, *rest)] == ["new", "other", "old"]
    assert [token.id for token in await store.page("grace", None, 50, now)] == ["other"]


async def test_revoking_is_known_to_services_shown_in_the_list_and_recorded_once(
    store: TokensStore, system: System
) -> None:
    now = system.clock.now()
    for token in (a_token(system, "one"), a_token(system, "two"), a_token(system, "three", "grace")):
        await store.insert(token, now)

    with request_of("root", reason="the laptop was lost"):
        assert await store.revoke(["one"], ["grace"], now) == 2
        assert await store.revoke(["one"], [], now + timedelta(minutes=1)) == 0

    assert {token.id: token.revoked for token in await store.page(None, None, 50, now)} == {
        "one": True,
        "two": False,
        "three": True,
    }
    assert await store.revocations(now) == Revocations(
        token_ids=frozenset({"one"}), not_before={"grace": now}
    )
    events = await AuditStore(system.pool).search(EventFilter(actor="root"))
    assert {(event.type, event.subject, event.reason) for event in events} == {
        ("token.revoked", "one", "the laptop was lost"),
        ("person.tokens_revoked", "grace", "the laptop was lost"),
    }


async def test_revocations_are_kept_for_as_long_as_any_token_may_be_good(
    store: TokensStore, system: System
) -> None:
    now = system.clock.now()
    await store.insert(a_token(system, "one"), now)
    await store.revoke(["one"], [], now)

    assert await store.delete_old(now + timedelta(days=365)) == 1  # the token itself
    assert (await store.revocations(now + timedelta(days=365))).token_ids == {"one"}
    assert await store.delete_old(now + timedelta(days=367)) == 1


async def test_a_process_goes_by_what_it_heard_last_while_nobody_answers(
    store: TokensStore, system: System
) -> None:
    tokens = CallerTokens("sms", "k" * 32, operator_public_keys=OPERATOR.public)
    token = mint_person_token(OPERATOR.private, name="ada", role="viewer", life=timedelta(hours=1))
    is_away = True

    async def load() -> Revocations:
        if is_away:
            raise Unavailable("the notifications service is away")
        return await store.revocations(system.clock.now())

    revoking = Revoking(tokens, load)
    await revoking.refresh()
    with pytest.raises(Unavailable):
        tokens.verify(token)
    is_away = False
    await revoking.refresh()
    assert tokens.verify(token).name == "ada"
    await store.revoke([token_facts(token).id], [], system.clock.now())
    await revoking.refresh()
    is_away = True
    await revoking.refresh()

    with pytest.raises(NotAuthenticated, match="revoked"):
        tokens.verify(token)
