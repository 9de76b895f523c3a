"""Files from their coming to their going, on a real database and a folder."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from filekit.antivirus import ScanOutcome, ScanResult
from notifyrules.london_time import london_date
from operationskit.tasks import TaskInterrupted, TaskRun
from servicekit.errors import NotFound, RuleBroken, Unavailable
from servicekit.ids import new_id
from services.documents.sealing import Sealer, new_key
from services.documents.store import QUERIES, SCHEMA
from services.documents.values import ConfirmOutcome, DocumentIds, DocumentSpec, DocumentState, Selection
from tests.integration.documents.conftest import ADDRESS, NOW, SERVICE, Documents, in_pieces, link_of

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_named_statement_prepares(name: str, database_url: str) -> None:
    with psycopg.connect(database_url, options=f"-c search_path={SCHEMA}") as connection:
        connection.execute(f"prepare statement as {QUERIES.numbered(name)}".encode())


# -- coming


async def test_a_file_comes_back_as_it_came_with_its_name(documents: Documents) -> None:
    text = b"x" * 200_000
    stored = await documents.keep(text, file_name="Größe ‮.txt")
    opened = await documents.opening.describe(link_of(stored))
    assert (opened.state, opened.file_name) == (DocumentState.AVAILABLE, "Größe ‮.txt")
    assert (opened.document.mime_type, opened.document.size_bytes) == ("text/plain", 200_000)
    assert await documents.download(link_of(stored)) == text


async def test_a_file_larger_than_one_read_comes_back(documents: Documents) -> None:
    documents.storing._max_bytes = 2_000_000
    text = b"0123456789" * 150_000
    assert await documents.download(link_of(await documents.keep(text, file_name="a.txt"))) == text


async def test_a_file_without_a_name_is_called_by_its_id(documents: Documents) -> None:
    stored = await documents.keep(file_name=None, is_csv=True)
    opened = await documents.opening.describe(link_of(stored))
    assert opened.file_name == f"{stored.ids.document_id}.csv"


async def test_neither_the_database_nor_the_object_store_holds_anything_readable(
    documents: Documents, tmp_path: Path
) -> None:
    stored = await documents.keep(b"a secret sentence", file_name="divorce-papers.txt", confirm=True)
    key = link_of(stored).key
    async with documents.pool.connection() as connection:
        rows = await (await connection.execute("select d::text, d.* from documents d")).fetchall()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    held = repr(rows).encode() + files
    for secret in (b"secret sentence", b"divorce", ADDRESS.encode(), key, key.hex().encode()):
        assert secret not in held
    assert all("divorce" not in str(path) for path in tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("content", "file_name", "reason", "message"),
    [
        (b"", "a.txt", "FILE_EMPTY", "Document must not be empty"),
        (b"x" * 300_001, "a.txt", "FILE_TOO_LARGE", "Uploaded file exceeds file size limit"),
        (b"x", "a" * 97 + ".txt", "FILE_NAME_TOO_LONG", "`filename` cannot be longer than 100 characters"),
        (b"MZ\0", "a.txt", "FILE_TYPE_NOT_ALLOWED", "Unsupported file type 'application/x-dosexec'"),
    ],
)
async def test_a_file_that_is_refused_leaves_nothing(
    documents: Documents, content: bytes, file_name: str, reason: str, message: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        await documents.keep(content, file_name=file_name)
    assert refused.value.reason == reason
    assert refused.value.message.startswith(message)
    assert documents.files() == []


async def test_a_virus_is_refused(documents: Documents) -> None:
    documents.scanner.result = ScanResult(outcome=ScanOutcome.INFECTED, detail="Eicar")
    with pytest.raises(RuleBroken, match="File did not pass the virus scan"):
        await documents.keep()
    assert documents.files() == []


@pytest.mark.parametrize("outcome", [ScanOutcome.ERROR, ScanOutcome.TOO_LARGE])
async def test_a_file_that_cannot_be_scanned_is_not_taken(documents: Documents, outcome: ScanOutcome) -> None:
    documents.scanner.result = ScanResult(outcome=outcome)
    with pytest.raises(Unavailable):
        await documents.keep()
    assert documents.files() == []


async def test_a_file_that_never_ends_is_given_up_at_the_limit(documents: Documents) -> None:
    taken = 0

    async def for_ever() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100_000
            yield bytes(100_000)

    spec = DocumentSpec(
        service_id=SERVICE,
        file_name="a.txt",
        is_csv=False,
        confirmation_email=None,
        retention=timedelta(weeks=1),
    )
    with pytest.raises(RuleBroken, match="exceeds"):
        await documents.storing.store(spec, for_ever())
    assert taken == 400_000


# -- opening


@pytest.mark.parametrize("change", ["key", "no key", "document", "service"])
async def test_a_link_that_is_not_right_leads_nowhere(documents: Documents, change: str) -> None:
    link = link_of(await documents.keep(confirm=True))
    wrong = {
        "key": replace(link, key=new_key()),
        "no key": replace(link, key=b""),
        "document": replace(link, ids=replace(link.ids, document_id=new_id())),
        "service": replace(link, ids=replace(link.ids, service_id=UUID(int=9))),
    }[change]
    for call in (
        documents.opening.describe(wrong),
        documents.opening.confirm(wrong, ADDRESS),
        documents.opening.begin_download(wrong, ""),
    ):
        with pytest.raises(NotFound):
            await call


async def test_a_download_waits_for_the_address_to_be_confirmed(documents: Documents) -> None:
    link = link_of(await documents.keep(confirm=True))
    download = await documents.opening.begin_download(link, "")
    assert download.opened.state is DocumentState.CONFIRMATION_NEEDED
    confirmed = await documents.opening.confirm(link, " ADA@example.com")
    assert confirmed.outcome is ConfirmOutcome.CONFIRMED
    assert await documents.download(link, confirmed.passed) == b"a,b\n1,2\n"
    documents.clock.advance(HOUR)
    download = await documents.opening.begin_download(link, confirmed.passed)
    assert download.opened.state is DocumentState.CONFIRMATION_NEEDED


async def test_a_pass_for_one_document_opens_no_other(documents: Documents) -> None:
    one, other = link_of(await documents.keep(confirm=True)), link_of(await documents.keep(confirm=True))
    confirmed = await documents.opening.confirm(one, ADDRESS)
    download = await documents.opening.begin_download(other, confirmed.passed)
    assert download.opened.state is DocumentState.CONFIRMATION_NEEDED


async def test_after_too_many_wrong_tries_even_the_right_address_waits(documents: Documents) -> None:
    link = link_of(await documents.keep(confirm=True))
    outcomes = [(await documents.opening.confirm(link, f"{n}@example.com")).outcome for n in range(3)]
    assert outcomes == [ConfirmOutcome.WRONG] * 3
    locked = await documents.opening.confirm(link, ADDRESS)
    assert (locked.outcome, locked.locked_until) == (ConfirmOutcome.LOCKED, NOW + timedelta(hours=24))
    documents.clock.advance(timedelta(hours=24))
    assert (await documents.opening.confirm(link, "x@example.com")).outcome is ConfirmOutcome.WRONG
    assert (await documents.opening.confirm(link, ADDRESS)).outcome is ConfirmOutcome.CONFIRMED


async def test_the_right_address_forgives_wrong_tries(documents: Documents) -> None:
    link = link_of(await documents.keep(confirm=True))
    for _ in range(3):
        for number in range(2):
            wrong = await documents.opening.confirm(link, f"{number}@example.com")
            assert wrong.outcome is ConfirmOutcome.WRONG
        assert (await documents.opening.confirm(link, ADDRESS)).outcome is ConfirmOutcome.CONFIRMED


async def test_many_tries_at_once_are_no_more_than_the_limit(documents: Documents) -> None:
    link = link_of(await documents.keep(confirm=True))
    tries = await asyncio.gather(*(documents.opening.confirm(link, f"{n}@x.uk") for n in range(20)))
    assert sum(one.outcome is ConfirmOutcome.WRONG for one in tries) == 3


async def test_only_downloads_that_go_on_are_counted(documents: Documents) -> None:
    link = link_of(await documents.keep())
    await documents.opening.describe(link)
    for _ in range(2):
        await documents.download(link)
    await documents.store.block(
        Selection(document_ids=(link.ids.document_id,)), caller="x", reason="x", now=NOW
    )
    await documents.opening.begin_download(link, "")
    assert (await documents.store.find(link.ids.document_id)).downloads == 2


@pytest.mark.parametrize("spoiled", ["missing", "changed", "shorter"])
async def test_a_file_that_is_broken_is_told_before_the_download_begins(
    documents: Documents, spoiled: str
) -> None:
    link = link_of(await documents.keep(b"x" * 100_000, file_name="a.txt"))
    key = link.ids.object_key
    data = documents.objects.get(key).data
    documents.objects.delete(key)
    if spoiled != "missing":
        documents.objects.put(key, data[:-1] if spoiled == "shorter" else b"?" + data[1:])
    with pytest.raises(Unavailable):
        await documents.opening.begin_download(link, "")
    assert (await documents.store.find(link.ids.document_id)).downloads == 0


# -- operators


async def test_blocking_takes_effect_at_once_and_unblocking_too(documents: Documents) -> None:
    link = link_of(await documents.keep())
    chosen = Selection(document_ids=(link.ids.document_id,))
    assert await documents.store.block(chosen, caller="ann", reason="wrong file", now=NOW) == 1
    assert (await documents.opening.describe(link)).state is DocumentState.BLOCKED
    assert await documents.store.block(chosen, caller="ann", reason="again", now=NOW) == 0
    assert await documents.store.unblock(chosen, caller="bob", reason="right after all", now=NOW) == 1
    assert await documents.download(link) == b"a,b\n1,2\n"
    actions = await documents.store.actions(link.ids.document_id)
    assert [(action.caller, action.blocked, action.reason) for action in actions] == [
        ("ann", True, "wrong file"),
        ("bob", False, "right after all"),
    ]


async def test_a_block_between_the_look_and_the_download_counts(documents: Documents) -> None:
    link = link_of(await documents.keep())
    chosen = Selection(document_ids=(link.ids.document_id,))
    count = documents.store.count_download

    async def after_a_block(ids: DocumentIds, now: object) -> bool:
        await documents.store.block(chosen, caller="x", reason="x", now=NOW)
        return await count(ids, NOW)

    documents.store.count_download = after_a_block  # type: ignore[method-assign]  # a race, made to happen
    download = await documents.opening.begin_download(link, "")
    assert download.opened.state is DocumentState.BLOCKED


async def test_all_documents_of_a_service_of_a_london_day_are_blocked(documents: Documents) -> None:
    before = link_of(await documents.keep())
    documents.clock.advance(timedelta(days=1))
    today = [link_of(await documents.keep()) for _ in range(2)]
    others = link_of(await documents.keep(service_id=UUID(int=7)))
    chosen = Selection(service_id=SERVICE, london_day=london_date(documents.clock.now()))
    assert await documents.store.block(chosen, caller="x", reason="x", now=NOW) == 2
    states = [(await documents.opening.describe(link)).state for link in (before, *today, others)]
    available, blocked = DocumentState.AVAILABLE, DocumentState.BLOCKED
    assert states == [available, blocked, blocked, available]


async def test_documents_are_listed_newest_first_in_pages(documents: Documents) -> None:
    ids = []
    for _ in range(5):
        documents.clock.advance(timedelta(minutes=1))
        ids.append((await documents.keep()).ids.document_id)
    first = await documents.store.page(SERVICE, None, None, 3)
    rest = await documents.store.page(SERVICE, None, first[-1].ids.document_id, 3)
    assert [found.ids.document_id for found in [*first, *rest]] == ids[::-1]


# -- going


async def test_expired_files_go_and_their_links_say_so_for_a_year(documents: Documents) -> None:
    link = link_of(await documents.keep(weeks=1))
    kept = link_of(await documents.keep(weeks=2))
    documents.clock.advance(timedelta(weeks=1))
    assert (await documents.opening.describe(link)).state is DocumentState.EXPIRED
    report = await documents.removing.run()
    assert (report.files, report.failed, report.forgotten) == (1, 0, 0)
    assert len(documents.files()) == 1
    assert (await documents.opening.describe(link)).state is DocumentState.EXPIRED
    assert await documents.download(kept) == b"a,b\n1,2\n"
    documents.clock.advance(timedelta(days=366))
    assert (await documents.removing.run()).forgotten == 1
    with pytest.raises(NotFound):
        await documents.opening.describe(link)


async def test_a_removal_that_was_killed_is_made_again(documents: Documents) -> None:
    stored = await documents.keep(weeks=1)
    documents.clock.advance(timedelta(weeks=1))
    documents.objects.delete(stored.ids.object_key)  # as far as it came
    assert (await documents.removing.run()).files == 1
    assert (await documents.removing.run()).files == 0


async def test_the_nightly_task_tells_what_it_did_and_can_end_between_batches(documents: Documents) -> None:
    await documents.keep(weeks=1)
    documents.clock.advance(timedelta(weeks=1))
    stopping = TaskRun(id=1, scheduled_for=NOW, _is_stopping=lambda: True)
    with pytest.raises(TaskInterrupted):
        await documents.removing.task().run(stopping)
    run = TaskRun(id=2, scheduled_for=NOW)
    await documents.removing.task().run(run)
    assert (run.counts["files"], run.counts["failed"]) == (1, 0)


async def test_a_file_whose_row_was_never_written_goes_after_a_day(documents: Documents) -> None:
    ids = DocumentIds(service_id=SERVICE, document_id=new_id(at=NOW))
    documents.objects.put(ids.object_key, b"".join(Sealer(ids, new_key()).seal_content(b"x")))
    kept = await documents.keep()
    assert (await documents.removing.run()).orphans == 0
    documents.clock.advance(timedelta(days=1, minutes=5))
    assert (await documents.removing.run()).orphans == 1
    assert documents.files() == [kept.ids.object_key.name]


async def test_files_that_cannot_be_deleted_are_told_and_tried_again(documents: Documents) -> None:
    await documents.keep(weeks=1)
    documents.clock.advance(timedelta(weeks=1))
    delete = documents.objects.delete

    def away(_key: object) -> None:
        raise Unavailable("away")

    documents.objects.delete = away  # type: ignore[method-assign, assignment]  # a store that is away
    assert (await documents.removing.run()).failed == 1
    documents.objects.delete = delete  # type: ignore[method-assign]
    assert (await documents.removing.run()).files == 1


async def test_uploads_wait_for_their_turn(documents: Documents) -> None:
    stored = await asyncio.gather(*(documents.keep(b"x" * 200_000, file_name="a.txt") for _ in range(8)))
    assert len({one.url for one in stored}) == 8


async def test_a_stream_that_breaks_off_leaves_nothing(documents: Documents) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in in_pieces(b"x" * 60_000):
            yield piece
        raise ConnectionError

    spec = DocumentSpec(
        service_id=SERVICE,
        file_name="a.txt",
        is_csv=False,
        confirmation_email=None,
        retention=timedelta(weeks=1),
    )
    with pytest.raises(ConnectionError):
        await documents.storing.store(spec, broken())
    assert documents.files() == []
