"""Posting receipts to the gateway: when they are due, over few connections, again until they are taken.

The provider modules make a `Receipt` with its body ready and give it to `ReceiptSender.schedule`. A real
provider repeats a receipt when the receiver is down, so this does too, with growing pauses for
`retry_for_s`, and what is left when the simulators stop is kept in a file and sent after the next start.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
import structlog

from simulators.files import write_private
from simulators.http_client import Connection
from simulators.times import later, now_us

POST_TIMEOUT_S = 10.0

# A receipt's own pauses between its attempts; and how long one connection rests after failures in a row, so
# that a gateway that is down is asked some twenty times a second by all of them together, however many
# receipts wait.
_RETRY_PAUSE_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_REST_S = (0.0, 0.1, 0.2, 0.5, 1.0, 1.5)

_NOTE_EVERY_S = 60.0

_log = structlog.get_logger("simulators.receipts")

State = Literal["pending", "sent", "refused", "gave up"]


class Receipt(msgspec.Struct, eq=False, kw_only=True):
    """One receipt: what it says and where it goes, and how far it got."""

    provider: str
    reference: str
    report: str  # in plain words, for people
    path: str  # on the gateway, query included
    headers: str  # whole header lines beside Host and Content-Length, each ending in CRLF
    body: bytes
    due_us: int = 0
    state: State = "pending"
    attempts: int = 0
    answer: int | None = None  # the last HTTP status
    sent_at_us: int | None = None


@dataclass(slots=True)
class ReceiptCounts:
    """Receipts of one provider. Refused: answered 4xx. Gave up: not taken within the time for retries."""

    scheduled: int = 0
    sent: int = 0
    refused: int = 0
    gave_up: int = 0
    pending: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSettings:
    gateway_url: str  # http only; a path is put before every receipt's own
    connections: int = 32
    retry_for_s: float = 600.0
    unsent_file: Path | None = None


class ReceiptSender:
    """Sends what is scheduled; `start` and `stop` are called by the server."""

    def __init__(self, settings: ReceiptSettings) -> None:
        url = urlsplit(settings.gateway_url)
        if url.scheme != "http" or not url.hostname:
            raise ValueError("the gateway's URL must begin with http:// and name a host")
        self._settings = settings
        self._host, self._port = url.hostname, url.port or 80
        self._host_line = f"Host: {url.netloc}\r\n"
        self._prefix = url.path.rstrip("/")
        self._ready: asyncio.Queue[Receipt] = asyncio.Queue()
        self._pending: set[Receipt] = set()
        self._workers: list[asyncio.Task[None]] = []
        self._is_failing = False
        self._noted_s = -_NOTE_EVERY_S
        self.counts: dict[str, ReceiptCounts] = {}

    def schedule(self, receipt: Receipt, delay_s: float) -> None:
        """Send the receipt after the delay, and go on trying until it is taken or refused."""
        receipt.due_us = later(now_us(), delay_s)
        self._pending.add(receipt)
        counts = self.counts_of(receipt.provider)
        counts.scheduled += 1
        counts.pending += 1
        self._put_after(receipt, delay_s)

    def counts_of(self, provider: str) -> ReceiptCounts:
        counts = self.counts.get(provider)
        if counts is None:
            counts = self.counts[provider] = ReceiptCounts()
        return counts

    def clear_counts(self) -> None:
        """Start counting from zero; what is pending is still sent and still counted as pending."""
        pending = {provider: counts.pending for provider, counts in self.counts.items()}
        self.counts.clear()
        for provider, count in pending.items():
            self.counts[provider] = ReceiptCounts(scheduled=count, pending=count)

    async def start(self) -> None:
        """Start the workers, with what the last run could not send."""
        self._workers = [
            asyncio.create_task(self._work(), name=f"receipts-{index}")
            for index in range(self._settings.connections)
        ]
        for worker in self._workers:
            worker.add_done_callback(_log_death)
        for receipt in self._take_unsent():
            self.schedule(receipt, 0.0)

    async def stop(self) -> None:
        """Stop sending and keep what is pending for the next start."""
        for worker in self._workers:
            worker.cancel()
        for worker in self._workers:
            with contextlib.suppress(asyncio.CancelledError):
                await worker
        self._keep_unsent()
        self._workers.clear()
        self._pending.clear()

    def _put_after(self, receipt: Receipt, delay_s: float) -> None:
        if delay_s <= 0:
            self._ready.put_nowait(receipt)
        else:
            asyncio.get_running_loop().call_later(delay_s, self._ready.put_nowait, receipt)

    async def _work(self) -> None:
        """Send one receipt after another over one connection."""
        connection = Connection(self._host, self._port, timeout_s=POST_TIMEOUT_S)
        failures = 0
        try:
            while True:
                receipt = await self._ready.get()
                is_settled = await self._attempt(connection, receipt)
                failures = 0 if is_settled else failures + 1
                if failures:
                    await asyncio.sleep(_REST_S[min(failures, len(_REST_S) - 1)])
        finally:
            connection.close()

    async def _attempt(self, connection: Connection, receipt: Receipt) -> bool:
        """Post the receipt once. Returns whether the gateway took a decision about it."""
        receipt.attempts += 1
        try:
            receipt.answer = await connection.post(self._render(receipt))
        except OSError as error:
            receipt.answer = None
            self._note_failure(type(error).__name__)
            self._retry(receipt)
            return False
        if receipt.answer >= 500 or receipt.answer in {408, 429}:
            self._note_failure(f"status {receipt.answer}")
            self._retry(receipt)
            return False
        self._note_success()
        receipt.sent_at_us = now_us()
        self._settle(receipt, "sent" if receipt.answer < 300 else "refused")
        return True

    def _render(self, receipt: Receipt) -> bytes:
        head = (
            f"POST {self._prefix}{receipt.path} HTTP/1.1\r\n{self._host_line}{receipt.headers}"
            f"Content-Length: {len(receipt.body)}\r\n\r\n"
        )
        return head.encode("latin-1") + receipt.body

    def _retry(self, receipt: Receipt) -> None:
        counts = self.counts_of(receipt.provider)
        if now_us() >= later(receipt.due_us, self._settings.retry_for_s):
            self._settle(receipt, "gave up")
            return
        counts.retries += 1
        self._put_after(receipt, _RETRY_PAUSE_S[min(receipt.attempts, len(_RETRY_PAUSE_S)) - 1])

    def _settle(self, receipt: Receipt, state: State) -> None:
        receipt.state = state
        self._pending.discard(receipt)
        counts = self.counts_of(receipt.provider)
        counts.pending -= 1
        match state:
            case "sent":
                counts.sent += 1
            case "refused":
                counts.refused += 1
            case _:
                counts.gave_up += 1

    def _note_failure(self, reason: str) -> None:
        """Log that the gateway takes no receipts: once, and at most once a minute where it wavers."""
        now_s = time.monotonic()
        if not self._is_failing and now_s - self._noted_s > _NOTE_EVERY_S:
            self._is_failing, self._noted_s = True, now_s
            _log.warning("gateway_takes_no_receipts", reason=reason)

    def _note_success(self) -> None:
        if self._is_failing:
            self._is_failing = False
            _log.info("gateway_takes_receipts_again")

    def _take_unsent(self) -> list[Receipt]:
        path = self._settings.unsent_file
        if path is None or not path.exists():
            return []
        receipts = msgspec.json.decode(path.read_bytes(), type=list[Receipt])
        path.unlink()
        return receipts

    def _keep_unsent(self) -> None:
        path = self._settings.unsent_file
        if path is None or not self._pending:
            return
        unsent = sorted(self._pending, key=lambda receipt: receipt.due_us)
        write_private(path, msgspec.json.encode(unsent))  # receipts name people


def _log_death(worker: asyncio.Task[None]) -> None:
    """A worker ends by being cancelled and in no other way; anything else is a bug, and must be seen."""
    if not worker.cancelled() and (error := worker.exception()) is not None:
        _log.error("receipt_worker_died", worker=worker.get_name(), reason=type(error).__name__)
