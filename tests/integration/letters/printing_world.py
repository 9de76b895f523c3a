"""What surrounds printing in its tests: a database with letters, the simulated print provider, and a notifications
service that is a table of statuses with the real rules about them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from deliverykit.types import ReportOutcome, ReportResult, StatusReport
from filekit.object_store.local_folder import LocalFolder
from notifyrules.postage import Postage
from notifyrules.statuses import NotificationStatus, NotificationType, may_change
from providerkit.caps import MonthlyCaps
from providerkit.measuring import Measurements
from providerkit.store import ProviderStore
from servicekit.clock import FixedClock
from servicekit.database import Pool
from servicekit.errors import Unavailable
from servicekit.ids import new_id
from services.letters.letter_files import letter_key
from services.letters.printing.credentials import Credentials, CredentialsBox
from services.letters.printing.dvla import DvlaClient
from services.letters.printing.letters_to_print import PrintRun
from services.letters.printing.provider import PrintProvider
from services.letters.printing.report_tokens import ReportTokens
from services.letters.printing.reports import LetterReports
from services.letters.printing.requesting import PrintAddresses, PrintFacts, Requester
from services.letters.printing.run import PrintRuns
from services.letters.printing.store import PrintStore
from simulators.client import AsyncSimulatorsClient
from simulators.config import Config
from simulators.server import Running, start

KEYS = SecretStr("k" * 40)
PDF = b"%PDF-1.7 a letter"
ORGANISATION = UUID("6f1c2d3e-0000-7000-8000-000000000009")
S = NotificationStatus

_INSERT = """
    INSERT INTO letters (notification_id, service_id, state, state_changed_at, created_at, prepared_at, key_type,
        is_uploaded, reference, postage, page_count, sheets, address_lines, object_key)
    VALUES (%(id)s, %(service)s, %(state)s, %(at)s, %(at)s, %(at)s, %(key_type)s, false, %(reference)s, %(postage)s,
        %(sheets)s, %(sheets)s, %(address)s, %(object_key)s)
"""


@dataclass(slots=True)
class FakeNotifications:
    """Statuses of notifications, changed by the real state machine's rules."""

    statuses: dict[UUID, NotificationStatus] = field(default_factory=dict)
    reports: list[StatusReport] = field(default_factory=list)
    is_away: bool = False
    archived: set[UUID] = field(default_factory=set)

    async def print_facts(self, ids: Sequence[UUID]) -> Mapping[UUID, PrintFacts]:
        if self.is_away:
            raise Unavailable("away")
        return {
            id: PrintFacts(
                status=self.statuses[id],
                is_service_active=id not in self.archived,
                organisation_id=ORGANISATION,
            )
            for id in ids
            if id in self.statuses
        }

    async def report(self, report: StatusReport, *, retry_unknown: bool = False) -> ReportResult:
        if self.is_away:
            raise Unavailable("away")
        self.reports.append(report)
        now = self.statuses[report.notification_id]
        if not may_change(now, report.status, NotificationType.LETTER):
            return ReportResult(outcome=ReportOutcome.DUPLICATE, status=now)
        self.statuses[report.notification_id] = report.status
        return ReportResult(
            outcome=ReportOutcome.APPLIED,
            given_to=report.provider,
            status=report.status,
            created_at=report.received_at - timedelta(hours=1),
        )


@dataclass(slots=True, kw_only=True)
class PrintWorld:
    """Everything at hand."""

    pool: Pool
    clock: FixedClock
    simulators: Running
    client: AsyncSimulatorsClient
    notifications: FakeNotifications
    files: LocalFolder
    store: PrintStore
    provider: PrintProvider
    dvla: DvlaClient
    tokens: ReportTokens
    reports: LetterReports
    threads: ThreadPoolExecutor
    monthly_caps: dict[str, int] = field(default_factory=dict)

    @property
    def measurements(self) -> Measurements:
        """Counters that are written by a test."""
        if self._measurements is None:
            self._measurements = Measurements(ProviderStore(self.pool).add_counts)
        return self._measurements

    _measurements: Measurements | None = None

    def another_provider(self) -> PrintProvider:
        """The provider as another process has it."""
        return PrintProvider(self.dvla, self.store, threads=self.threads, connections=4, clock=self.clock)

    def requester(self, **changes: Any) -> Requester:
        """One process's hands; with parts of it replaced."""
        parts: dict[str, Any] = {
            "store": self.store,
            "notifications": self.notifications,
            "reporter": self.notifications,
            "provider": self.provider,
            "files": self.files,
            "measurements": self.measurements,
            "caps": MonthlyCaps(
                caps=self.monthly_caps,
                store=ProviderStore(self.pool),
                measurements=self.measurements,
                clock=self.clock,
            ),
            "addresses": PrintAddresses(api_url="https://api.example", tokens=self.tokens),
            "clock": self.clock,
        }
        return Requester(**(parts | changes))

    async def a_letter(self, **changes: Any) -> UUID:
        """A letter that is ready, with its PDF stored."""
        letter_id = new_id()
        postage = Postage(changes.pop("postage", Postage.SECOND))
        made_at = changes.pop("made_at", self.clock.now() - timedelta(hours=1))
        reference = letter_id.hex[-16:].upper()
        key = letter_key(reference, postage, made_at)
        if changes.pop("with_pdf", True):
            self.files.put(key, PDF)
        parameters: dict[str, Any] = {
            "id": letter_id,
            "service": new_id(),
            "state": "ready",
            "at": made_at,
            "key_type": "normal",
            "reference": reference,
            "postage": postage.value,
            "sheets": 1,
            "address": ["A. Person", "1 Street", "SW1A 1AA"],
            "object_key": str(key),
        }
        self.notifications.statuses[letter_id] = changes.pop("status", S.CREATED)
        async with self.pool.connection() as connection:
            await connection.execute(_INSERT, parameters | changes)
        return letter_id

    async def collate(self, holder: str = "test") -> PrintRun:
        """A run by hand for today."""
        return await self.runs(holder).collate(self.clock.now().date())

    def runs(self, holder: str = "test") -> PrintRuns:
        """One process's way to make runs."""
        return PrintRuns(store=self.store, holder=holder, clock=self.clock)

    async def hand_over_all(self) -> None:
        """Until nothing is due."""
        requester = self.requester()
        while await requester.hand_over_lot():
            pass

    async def row(self, letter_id: UUID, columns: str = "state") -> Any:
        """Columns of a letter."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                f"SELECT {columns} FROM letters WHERE notification_id = %s".encode(), [letter_id]
            )
            row = await cursor.fetchone()
        assert row is not None
        return row[0] if len(row) == 1 else row

    async def printed(self) -> dict[str, int]:
        """How often the provider accepted each job."""
        return {row.reference: row.count for row in await self.client.references()}


@contextlib.asynccontextmanager
async def a_print_world(pool: Pool, folder: Path, now: datetime) -> AsyncIterator[PrintWorld]:
    """Printing between the simulated provider, which sends no reports, and the table of statuses."""
    clock, tokens, notifications = FixedClock(now), ReportTokens(KEYS), FakeNotifications()
    simulators = await start(
        Config(data_dir=folder / "simulators", port=0, receipts="off", sns_subscribe="on-demand")
    )
    store = PrintStore(pool, CredentialsBox(KEYS))
    first = Credentials(username="notify", password="First-password-1", api_key="first-key")
    await store.insert_credentials(first, now)
    threads = ThreadPoolExecutor(4)
    dvla = DvlaClient(base_url=f"{simulators.url}/dvla", timeout_s=5, connections=4)
    async with AsyncSimulatorsClient(simulators.url) as client:
        yield PrintWorld(
            pool=pool,
            clock=clock,
            simulators=simulators,
            client=client,
            notifications=notifications,
            files=LocalFolder(folder / "files"),
            store=store,
            provider=PrintProvider(dvla, store, threads=threads, connections=4, clock=clock),
            dvla=dvla,
            tokens=tokens,
            reports=LetterReports(tokens, store, notifications, clock=clock),
            threads=threads,
        )
    await asyncio.to_thread(threads.shutdown)
    dvla.close()
    await simulators.stop()
