"""Signing in to the print provider and changing its credentials; reports of the printer, real and pretended."""

import json
import ssl
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from operationskit.alerts import Alerts
from servicekit.database import Pool, make_pool
from servicekit.errors import Conflict, InvalidRequest, NotAuthenticated, RuleBroken, Unavailable
from servicekit.ids import new_id
from servicekit.migrations import migrate
from services.letters.printing.credentials import Credentials
from services.letters.printing.dvla import Fault, ProviderFault, tls_context
from services.letters.printing.pretending import Pretending
from services.letters.printing.rotation import Credential, Rotation, RotationFailed
from tests.conftest import MakeDatabase
from tests.integration.letters.printing_world import PrintWorld, S, a_print_world

KEY_DAY = datetime(2026, 7, 7, 9, 0, tzinfo=UTC)
PASSWORD_DAY = KEY_DAY + timedelta(days=1)
FIRST = Credentials(username="notify", password="First-password-1", api_key="first-key")


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[Pool]:
    url = make_database("letters", lambda url: migrate(url, "services.letters", "letters"))
    async with make_pool(url, schema="letters", application_name="test", min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> AsyncIterator[PrintWorld]:
    async with a_print_world(pool, tmp_path, KEY_DAY) as world:
        yield world


def rotation(world: PrintWorld, holder: str = "one") -> Rotation:
    async def pause(seconds: float) -> None:
        world.clock.advance(timedelta(seconds=seconds))

    return Rotation(world.dvla, world.provider, world.store, holder=holder, clock=world.clock, pause=pause)


async def change_key(world: PrintWorld, holder: str = "one") -> bool:
    alerts = Alerts(world.pool, world.clock)
    return await rotation(world, holder).change(Credential.API_KEY, KEY_DAY.date(), alerts)


async def credentials(world: PrintWorld) -> Credentials:
    found = await world.store.credentials()
    assert found is not None
    return found


async def sign_ins(world: PrintWorld) -> int:
    return (await world.client.stats()).providers["dvla-account"].requests


# Signing in.


async def test_a_token_is_kept_until_a_minute_before_its_end(world: PrintWorld) -> None:
    await world.provider.authorisation()
    lifetime = timedelta(hours=1)  # by the simulator's clock, which is the machine's
    world.clock.advance(datetime.now(UTC) + lifetime - timedelta(seconds=90) - world.clock.now())
    await world.provider.authorisation()
    assert await sign_ins(world) == 1

    world.clock.advance(timedelta(seconds=40))
    await world.provider.authorisation()

    assert await sign_ins(world) == 2


async def test_a_refused_key_is_read_again_and_tried_at_once(world: PrintWorld) -> None:
    letter = await world.a_letter()
    await world.collate()
    old = await world.provider.authorisation()
    another = Rotation(world.dvla, world.another_provider(), world.store, holder="another", clock=world.clock)
    await another.change_api_key(KEY_DAY.date())
    assert await world.provider.authorisation() == old

    await world.hand_over_all()

    assert await world.printed() == {str(letter): 1}


async def test_a_wrong_password_is_told_and_costs_no_letter_a_try(world: PrintWorld) -> None:
    letter = await world.a_letter()
    await world.collate()
    await world.provider.run(
        lambda: world.dvla.change_password("notify", FIRST.password, "Changed-by-hand-1")
    )

    await world.hand_over_all()

    assert await world.row(letter, "state, print_failures") == ("requested", 0)


async def test_without_credentials_letters_wait(world: PrintWorld) -> None:
    async with world.pool.connection() as connection:
        await connection.execute("DELETE FROM print_credentials")

    with pytest.raises(Unavailable):
        await world.provider.authorisation()


@pytest.mark.parametrize(
    ("mode", "fault", "code"),
    [
        ("fail", Fault.AWAY, "http_500"),
        ("throttle", Fault.THROTTLED, "http_429"),
        ("garbage", Fault.AWAY, "unreadable"),
    ],
)
async def test_what_is_made_of_a_failed_sign_in(
    mode: str, fault: Fault, code: str, world: PrintWorld
) -> None:
    await world.client.set_mode("dvla-account", mode)

    with pytest.raises(ProviderFault) as failed:
        await world.provider.authorisation()

    assert (failed.value.fault, failed.value.code) == (fault, code)


async def test_the_error_of_an_account_call_is_the_first_in_the_list(world: PrintWorld) -> None:
    with pytest.raises(ProviderFault) as failed:
        await world.provider.run(lambda: world.dvla.authenticate("notify", ""))

    assert (failed.value.code, failed.value.detail) == ("http_401", "Authentication failure")


def test_only_modern_ciphers_are_offered() -> None:
    context = tls_context()

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    older = {cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3"}
    assert older
    assert all(name.startswith("ECDHE-") and "GCM" in name for name in older)


# Rotation.


async def test_the_key_is_changed_once_on_its_day(world: PrintWorld) -> None:
    assert await change_key(world)
    key = (await credentials(world)).api_key
    assert not await change_key(world, "two")
    assert not await change_key(world)

    after = await credentials(world)
    assert (after.api_key == key, key == FIRST.api_key) == (True, False)
    assert (after.api_key_changed_for, after.password) == (date(2026, 7, 7), FIRST.password)


async def test_the_password_is_changed_once_on_its_day_and_works(world: PrintWorld) -> None:
    world.clock.advance(PASSWORD_DAY - KEY_DAY)
    alerts = Alerts(world.pool, world.clock)

    for holder in ("one", "two"):
        await rotation(world, holder).change(Credential.PASSWORD, PASSWORD_DAY.date(), alerts)

    after = await credentials(world)
    assert (after.password_changed_for, after.next_password) == (date(2026, 7, 8), None)
    token = await world.provider.run(lambda: world.dvla.authenticate("notify", after.password))
    assert token.expires_at is not None


async def test_while_another_process_changes_credentials_this_one_does_not(world: PrintWorld) -> None:
    now = world.clock.now()
    await world.store.take_lock("print credentials", "another", now, now + timedelta(minutes=5))

    with pytest.raises(RotationFailed):
        await change_key(world)

    assert (await credentials(world)).api_key == FIRST.api_key


async def test_a_change_that_fails_is_tried_three_more_times_a_minute_apart(world: PrintWorld) -> None:
    await world.client.set_mode("dvla-account", "fail")
    with pytest.raises(RotationFailed):
        await change_key(world)

    assert await sign_ins(world) == 4
    assert world.clock.now() - KEY_DAY == timedelta(minutes=3)
    (alert,) = await Alerts(world.pool, world.clock).page(also_acknowledged=False, before=None, limit=9)
    assert (alert.name, alert.subject) == ("print-credentials-not-changed", "api_key")
    assert alert.details == {"error_code": "http_500"}


@pytest.mark.parametrize("was_changed", [True, False], ids=["after the change", "before the change"])
async def test_a_kill_while_the_password_is_changed_locks_nobody_out(
    was_changed: bool, world: PrintWorld
) -> None:
    """The process ended between the provider's change and our record of it, or just before the change."""
    await world.store.change_credentials(replace(FIRST, next_password="Second-password-2"), KEY_DAY)
    if was_changed:
        await world.provider.run(
            lambda: world.dvla.change_password("notify", FIRST.password, "Second-password-2")
        )

    await world.provider.authorisation()

    after = await credentials(world)
    assert after.password == ("Second-password-2" if was_changed else FIRST.password)


async def test_credentials_are_encrypted_and_changed_from_the_latest_only(world: PrintWorld) -> None:
    async with world.pool.connection() as connection:
        row = await (await connection.execute("SELECT password, api_key FROM print_credentials")).fetchone()
    assert row is not None
    assert FIRST.password.encode() not in row[0] + row[1]
    await world.store.change_credentials(FIRST, KEY_DAY)

    with pytest.raises(Conflict):
        await world.store.change_credentials(FIRST, KEY_DAY)


# Reports.


def a_report(letter: UUID, status: str = "DESPATCHED", **properties: str) -> bytes:
    values = {"totalSheets": "1", "postageClass": "2ND", "mailingProduct": "MM"} | properties
    return json.dumps(
        {
            "id": "1",
            "time": "2026-07-07T23:30:00Z",
            "data": {
                "jobId": str(letter),
                "jobStatus": status,
                "transitionDate": "2026-07-07T23:30:00Z",
                "despatchProperties": [{"key": key, "value": value} for key, value in values.items()],
            },
            "metadata": {"correlationId": "1"},
        }
    ).encode()


REPORTED = "state, despatched_on, cost_class, reported_sheets"


async def a_printed_letter(world: PrintWorld) -> UUID:
    letter = await world.a_letter()
    await world.collate()
    await world.hand_over_all()
    return letter


async def test_a_despatched_letter_is_delivered(world: PrintWorld) -> None:
    letter = await a_printed_letter(world)

    await world.reports.handle(a_report(letter), world.tokens.make(letter))

    assert world.notifications.statuses[letter] is S.DELIVERED
    assert await world.row(letter, REPORTED) == ("despatched", date(2026, 7, 8), "sorted", 1)


async def test_a_rejected_letter_is_a_technical_failure(world: PrintWorld) -> None:
    letter = await a_printed_letter(world)

    await world.reports.handle(a_report(letter, "REJECTED"), world.tokens.make(letter))

    assert world.notifications.statuses[letter] is S.TECHNICAL_FAILURE
    assert await world.row(letter, REPORTED) == ("rejected", None, None, None)


@pytest.mark.parametrize(
    ("first", "then"), [("DESPATCHED", "REJECTED"), ("REJECTED", "DESPATCHED"), ("DESPATCHED", "DESPATCHED")]
)
async def test_late_and_repeated_reports_change_nothing(first: str, then: str, world: PrintWorld) -> None:
    letter = await a_printed_letter(world)
    token = world.tokens.make(letter)
    await world.reports.handle(a_report(letter, first), token)
    before = (await world.row(letter, "*"), dict(world.notifications.statuses))

    await world.reports.handle(a_report(letter, then, totalSheets="3"), token)

    assert (await world.row(letter, "*"), dict(world.notifications.statuses)) == before


async def test_a_report_that_comes_before_the_record_of_the_request_ends_the_letter(
    world: PrintWorld,
) -> None:
    letter = await world.a_letter()
    await world.collate()
    await world.reports.handle(a_report(letter), world.tokens.make(letter))

    await world.hand_over_all()

    assert (await world.row(letter), world.notifications.statuses[letter]) == ("despatched", S.DELIVERED)
    assert await world.printed() == {}


async def test_a_report_of_a_letter_that_is_not_here_is_passed_on(world: PrintWorld) -> None:
    letter = new_id()
    world.notifications.statuses[letter] = S.SENDING

    await world.reports.handle(a_report(letter), world.tokens.make(letter))

    assert world.notifications.statuses[letter] is S.DELIVERED


async def test_a_report_that_can_not_be_passed_on_may_come_again(world: PrintWorld) -> None:
    letter = await a_printed_letter(world)
    world.notifications.is_away = True
    with pytest.raises(Unavailable):
        await world.reports.handle(a_report(letter), world.tokens.make(letter))
    world.notifications.is_away = False

    await world.reports.handle(a_report(letter), world.tokens.make(letter))

    assert world.notifications.statuses[letter] is S.DELIVERED


@pytest.mark.parametrize("body", [b"nonsense", b"{}"])
async def test_the_token_is_checked_before_the_body(body: bytes, world: PrintWorld) -> None:
    with pytest.raises(NotAuthenticated):
        await world.reports.handle(body, "nonsense")


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"nonsense", RuleBroken), (b"{}", InvalidRequest), (a_report(UUID(int=5)), RuleBroken)],
)
async def test_a_wrong_report_changes_nothing(body: bytes, error: type[Exception], world: PrintWorld) -> None:
    letter = await a_printed_letter(world)

    with pytest.raises(error):
        await world.reports.handle(body, world.tokens.make(letter))

    assert (await world.row(letter), world.notifications.statuses[letter]) == ("handed_over", S.SENDING)


# Pretended reports.


class OurEndpoint:
    """The gateway's endpoint, which may be down at first."""

    def __init__(self, world: PrintWorld, failures: int) -> None:
        self._world = world
        self._failures = failures
        self.posts = 0

    async def receive(self, request: web.Request) -> web.Response:
        self.posts += 1
        if self.posts <= self._failures:
            return web.Response(status=503)
        await self._world.reports.handle(await request.read(), request.query["token"])
        return web.Response(status=204)


async def a_pretended_letter(world: PrintWorld, endpoint: OurEndpoint, rounds: int) -> UUID:
    """A letter of a test key, and so many looks at what is due."""
    letter = await world.a_letter(state="pretended", key_type="test", status=S.SENDING)
    app = web.Application()
    app.router.add_post("/notifications/letter/status", endpoint.receive)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address: Any = runner.addresses[0]
    with ThreadPoolExecutor(1) as threads:
        pretending = Pretending(
            world.store,
            world.tokens,
            api_url=f"http://127.0.0.1:{address[1]}",
            threads=threads,
            clock=world.clock,
        )
        for _ in range(rounds):
            await pretending.want(letter)
            await pretending.look()
            await pretending.look()
            world.clock.advance(timedelta(seconds=60))
    await runner.cleanup()
    return letter


@pytest.mark.parametrize(
    ("failures", "posts", "status"), [(0, 1, S.DELIVERED), (3, 4, S.DELIVERED), (9, 4, S.SENDING)]
)
async def test_a_pretended_report_goes_through_our_own_endpoint(
    failures: int, posts: int, status: S, world: PrintWorld
) -> None:
    endpoint = OurEndpoint(world, failures)

    letter = await a_pretended_letter(world, endpoint, rounds=6)

    assert (endpoint.posts, world.notifications.statuses[letter]) == (posts, status)
    assert await world.row(letter) == "pretended"
