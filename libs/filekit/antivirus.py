"""Scanning uploaded files for viruses with clamd, and what to do where there is none.

clamd's protocol: a command, then the file in chunks, each with its length in four bytes, a chunk of length 0 at
the end; the answer is a line. Source: man page clamd(8), INSTREAM. Called for files in quarantine, and once at
the start.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import structlog

_log = structlog.get_logger(__name__)

ANTIVIRUS_MISSING: Final = "antivirus_missing"

_CHUNK_BYTES: Final = 256 * 1024
_LONGEST_ANSWER_BYTES: Final = 4_096
_FOUND: Final = " FOUND"
_TOO_LARGE: Final = "size limit exceeded"


class ScanOutcome(StrEnum):
    """What a scan came to."""

    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not-scanned"
    """There is no scanner, which only development puts up with."""
    ERROR = "error"
    """Nothing is known of the file: the scanner is away, took too long or could not do it. Try again later."""
    TOO_LARGE = "too-large"
    """The scanner does not take files of this size: trying again changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What a scan came to, and why."""

    outcome: ScanOutcome
    detail: str = ""  # the virus's name, or what went wrong; nothing of the file

    @property
    def may_be_opened(self) -> bool:
        """The file may be handled further."""
        return self.outcome in {ScanOutcome.CLEAN, ScanOutcome.NOT_SCANNED}


class AntivirusRequired(ValueError):  # noqa: N818 -- says what is wrong
    """Production is to start without a virus scanner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerAddress:
    """Where clamd listens: a path, or a host and a port."""

    socket_path: str | None = None
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, url: str) -> "ScannerAddress":
        """Return the address that `tcp://host:port` or `unix:///path` names. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme == "unix" and not parts.netloc and parts.path:
            return cls(socket_path=parts.path)
        if parts.scheme == "tcp" and parts.hostname and parts.port and parts.path in {"", "/"}:
            return cls(host=parts.hostname, port=parts.port)
        raise ValueError("the address of clamd is tcp://host:port or unix:///path")


class ClamdScanner:
    """Asks clamd. A connection for each file; may be used by many tasks at a time."""

    def __init__(
        self, address: ScannerAddress, *, timeout_s: float = 60.0, max_bytes: int = 25_000_000
    ) -> None:
        """`timeout_s`: for all of a scan. `max_bytes`: what clamd takes (its `StreamMaxLength`)."""
        self._address = address
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes

    async def scan(self, data: bytes) -> ScanResult:
        """Scan a file. Never raises for what the scanner does: see `ScanOutcome`."""
        if len(data) > self._max_bytes:
            return ScanResult(outcome=ScanOutcome.TOO_LARGE, detail="larger than the scanner takes")
        try:
            async with asyncio.timeout(self._timeout_s), self._connection() as (reader, writer):
                answer = await _instream(reader, writer, data)
        except TimeoutError:
            return ScanResult(outcome=ScanOutcome.ERROR, detail="the scanner took too long")
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as err:
            return ScanResult(outcome=ScanOutcome.ERROR, detail=f"the scanner is away: {type(err).__name__}")
        return _result(answer)

    async def ping(self) -> bool:
        """Return whether clamd answers."""
        try:
            async with asyncio.timeout(self._timeout_s), self._connection() as (reader, writer):
                writer.write(b"zPING\0")
                return await _answer(reader) == "PONG"
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return False  # a TimeoutError is an OSError

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        limit = _LONGEST_ANSWER_BYTES
        if self._address.socket_path is not None:
            reader, writer = await asyncio.open_unix_connection(self._address.socket_path, limit=limit)
        else:
            reader, writer = await asyncio.open_connection(
                self._address.host, self._address.port, limit=limit
            )
        try:
            yield reader, writer
        finally:
            writer.transport.abort()  # whatever was not sent by now, nobody wants


class NoScanner:
    """Stands for a scanner in development, where there is none: every file is `NOT_SCANNED`, and each time a
    warning says so."""

    async def scan(self, data: bytes) -> ScanResult:
        """Say that the file was not scanned."""
        _log.warning(ANTIVIRUS_MISSING, advice="set CLAMD_URL", size_bytes=len(data))
        return ScanResult(outcome=ScanOutcome.NOT_SCANNED, detail="there is no virus scanner")

    async def ping(self) -> bool:
        """There is nothing to wait for."""
        return True


def make_scanner(
    clamd_url: str | None, *, is_development: bool, timeout_s: float = 60.0, max_bytes: int = 25_000_000
) -> ClamdScanner | NoScanner:
    """Return the scanner that the settings ask for.

    Raises AntivirusRequired where there is no address and this is not development, ValueError for an address
    that is none.
    """
    if clamd_url:
        return ClamdScanner(ScannerAddress.parse(clamd_url), timeout_s=timeout_s, max_bytes=max_bytes)
    if not is_development:
        raise AntivirusRequired(
            "the service's CLAMD_URL is not set: production does not take files without a virus scanner"
        )
    _log.warning(ANTIVIRUS_MISSING, advice="set CLAMD_URL; uploads will not be scanned")
    return NoScanner()


async def _instream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> str:
    """Send a file and return the answer."""
    writer.write(b"zINSTREAM\0")
    # Nobody waits until all is sent: clamd may answer, and hang up, before it has read everything. The file is
    # in memory anyway.
    writer.writelines(_chunks(data))
    return await _answer(reader)


async def _answer(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _CHUNK_BYTES):
        chunk = data[start : start + _CHUNK_BYTES]
        yield struct.pack(">I", len(chunk)) + chunk
    yield struct.pack(">I", 0)


def _result(answer: str) -> ScanResult:
    verdict = answer.removeprefix("stream: ")
    if verdict == "OK":
        return ScanResult(outcome=ScanOutcome.CLEAN)
    if verdict.endswith(_FOUND):
        return ScanResult(outcome=ScanOutcome.INFECTED, detail=verdict.removesuffix(_FOUND))
    if _TOO_LARGE in verdict:
        return ScanResult(outcome=ScanOutcome.TOO_LARGE, detail="larger than the scanner takes")
    return ScanResult(outcome=ScanOutcome.ERROR, detail=f"the scanner answered {verdict[:100]!r}")
