"""The documents service's parts on a real database and a folder, with a clock that tests move."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from filekit.antivirus import ScanOutcome, ScanResult
from filekit.object_store.keys import Area
from filekit.object_store.local_folder import LocalFolder
from notifyrules.ids import base64_to_bytes, base64_to_uuid
from servicekit.clock import FixedClock
from servicekit.database import Pool, make_pool
from servicekit.migrations import migrate
from services.documents.opening import Opening
from services.documents.removing import Removing
from services.documents.store import SCHEMA, Store
from services.documents.storing import StoredDocument, Storing
from services.documents.values import DocumentIds, DocumentLink, DocumentSpec
from tests.conftest import MakeDatabase

NOW = datetime.now(UTC).replace(microsecond=0)  # files in a folder have the machine's times
SERVICE = UUID("01890000-0000-7000-8000-000000000001")
ADDRESS = "ada@example.com"


@dataclass
class FakeScanner:
    """Says what a test wants."""

    result: ScanResult = field(default_factory=lambda: ScanResult(outcome=ScanOutcome.CLEAN))

    async def scan(self, data: bytes) -> ScanResult:
        return self.result


class Documents:
    """A documents service without gRPC."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.pool = pool
        self.clock = FixedClock(NOW)
        self.store = Store(pool)
        self.objects = LocalFolder(folder)
        self.scanner = FakeScanner()
        self.storing = Storing(
            store=self.store,
            objects=self.objects,
            scanner=self.scanner,
            clock=self.clock,
            max_bytes=300_000,
            at_once=2,
            download_host="https://files.example/",
        )
        self.opening = Opening(
            store=self.store,
            objects=self.objects,
            clock=self.clock,
            wrong_tries=3,
            locked_for=timedelta(hours=24),
        )
        self.removing = Removing(
            store=self.store,
            objects=self.objects,
            clock=self.clock,
            forgotten_after=timedelta(days=365),
        )

    async def keep(
        self,
        content: bytes = b"a,b\n1,2\n",
        *,
        file_name: str | None = "people.csv",
        is_csv: bool = False,
        confirm: bool = False,
        weeks: int = 26,
        service_id: UUID = SERVICE,
    ) -> StoredDocument:
        """Store a file."""
        spec = DocumentSpec(
            service_id=service_id,
            file_name=file_name,
            is_csv=is_csv,
            confirmation_email=ADDRESS if confirm else None,
            retention=timedelta(weeks=weeks),
        )
        return await self.storing.store(spec, in_pieces(content))

    async def download(self, link: DocumentLink, passed: str = "") -> bytes:
        """Download a file."""
        download = await self.opening.begin_download(link, passed)
        return b"".join([piece async for piece in download.pieces()])

    def files(self) -> list[str]:
        """What is in the object store."""
        return [info.key.name for info in self.objects.list(Area.DOCUMENTS)]


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    """A file as it comes."""
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


def link_of(stored: StoredDocument) -> DocumentLink:
    """The link as a recipient sends it."""
    parts = urlsplit(stored.url)
    _, _, service, document = parts.path.split("/")
    return DocumentLink(
        ids=DocumentIds(service_id=base64_to_uuid(service), document_id=base64_to_uuid(document)),
        key=base64_to_bytes(parse_qs(parts.query)["key"][0]),
    )


@pytest.fixture
def database_url(make_database: MakeDatabase) -> str:
    """A database with the documents service's schema."""
    return make_database("documents", lambda url: migrate(url, "services.documents", SCHEMA))


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool as the service has it."""
    async with make_pool(
        database_url, schema=SCHEMA, application_name="test", min_size=1, max_size=4
    ) as pool:
        yield pool


@pytest.fixture
def documents(pool: Pool, tmp_path: Path) -> Documents:
    """A documents service without gRPC."""
    return Documents(pool, tmp_path / "files")
