"""Letters: what making one costs, how many a second go through the service's own preparing, and what workers need.

    python -m tests.bench.letters

In one process with its workers, on a folder and without a database: the table `letters` and notifications are not
what is measured here.
"""

import asyncio
import io
import logging
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pikepdf
import psutil
import structlog
from rich.console import Console
from rich.table import Table

from deliverykit.types import (
    Delivery,
    Lease,
    LetterContent,
    LetterPrepared,
    PrecompiledLetter,
    TemplatedLetter,
)
from filekit.antivirus import ScanOutcome, ScanResult
from filekit.object_store.keys import Area
from filekit.object_store.local_folder import LocalFolder
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType
from servicekit.clock import SystemClock
from services.letters.letter_files import upload_key
from services.letters.letter_workers import LetterWorkers, letter_workers
from services.letters.letters import Letter
from services.letters.preparing import Preparer
from services.letters.workers import PdfWorkers, pdf_workers

VECTORS = Path(__file__).parents[1] / "vectors" / "letters_pdf"
LETTERS = 500
UPLOADS = 20
WORKERS = 2
IN_FLIGHT = 24

BODY = "Dear ((name)),\n\n" + "\n\n".join(
    ["your permit is ready, and this letter of one page says so at some length. " * 4] * 4
)
ADDRESS = '"address_line_1": "Sam Example", "address_line_2": "1 Test Street", "postcode": "SW1A 1AA"'
VALUES = "{" + ADDRESS + ', "name": "Sam %d"}'
MADE_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of some letters."""

    name: str
    count: int
    seconds: float
    cpu_seconds: float
    """Of the workers."""
    largest_bytes: int
    """Of a worker, the most that it ever had in use."""


class _Scanner:
    async def scan(self, data: bytes) -> ScanResult:
        return ScanResult(outcome=ScanOutcome.CLEAN)


class _Rows:
    """Letters, kept in memory."""

    def __init__(self) -> None:
        self._rows: dict[UUID, Letter] = {}

    async def get_letter(self, notification_id: UUID) -> Letter | None:
        return self._rows.get(notification_id)

    async def record_prepared(self, letter: Letter, now: datetime) -> Letter:
        return self._rows.setdefault(letter.notification_id, replace(letter, prepared_at=now))


class _NobodyPretends:
    async def want(self, notification_id: UUID) -> None:
        raise AssertionError


def a_delivery(letter: TemplatedLetter | PrecompiledLetter) -> Delivery:
    """A letter as it is leased."""
    id = uuid4()
    return Delivery(
        notification_id=id,
        attempt=1,
        service_id=uuid4(),
        key_type=KeyType.NORMAL,
        lease=Lease(MADE_AT + timedelta(minutes=1)),
        possible_duplicate=False,
        created_at=MADE_AT,
        failed_providers=(),
        content=LetterContent(
            reference=id.hex[:16].upper(),
            postage=Postage.SECOND,
            allow_international=False,
            wants_pretend_receipt=False,
            letter=letter,
        ),
    )


def a_template(number: int) -> TemplatedLetter:
    """A letter of one page."""
    return TemplatedLetter(
        subject_template="Your permit",
        body_template=BODY,
        contact_block="The Office\n1 Road\nTown",
        welsh_subject_template=None,
        welsh_body_template=None,
        logo_svg=None,
        attachment_id=None,
        personalisation_json=VALUES % number,
    )


@dataclass(frozen=True, slots=True)
class Workers:
    """The worker processes of a pool."""

    pool: LetterWorkers | PdfWorkers

    def cpu_seconds(self) -> float:
        """What they have used."""
        times = [psutil.Process(id).cpu_times() for id in self.pool.process_ids]
        return sum(time.user + time.system for time in times)

    def largest_bytes(self) -> int:
        """The most memory that one of them ever had in use."""
        texts = [Path(f"/proc/{id}/status").read_text() for id in self.pool.process_ids]
        return max(int(text.split("VmHWM:")[1].split()[0]) * 1024 for text in texts)


def an_upload(pages: int) -> bytes:
    """A golden letter of so many pages of text."""
    with pikepdf.open(VECTORS / "eleven-pages.pdf") as pdf:
        del pdf.pages[pages:]
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


async def prepare_all(
    name: str, deliveries: Sequence[Delivery], preparer: Preparer, workers: Workers
) -> Measured:
    """Prepare letters side by side, as leasing does."""
    room = asyncio.Semaphore(IN_FLIGHT)

    async def one(delivery: Delivery) -> None:
        async with room:
            result = await preparer.deliver(delivery)
            assert isinstance(result.outcome, LetterPrepared), result

    await one(deliveries[0])  # the first starts what is not there yet
    cpu_before, started = workers.cpu_seconds(), time.monotonic()
    await asyncio.gather(*map(one, deliveries[1:]))
    return Measured(
        name=name,
        count=len(deliveries) - 1,
        seconds=time.monotonic() - started,
        cpu_seconds=workers.cpu_seconds() - cpu_before,
        largest_bytes=workers.largest_bytes(),
    )


async def measure() -> list[Measured]:
    """Templated letters, uploads of one page and of ten; then ten pages one at a time."""
    measured = []
    async with letter_workers(count=WORKERS) as renderer, pdf_workers(count=WORKERS) as checker:
        with tempfile.TemporaryDirectory(prefix="notify-bench-") as folder:
            files = LocalFolder(Path(folder))
            preparer = Preparer(
                letters=_Rows(),
                pretend_reports=_NobodyPretends(),
                files=files,
                scanner=_Scanner(),
                renderer=renderer,
                checker=checker,
                clock=SystemClock(),
            )
            warm = [a_delivery(a_template(0)) for _ in range(8)]
            await prepare_all("", warm, preparer, Workers(renderer))
            templated = [a_delivery(a_template(number)) for number in range(LETTERS)]
            measured.append(
                await prepare_all("from a template, 1 page", templated, preparer, Workers(renderer))
            )
            for pages in (1, 10):
                pdf = an_upload(pages)
                uploads = [a_delivery(PrecompiledLetter()) for _ in range(UPLOADS)]
                for upload in uploads:
                    files.put(upload_key(Area.QUARANTINE, str(upload.notification_id)), pdf)
                measured.append(
                    await prepare_all(f"uploaded, {pages} pages", uploads, preparer, Workers(checker))
                )
    return measured


def main() -> None:
    """Measure, and print a table."""
    table = Table(title=f"Letters, {WORKERS} workers of each kind")
    for heading in (
        "what",
        "letters",
        "letters/s",
        "worker CPU each, ms",
        "wall each, ms",
        "largest worker, MB",
    ):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for row in asyncio.run(measure()):
        table.add_row(
            row.name,
            str(row.count),
            f"{row.count / row.seconds:.1f}",
            f"{row.cpu_seconds / row.count * 1000:.1f}",
            f"{row.seconds / row.count * WORKERS * 1000:.1f}",
            f"{row.largest_bytes / 1e6:.0f}",
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
