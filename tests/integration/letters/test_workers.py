"""Real worker processes, and files that were made to break them."""

import asyncio
import os
import signal
import time
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pikepdf
import pytest

from servicekit.errors import Unavailable
from services.letters.uploads.outcomes import UploadProblem, UploadResult
from services.letters.workers import PdfWorkers, WorkerLimits, pdf_workers
from tests.unit.letters.pdfs import ADDRESS, a_letter, a_stream, as_bytes, from_objects, opened

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << %s >> >>"


@pytest.fixture
async def workers() -> AsyncIterator[PdfWorkers]:
    async with pdf_workers(count=1) as started:
        yield started


async def check(workers: PdfWorkers, data: bytes) -> UploadResult:
    return await workers.check_letter(data, allow_international=False)


def with_content(content: bytes, entries: bytes = b"", resources: bytes = b"", *more: bytes) -> bytes:
    return from_objects(CATALOG, ONE_PAGE, PAGE % resources, a_stream(content, entries), *more)


def packed(piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()


def ten_thousand_pages() -> bytes:
    pdf = pikepdf.Pdf.new()
    for _ in range(10_000):
        pdf.add_blank_page(page_size=(595, 842))
    return as_bytes(pdf)


def forms_that_multiply() -> bytes:
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 600 900]"
    nested = [
        a_stream(b"/X Do " * 10, form + b" /Resources << /XObject << /X %d 0 R >> >>" % (number + 1))
        for number in range(5, 17)
    ]
    return with_content(b"/X Do", b"", b"/XObject << /X 5 0 R >>", *nested, a_stream(b"0 0 1 1 re f", form))


def picture_that_grows() -> bytes:
    picture = a_stream(
        packed(bytes(1_000_000), 300),
        b"/Type /XObject /Subtype /Image /Width 10000 /Height 10000 /BitsPerComponent 8 "
        b"/ColorSpace /DeviceRGB /Filter /FlateDecode",
    )
    return with_content(b"q 90 0 0 90 100 100 cm /I Do Q", b"", b"/XObject << /I 5 0 R >>", picture)


def widths_without_end() -> bytes:
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [<< /Type /Font "
        b"/Subtype /CIDFontType2 /BaseFont /A /W [0 2000000000 500] >>] >>"
    )
    return with_content(b"BT /F 8 Tf 75 700 Td (AB) Tj ET", b"", b"/Font << /F 5 0 R >>", font)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb of a gigabyte": lambda: with_content(packed(b"q Q " * 250_000, 1000), b"/Filter /FlateDecode"),
    "bomb just below the limit": lambda: with_content(packed(b"q Q " * 250_000, 30), b"/Filter /FlateDecode"),
    "bomb in a bomb": lambda: with_content(
        zlib.compress(packed(bytes(1_000_000), 300)), b"/Filter [/FlateDecode /FlateDecode]"
    ),
    "50 MB stream": lambda: with_content(b"q Q " * 13_000_000),
    "50 MB string": lambda: with_content(b"BT (" + b"a" * 50_000_000 + b") Tj ET"),
    "arrays in arrays": lambda: with_content(b"[" * 1_000_000 + b"]" * 1_000_000 + b" TJ"),
    "a page's entry of arrays in arrays": lambda: from_objects(
        CATALOG, ONE_PAGE, b"<< /Type /Page /Parent 2 0 R /X " + b"[" * 500_000 + b"]" * 500_000 + b" >>"
    ),
    "a million saved states": lambda: with_content(b"q " * 1_000_000),
    "page tree in a loop": lambda: from_objects(CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    "page tree that doubles": lambda: from_objects(
        CATALOG, *[b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 2 >>" % (one, one) for one in range(3, 40)]
    ),
    "page tree that is deep": lambda: from_objects(
        CATALOG,
        *[b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % one for one in range(3, 10_003)],
        PAGE % b"",
    ),
    "forms that multiply": forms_that_multiply,
    "widths without end": widths_without_end,
    "a password": lambda: as_bytes(opened(a_letter()), encryption=pikepdf.Encryption(user="a", owner="b")),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_file_is_unreadable_and_the_next_one_is_checked(name: str, workers: PdfWorkers) -> None:
    result = await check(workers, HOSTILE[name]())
    assert result.problem == UploadProblem.UNREADABLE
    assert (await check(workers, a_letter())).address_lines == ADDRESS


async def test_ten_thousand_pages_are_counted(workers: PdfWorkers) -> None:
    result = await check(workers, ten_thousand_pages())
    assert (result.problem, result.page_count) == (UploadProblem.TOO_LONG, 10_000)


async def test_picture_that_cannot_be_unpacked_is_no_danger(workers: PdfWorkers) -> None:
    result = await check(workers, picture_that_grows())
    assert result.problem in (UploadProblem.ADDRESS_EMPTY, UploadProblem.UNREADABLE)


async def test_file_that_takes_too_long_is_unreadable_and_costs_one_worker() -> None:
    slow = with_content(
        b"q 400 0 0 400 60 100 cm /S sh Q " * 3000,
        b"",
        b"/Shading << /S 5 0 R >>",
        b"<< /ShadingType 1 /ColorSpace /DeviceGray /Function 6 0 R >>",
        a_stream(b"{ " + b"dup mul " * 20_000 + b"}", b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1]"),
    )
    async with pdf_workers(count=1, limits=WorkerLimits(time_s=1.5)) as workers:
        result = await check(workers, slow)
        assert (result.problem, result.page_count) == (UploadProblem.UNREADABLE, None)
        assert result.fault == "worker ended by the time limit"
        assert (await workers.check_attachment(a_letter())).problem is None


async def test_worker_that_is_killed_from_outside_says_nothing_of_the_file() -> None:
    async with pdf_workers(count=1) as workers:
        process_id = _only_process(workers)
        os.kill(process_id, signal.SIGKILL)
        with pytest.raises(Unavailable):
            await check(workers, a_letter())
        assert (await check(workers, a_letter())).problem is None


async def test_caller_that_gives_up_does_not_mix_up_the_next_result() -> None:
    async with pdf_workers(count=1) as workers:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await check(workers, a_letter(address=()))
        assert (await check(workers, a_letter())).problem is None


async def test_worker_is_replaced_after_its_share_of_files() -> None:
    async with pdf_workers(count=1, limits=WorkerLimits(jobs=2)) as workers:
        first = _only_process(workers)
        for _ in range(3):
            assert (await check(workers, a_letter())).problem is None
        assert _only_process(workers) != first


async def test_many_callers_share_the_workers() -> None:
    async with pdf_workers(count=2) as workers:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(workers.check_letter(a_letter(address=lines), allow_international=True))
                for lines in [ADDRESS, ("Sam", "1 Test Street", "France"), ()] * 3
            ]
        assert [task.result().problem for task in tasks] == [None, None, UploadProblem.ADDRESS_EMPTY] * 3


async def test_no_process_is_left_behind() -> None:
    async with pdf_workers(count=1) as workers:
        process_id = _only_process(workers)
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


async def test_workers_that_cannot_be_started_are_told_at_once() -> None:
    with pytest.raises(Unavailable):
        async with pdf_workers(count=1, limits=WorkerLimits(memory_bytes=40_000_000)):
            pass


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
async def test_ten_pages_take_little_time_and_memory(workers: PdfWorkers) -> None:
    lines = [
        f"BT /F 9 Tf 60 {y} Td <{'00010002' * 40}> Tj ET 0 0.3 0.6 rg 60 {y - 3} 470 0.5 re f"
        for y in range(60, 800, 12)
    ]
    data = a_letter(other_pages=[lines] * 9)
    await check(workers, data)
    started = time.perf_counter()
    result = await check(workers, data)
    assert (result.problem, result.page_count) == (None, 10)
    # Half a second and 80 MB when nothing else runs; the limits are those that were promised, with room.
    assert time.perf_counter() - started < 5
    status = Path(f"/proc/{_only_process(workers)}/status").read_text()
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    assert int(peak) < 300_000


def _only_process(workers: PdfWorkers) -> int:
    (process_id,) = workers.process_ids
    return process_id
