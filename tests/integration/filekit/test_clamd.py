"""Scanning with a real clamd, where one is installed (Debian: `apt-get install clamav-daemon`)."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.notifyctl.stack.ports import free_port
from filekit.antivirus import ClamdScanner, ScannerAddress, ScanOutcome
from tests.clamd import CLAMD, EICAR, write_config
from tests.processes import start_child, wait_until


@pytest.fixture(scope="module", params=["tcp", "unix"])
def clamd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScannerAddress]:
    """A running clamd that takes files of up to a megabyte."""
    if CLAMD is None:
        pytest.skip("clamd is not installed: the protocol is tested against a server of our own only")
    folder = tmp_path_factory.mktemp("clamd")
    port = free_port()
    listen = (
        f"TCPAddr 127.0.0.1\nTCPSocket {port}" if request.param == "tcp" else f"LocalSocket {folder}/socket"
    )
    config = write_config(folder, listen)
    url = f"tcp://127.0.0.1:{port}" if request.param == "tcp" else f"unix://{folder}/socket"
    log = Path(folder / "log")
    child = start_child([CLAMD, "-c", config], log=log, death_signal=signal.SIGKILL)
    wait_until(lambda: b"Self checking" in log.read_bytes(), child, log)
    yield ScannerAddress.parse(url)
    child.terminate()
    child.wait(10)


async def test_clamd_answers(clamd: ScannerAddress) -> None:
    assert await ClamdScanner(clamd, timeout_s=10).ping()


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"%PDF-1.7 nothing", ScanOutcome.CLEAN),
        (b"", ScanOutcome.CLEAN),
        (EICAR, ScanOutcome.INFECTED),
        (b"x" * 300_000 + EICAR, ScanOutcome.INFECTED),
        (b"x" * 1_000_000, ScanOutcome.CLEAN),
        (b"x" * 5_000_000, ScanOutcome.TOO_LARGE),
    ],
    ids=["pdf", "empty", "virus", "virus at the end", "large", "too large"],
)
async def test_files_are_judged(clamd: ScannerAddress, data: bytes, outcome: ScanOutcome) -> None:
    result = await ClamdScanner(clamd, timeout_s=20).scan(data)
    assert result.outcome is outcome
    assert ("Own.Eicar" in result.detail) == (outcome is ScanOutcome.INFECTED)
