"""Scanning with clamd, against a small server that speaks its protocol."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog.testing

from filekit.antivirus import (
    ANTIVIRUS_MISSING,
    AntivirusRequired,
    ClamdScanner,
    NoScanner,
    ScannerAddress,
    ScanOutcome,
    make_scanner,
)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CLEAN = ScanOutcome.CLEAN
VIRUS = b"a virus, so to speak"


async def read_file(reader: asyncio.StreamReader) -> bytes:
    """What a client sends with INSTREAM."""
    assert await reader.readexactly(10) == b"zINSTREAM\0"
    parts = []
    while (length := struct.unpack(">I", await reader.readexactly(4))[0]) > 0:
        parts.append(await reader.readexactly(length))
    return b"".join(parts)


async def scans(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As clamd does."""
    data = await read_file(reader)
    writer.write(b"stream: Test.Virus FOUND\0" if VIRUS in data else b"stream: OK\0")


def answers(answer: bytes) -> Handler:
    """A server that reads the file and says this."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_file(reader)
        writer.write(answer)

    return handle


async def hangs_up_at_once(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """No answer at all."""


async def refuses_the_size(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As clamd does, in the middle of the file."""
    await reader.readexactly(50_000)
    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
    await writer.drain()


async def never_answers(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Reads and says nothing, until the client has gone."""
    await reader.read()


async def never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Not even that."""
    while not writer.is_closing():
        await asyncio.sleep(0.01)


@asynccontextmanager
async def clamd(handler: Handler) -> AsyncIterator[ScannerAddress]:
    """A server on a free port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield ScannerAddress(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


@pytest.mark.parametrize("size", [0, 1, 262_144, 262_145, 3_000_000])
async def test_the_scanner_gets_the_whole_file(size: int) -> None:
    received: list[bytes] = []

    async def keeps(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_file(reader))
        writer.write(b"stream: OK\0")

    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    async with clamd(keeps) as address:
        assert (await ClamdScanner(address).scan(data)).outcome is CLEAN
    assert received == [data]


async def test_an_infected_file_has_the_name_of_its_virus() -> None:
    async with clamd(scans) as address:
        result = await ClamdScanner(address).scan(b"x" * 300_000 + VIRUS)
    assert (result.outcome, result.detail) == (ScanOutcome.INFECTED, "Test.Virus")
    assert not result.may_be_opened


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        (answers(b"stream: OK\0"), ScanOutcome.CLEAN),
        (answers(b"stream: Win.Test EICAR_HDB-1 FOUND\0"), ScanOutcome.INFECTED),
        (answers(b"stream: Can't allocate memory ERROR\0"), ScanOutcome.ERROR),
        (answers(b"UNKNOWN COMMAND\0"), ScanOutcome.ERROR),
        (answers(b"stream: OK"), ScanOutcome.ERROR),
        (answers(b"\0"), ScanOutcome.ERROR),
        (answers(b"\xff\xfe\0"), ScanOutcome.ERROR),
        (answers(b"stream: OK FOUND OK\0"), ScanOutcome.ERROR),
        (answers(b"x" * 100_000), ScanOutcome.ERROR),
        (refuses_the_size, ScanOutcome.TOO_LARGE),
        (hangs_up_at_once, ScanOutcome.ERROR),
    ],
)
async def test_only_a_clear_word_makes_a_file_clean(handler: Handler, outcome: ScanOutcome) -> None:
    async with clamd(handler) as address:
        assert (await ClamdScanner(address).scan(b"x" * 2_000_000)).outcome is outcome


@pytest.mark.parametrize("handler", [never_answers, never_reads])
async def test_a_scanner_that_takes_too_long_is_an_error(handler: Handler) -> None:
    async with clamd(handler) as address:
        result = await ClamdScanner(address, timeout_s=0.1).scan(b"x" * 20_000_000)
    assert (result.outcome, result.detail) == (ScanOutcome.ERROR, "the scanner took too long")


async def test_a_scanner_that_is_away_is_an_error() -> None:
    async with clamd(scans) as address:
        pass
    result = await ClamdScanner(address).scan(b"x")
    assert result.outcome is ScanOutcome.ERROR
    assert not await ClamdScanner(address).ping()


async def test_a_file_above_the_limit_is_not_sent() -> None:
    scanner = ClamdScanner(ScannerAddress(host="127.0.0.1", port=1), max_bytes=10)
    assert (await scanner.scan(b"x" * 11)).outcome is ScanOutcome.TOO_LARGE


async def test_many_files_are_scanned_at_a_time() -> None:
    async with clamd(scans) as address:
        scanner = ClamdScanner(address)
        results = await asyncio.gather(*(scanner.scan(VIRUS if n % 2 else b"x") for n in range(40)))
    assert [result.outcome is CLEAN for result in results] == [n % 2 == 0 for n in range(40)]


async def test_a_socket_of_the_machine_is_used(tmp_path: Path) -> None:
    async def pongs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(6) == b"zPING\0"
        writer.write(b"PONG\0")
        writer.close()

    server = await asyncio.start_unix_server(pongs, str(tmp_path / "clamd"))
    async with server:
        assert await ClamdScanner(ScannerAddress.parse(f"unix://{tmp_path}/clamd")).ping()


@pytest.mark.parametrize(
    "url", ["", "clamd:3310", "tcp://clamd", "tcp://:3310", "http://clamd:3310", "unix://a/b", "unix://"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="tcp://host:port"):
        ScannerAddress.parse(url)


# -- without a scanner


def test_production_refuses_to_start_without_a_scanner() -> None:
    for missing in (None, ""):
        with pytest.raises(AntivirusRequired, match="CLAMD_URL"):
            make_scanner(missing, is_development=False)


async def test_development_says_loudly_that_files_are_not_scanned() -> None:
    with structlog.testing.capture_logs() as logs:
        scanner = make_scanner(None, is_development=True)
        result = await scanner.scan(b"x")
    assert isinstance(scanner, NoScanner)
    assert (result.outcome, result.may_be_opened) == (ScanOutcome.NOT_SCANNED, True)
    assert [(log["event"], log["log_level"]) for log in logs] == [(ANTIVIRUS_MISSING, "warning")] * 2


def test_an_address_makes_a_scanner_everywhere() -> None:
    for is_development in (True, False):
        assert isinstance(make_scanner("tcp://clamd:3310", is_development=is_development), ClamdScanner)
