"""How much memory many files at once take: `python -m tests.bench.documents`. Out of the default run.

A system of its own takes 100 emails with a file of 1 MiB each at the same moment, then gives the files back to 100
browsers at the same moment. What counts is the memory of all its services together, above what they had after a few
emails with files: at most 150 MB more.
"""

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil

from clients.notifyctl.demo import make_demo
from clients.notifyctl.stack import Stack
from tests.e2e.documents_world import Sender, a_file, links_in, make_sender
from tests.e2e.rest import EMAIL_PATH
from tests.e2e.stack import System
from tests.homes import prepared

AT_ONCE = 100
FILE_BYTES = 1024 * 1024
MOST_EXTRA_MB = 150.0
_SERVICES = ("api_gateway", "notifications", "documents", "email")
_LOOK_EVERY_S = 0.02
_MB = 1024 * 1024


@dataclass(slots=True)
class Peak:
    """The most memory that was seen, in MB: of all services together, and of each at that moment."""

    total: float = 0.0
    each: dict[str, float] | None = None


def memory_mb(stack: Stack) -> dict[str, float]:
    """The resident memory of each service."""
    processes = stack.state.processes
    return {name: psutil.Process(processes[name].pid).memory_info().rss / _MB for name in _SERVICES}


@contextmanager
def watched(stack: Stack) -> Iterator[Peak]:
    """Look at the memory all the time."""
    peak = Peak()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            each = memory_mb(stack)
            if sum(each.values()) > peak.total:
                peak.total, peak.each = sum(each.values()), each

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


async def upload(sender: Sender, count: int, size_bytes: int) -> list[str]:
    """Send so many emails with a file at once; answers the links."""
    content = os.urandom(size_bytes // 2).hex().encode()
    body = {
        "email_address": "ada@example.gov.uk",
        "template_id": sender.template_id,
        "personalisation": {
            "one": a_file(content, filename="a.txt", confirm_email_before_download=False),
            "two": "nothing",
        },
    }
    headers = {"Authorization": f"Bearer {sender.rest.token()}"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one() -> str:
            async with session.post(sender.rest.url + EMAIL_PATH, json=body, headers=headers) as answer:
                assert answer.status == 201, await answer.text()
                return links_in((await answer.json())["content"]["body"])[0]

        return await asyncio.gather(*(one() for _ in range(count)))


async def download(links: list[str], size_bytes: int) -> None:
    """Download all these files at once."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(link: str) -> None:
            parts = urlsplit(link)
            url = parts._replace(path=f"{parts.path}/download").geturl()
            async with session.post(url) as answer:
                assert answer.status == 200
                assert sum([len(piece) async for piece in answer.content.iter_chunked(65_536)]) == size_bytes

        await asyncio.gather(*map(one, links))


def measure(stack: Stack, name: str, work: asyncio.Task[object] | object) -> float:
    """Do some work and tell what it took; answers the extra memory in MB."""
    before = memory_mb(stack)
    began = time.monotonic()
    with watched(stack) as peak:
        work()  # type: ignore[operator]  # a function of this module
    took = time.monotonic() - began
    extra = peak.total - sum(before.values())
    each = ", ".join(
        f"{service} +{(peak.each or before)[service] - before[service]:.0f}" for service in _SERVICES
    )
    print(f"{name}: {took:.1f} s, {extra:.0f} MB extra at most ({each})", flush=True)
    return extra


def main() -> int:
    """Measure; answers 1 when it was too much."""
    with (
        tempfile.TemporaryDirectory(prefix="notify-bench-") as folder,
        Stack(prepared(Path(folder, "home"))) as stack,
    ):
        sender = make_sender(System(stack=stack, demo=make_demo(stack.home)), "Bench of files")
        asyncio.run(upload(sender, 3, FILE_BYTES))
        links: list[str] = []
        extra = measure(
            stack,
            f"{AT_ONCE} uploads of 1 MiB at once",
            lambda: links.extend(asyncio.run(upload(sender, AT_ONCE, FILE_BYTES))),
        )
        extra = max(
            extra,
            measure(
                stack,
                f"{AT_ONCE} downloads of 1 MiB at once",
                lambda: asyncio.run(download(links, FILE_BYTES)),
            ),
        )
    print(f"{'within' if extra <= MOST_EXTRA_MB else 'MORE THAN'} {MOST_EXTRA_MB:.0f} MB")
    return int(extra > MOST_EXTRA_MB)


if __name__ == "__main__":
    sys.exit(main())
