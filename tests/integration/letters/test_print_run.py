"""Print runs against a real database and the simulated print provider: which letters are printed, how often, and what
becomes of them when a process ends anywhere on the way.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notifyrules.postage import Postage
from providerkit.managing import ProviderUpdate, update_providers
from providerkit.providers import ChangeRecord, ProviderChange
from providerkit.store import ProviderStore
from servicekit.database import Pool, make_pool
from servicekit.errors import Conflict, Unavailable
from servicekit.migrations import migrate
from services.letters.printing.letters_to_print import RunOrigin, Volume
from services.letters.printing.requesting import LEASE, MOST_RETRIES, RETRY_AFTER
from tests.conftest import MakeDatabase
from tests.integration.letters.printing_world import PDF, PrintWorld, S, a_print_world

WINTER_EVENING = datetime(2026, 1, 14, 17, 51, tzinfo=UTC)


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[Pool]:
    url = make_database("letters", lambda url: migrate(url, "services.letters", "letters"))
    async with make_pool(url, schema="letters", application_name="test", min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> AsyncIterator[PrintWorld]:
    async with a_print_world(pool, tmp_path, WINTER_EVENING) as world:
        yield world


class Killed(BaseException):
    """Stands for kill -9: nothing handles it."""


async def test_a_letter_is_printed_and_its_notification_is_sending(world: PrintWorld) -> None:
    letter = await world.a_letter(postage=Postage.FIRST)

    await world.collate()
    await world.hand_over_all()

    (message,) = await world.client.messages()
    assert (message.reference, message.recipient, message.sender) == (str(letter), "A. Person", "FIRST")
    assert world.notifications.statuses[letter] is S.SENDING
    assert await world.row(letter, "state, handed_over_at") == ("handed_over", WINTER_EVENING)


@pytest.mark.parametrize(
    "changes",
    [
        {"made_at": WINTER_EVENING - timedelta(minutes=21)},  # 17:30
        {"key_type": "test", "state": "pretended"},
        {"state": "cancelled"},
        {"state": "handed_over"},
    ],
)
async def test_letters_of_others_than_the_run_are_left_alone(
    changes: dict[str, Any], world: PrintWorld
) -> None:
    await world.a_letter(**changes)

    run = await world.collate()
    await world.hand_over_all()

    assert run.volumes == {}
    assert await world.printed() == {}


async def test_the_volume_report_counts_letters_and_sheets_by_postage(world: PrintWorld) -> None:
    for postage, sheets in (
        (Postage.ECONOMY, 1),
        (Postage.FIRST, 2),
        (Postage.FIRST, 5),
        (Postage.EUROPE, 1),
    ):
        await world.a_letter(postage=postage, sheets=sheets)

    run = await world.collate()

    assert list(run.volumes.items()) == [
        (Postage.FIRST, Volume(letters=2, sheets=7)),
        (Postage.ECONOMY, Volume(letters=1, sheets=1)),
        (Postage.EUROPE, Volume(letters=1, sheets=1)),
    ]


async def test_letters_are_handed_over_in_order_of_postage(world: PrintWorld) -> None:
    for postage in (Postage.REST_OF_WORLD, Postage.SECOND, Postage.EUROPE, Postage.FIRST, Postage.ECONOMY):
        await world.a_letter(postage=postage, address=["A. Person", "1 Street", "SW1A 1AA"])
    await world.collate()

    leased = await world.store.lease_letters(100, world.clock.now(), world.clock.now() + LEASE)

    assert [letter.postage for letter in leased] == list(Postage)


async def test_the_scheduled_run_is_made_once_however_many_processes_try(world: PrintWorld) -> None:
    await world.a_letter()

    made = await asyncio.gather(
        *(world.runs(f"p{n}").make_due(world.clock.now()) for n in range(4)),
        return_exceptions=True,
    )

    assert [run.origin for run in made if run is not None and not isinstance(run, BaseException)] == [
        RunOrigin.SCHEDULE
    ]
    assert all(isinstance(run, Conflict) for run in made if isinstance(run, BaseException))
    assert await world.runs("late").make_due(world.clock.now()) is None


async def test_a_run_by_hand_again_takes_only_what_came_since(world: PrintWorld) -> None:
    await world.a_letter()
    await world.collate()
    later = await world.a_letter()

    again = await world.collate()
    await world.hand_over_all()

    assert again.volumes == {Postage.SECOND: Volume(letters=1, sheets=1)}
    assert await world.row(later, "print_run_id") == again.id
    assert sorted((await world.printed()).values()) == [1, 1]


async def test_a_run_that_died_while_collecting_is_finished_by_another_process(
    world: PrintWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = await world.a_letter()

    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "finish_collecting", die)
        patch.setattr(world.store, "release_lock", die)
        with pytest.raises(Killed):
            await world.runs("dead").make_due(world.clock.now())
    assert await world.requester().hand_over_lot() == 0  # nothing is printed before the volume report
    with pytest.raises(Conflict):
        await world.runs("early").make_due(world.clock.now())
    world.clock.advance(timedelta(minutes=2))

    run = await world.runs("next").make_due(world.clock.now())
    await world.hand_over_all()

    assert run is not None
    assert run.day == date(2026, 1, 14)
    assert await world.printed() == {str(letter): 1}


@pytest.mark.parametrize("place", ["before the request", "after the request", "after the report"])
async def test_a_kill_at_any_step_prints_every_letter_once(
    place: str, world: PrintWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [await world.a_letter() for _ in range(3)]
    await world.collate()
    print_letter = world.provider.print_letter

    async def dies(*arguments: Any, **named: Any) -> None:
        if place == "after the request":
            await print_letter(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        if place == "after the report":
            patch.setattr(world.store, "complete", dies)
        else:
            patch.setattr(world.provider, "print_letter", dies)
        with pytest.raises(Killed):
            await world.requester().hand_over_lot()
    assert await world.requester().hand_over_lot() == 0  # leased still
    world.clock.advance(LEASE)

    await world.hand_over_all()

    assert await world.printed() == {str(letter): 1 for letter in letters}
    assert [await world.row(letter) for letter in letters] == ["handed_over"] * 3
    assert {world.notifications.statuses[letter] for letter in letters} == {S.SENDING}


async def test_two_machines_share_the_letters_and_print_none_twice(world: PrintWorld) -> None:
    letters = [await world.a_letter() for _ in range(130)]
    await world.collate()

    await asyncio.gather(world.hand_over_all(), world.hand_over_all())

    assert await world.printed() == {str(letter): 1 for letter in letters}
    assert (await world.client.stats()).providers["dvla"].refused == 0


async def test_a_letter_that_the_provider_has_already_counts_as_handed_over(world: PrintWorld) -> None:
    letter = await world.a_letter()
    await world.collate()
    await world.hand_over_all()
    async with world.pool.connection() as connection:
        await connection.execute("UPDATE letters SET state = 'requested', print_next_at = created_at")
    world.notifications.statuses[letter] = S.CREATED

    await world.hand_over_all()

    assert await world.printed() == {str(letter): 1}  # 409
    assert world.notifications.statuses[letter] is S.SENDING
    assert await world.row(letter) == "handed_over"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (S.CANCELLED, "cancelled"),
        (S.TECHNICAL_FAILURE, "rejected"),
        (S.SENDING, "handed_over"),
        (S.DELIVERED, "handed_over"),
        (S.PENDING_VIRUS_CHECK, "requested"),
    ],
)
async def test_only_created_letters_are_printed(status: S, state: str, world: PrintWorld) -> None:
    letter = await world.a_letter(status=status)
    await world.collate()

    await world.hand_over_all()

    assert await world.printed() == {}
    assert (await world.row(letter), world.notifications.statuses[letter]) == (state, status)


async def test_a_letter_of_an_archived_service_is_a_technical_failure(world: PrintWorld) -> None:
    letter = await world.a_letter()
    world.notifications.archived.add(letter)
    await world.collate()

    await world.hand_over_all()

    assert await world.printed() == {}
    assert (await world.row(letter), world.notifications.statuses[letter]) == (
        "rejected",
        S.TECHNICAL_FAILURE,
    )


async def test_a_letter_without_its_pdf_is_a_technical_failure(world: PrintWorld) -> None:
    letter = await world.a_letter(with_pdf=False)
    await world.collate()

    await world.hand_over_all()

    assert world.notifications.statuses[letter] is S.TECHNICAL_FAILURE
    assert await world.row(letter, "state, print_error") == ("rejected", "pdf_missing")


@pytest.mark.parametrize("changes", [{"address": []}, {"object_key": "nowhere"}])
async def test_a_row_that_makes_no_sense_holds_up_no_other(
    changes: dict[str, Any], world: PrintWorld
) -> None:
    odd, good = await world.a_letter(**changes), await world.a_letter()
    await world.collate()

    await world.hand_over_all()

    assert await world.row(odd, "state, print_error") == ("rejected", "unprintable")
    assert await world.printed() == {str(good): 1}


@pytest.mark.parametrize("recipient", ["error", "throttle", "drop"])
async def test_a_failed_request_is_tried_again_three_minutes_later(recipient: str, world: PrintWorld) -> None:
    letter = await world.a_letter(address=[recipient, "1 Street", "SW1A 1AA"])
    await world.collate()

    await world.hand_over_all()

    assert await world.row(letter, "state, print_failures, print_next_at") == (
        "requested",
        1,
        WINTER_EVENING + RETRY_AFTER,
    )
    assert world.notifications.statuses[letter] is S.CREATED


async def test_when_the_retries_end_the_letter_is_a_technical_failure(world: PrintWorld) -> None:
    letter = await world.a_letter(address=["error", "1 Street", "SW1A 1AA"])
    await world.collate()

    for _ in range(MOST_RETRIES):
        await world.requester().hand_over_lot()
        world.clock.advance(RETRY_AFTER)
    assert world.notifications.statuses[letter] is S.CREATED
    await world.requester().hand_over_lot()

    assert world.notifications.statuses[letter] is S.TECHNICAL_FAILURE
    assert await world.row(letter, "state, print_error") == ("rejected", "http_500 simulated failure")


async def test_a_refused_request_is_a_technical_failure_at_once(world: PrintWorld) -> None:
    letter = await world.a_letter(address=["invalid", "1 Street", "SW1A 1AA"])
    await world.collate()

    await world.hand_over_all()

    assert world.notifications.statuses[letter] is S.TECHNICAL_FAILURE
    assert await world.row(letter, "state, print_error") == ("rejected", "http_400 simulated refusal")


async def test_a_provider_that_is_down_is_not_asked_for_every_letter(world: PrintWorld) -> None:
    for _ in range(60):
        await world.a_letter()
    await world.collate()
    await world.client.set_mode("dvla", "fail")

    await world.requester().hand_over_lot()

    assert (await world.client.stats()).providers["dvla"].requests < 20
    await world.client.set_mode("dvla", "ok")
    world.clock.advance(RETRY_AFTER)
    await world.hand_over_all()
    assert len(await world.printed()) == 60


async def test_while_notifications_or_the_files_are_away_no_letter_loses_a_try(
    world: PrintWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = await world.a_letter()
    await world.collate()
    world.notifications.is_away = True
    await world.hand_over_all()
    world.notifications.is_away = False
    world.clock.advance(timedelta(minutes=1))

    def away(_key: object) -> None:
        raise Unavailable("The object store is away")

    with monkeypatch.context() as patch:
        patch.setattr(world.files, "get", away)
        await world.hand_over_all()
    assert await world.row(letter, "state, print_failures") == ("requested", 0)
    world.clock.advance(timedelta(minutes=1))
    await world.hand_over_all()

    assert await world.printed() == {str(letter): 1}


async def test_progress_tells_where_the_letters_of_a_run_are(world: PrintWorld) -> None:
    for name in ("A. Person", "error", "invalid"):
        await world.a_letter(address=[name, "1 Street", "SW1A 1AA"])
    run = await world.collate()

    await world.hand_over_all()

    progress = await world.store.progress(run.id)
    assert (progress.handed_over, progress.waiting, progress.retrying, progress.rejected) == (1, 1, 1, 1)


async def test_the_pdf_goes_as_it_is_stored(world: PrintWorld) -> None:
    await world.a_letter()
    await world.collate()

    await world.hand_over_all()

    assert [message.pdf for message in world.simulators.outbox.newest_first()] == [PDF]


async def test_while_the_provider_is_out_of_use_letters_wait_and_then_go(world: PrintWorld) -> None:
    letters = [await world.a_letter() for _ in range(2)]
    providers = ProviderStore(world.pool)
    update = ProviderUpdate(change=ProviderChange(name="dvla", active=False), based_on_version=1)
    record = ChangeRecord(reason="the printer burns", changed_by="alice", at=WINTER_EVENING)
    await update_providers(providers.change_providers, [update], record, may_be_without=True)

    await world.collate()
    await world.hand_over_all()

    assert await world.client.messages() == []
    assert [await world.row(letter, "state") for letter in letters] == ["ready"] * 2
    back = ProviderUpdate(change=ProviderChange(name="dvla", active=True), based_on_version=2)
    await update_providers(providers.change_providers, [back], record, may_be_without=True)
    await world.hand_over_all()
    assert len(await world.client.messages()) == 2


async def test_how_the_provider_answered_is_counted(world: PrintWorld) -> None:
    await world.a_letter()
    await world.collate()
    await world.hand_over_all()

    await world.measurements.write()

    store = ProviderStore(world.pool)
    assert await store.volumes_since(WINTER_EVENING - timedelta(hours=1)) == {"dvla": 1}
    counts = await store.counts_since(WINTER_EVENING - timedelta(hours=1))
    assert {measure for _, measure, *_ in counts} == {"answer", "request_time", "created_to_sent"}


async def test_letters_over_the_monthly_cap_are_technical_failures(world: PrintWorld) -> None:
    world.monthly_caps["dvla"] = 0
    letter = await world.a_letter()

    await world.collate()
    await world.hand_over_all()

    assert await world.client.messages() == []
    assert world.notifications.statuses[letter] is S.TECHNICAL_FAILURE
