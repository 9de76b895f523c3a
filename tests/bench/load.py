"""A load generator that costs little: raw sockets on uvloop, requests made of bytes, answers hardly looked
at.

Runs as a process of its own, so that what it measures is not slowed by who asks: `run(Load(...))` starts it
and gives what came of it. Closed loop (`rate=None`): each connection sends its next request when the last is
answered. Open loop (`rate=20.0`): requests leave on time whatever the answers do, and latency counts from
when a request was due.
"""

import argparse
import asyncio
import json
import re
import ssl
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import jwt
import uvloop

TOKEN_RENEWED_AFTER_S = 10.0
"""Tokens are good for 30 s; the floor and the system see the same ones."""
_REFUSALS_KEPT = 5
_ID = re.compile(rb'"id": ?"([0-9a-f-]{36})"')


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to send, where, how long."""

    url: str  # root of the system
    path: str  # "/v2/notifications/sms"
    service_id: str
    secret: str
    body: str  # JSON; "{n}" becomes a number with seven digits, counting up
    connections: int
    duration_s: float
    rate: float | None = None  # requests a second; None: as many as the answers allow
    count: int | None = None  # stop after so many requests
    keep_ids: bool = False
    first_number: int = 0
    method: str = "POST"
    ca: str | None = None  # file of the authority that an https server's certificate is checked against
    ids: list[str] = field(default_factory=list)  # put for "{id}" in the path, one after the other


@dataclass(kw_only=True)
class Outcome:
    """What came of a load."""

    answered: int = 0
    wanted_status: int = 0  # answers with the status that was expected
    statuses: dict[str, int] = field(default_factory=dict)
    broken: int = 0  # connections that broke while a request was under way
    duration_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    accepted: list[tuple[str, float]] = field(default_factory=list)  # id, when it was sent (Unix time)
    refusals: list[str] = field(default_factory=list)  # the first answers that were not wanted, whole

    @property
    def per_second(self) -> float:
        """Wanted answers a second."""
        return self.wanted_status / self.duration_s if self.duration_s else 0.0

    def percentile_ms(self, share: float) -> float:
        """A latency that `share` of the answers did not exceed."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def run(load: Load, *, timeout_s: float = 900) -> Outcome:
    """Send a load from a process of its own and wait for it."""
    finished = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", "-"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(finished.stderr[-2000:])
    return Outcome(**json.loads(finished.stdout))


def start(load: Load) -> "subprocess.Popen[str]":
    """Send a load from a process of its own; `finish` waits for it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(load)))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process: "subprocess.Popen[str]", *, timeout_s: float = 900) -> Outcome:
    """What came of a load that was started."""
    output, _ = process.communicate(timeout=timeout_s)
    if process.returncode:
        raise RuntimeError("the load generator failed")
    return Outcome(**json.loads(output))


class _Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, sender: "_Sender") -> None:
        self._sender = sender
        self._buffer = b""
        self._due: float | None = None
        self._sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass
        self._sender.ready(self)

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due at a time of the performance counter."""
        assert self.transport is not None
        self._due = due
        self._sent_at = time.time()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        closing = b"\r\nconnection: close" in head
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < head_end + 4 + length:
            return
        answer, self._buffer = self._buffer, b""
        due, self._due = self._due, None
        assert due is not None
        self._sender.answered(answer, due, self._sent_at)
        if closing:
            assert self.transport is not None
            self.transport.close()
        else:
            self._sender.ready(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sender.lost(self, had_request=self._due is not None)


class _Sender:
    """Sends one load on one event loop."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._loop = asyncio.get_running_loop()
        self.outcome = Outcome()
        self._statuses: Counter[str] = Counter()
        self._ready: deque[_Connection] = deque()
        self._due: deque[float] = deque()
        self._number = load.first_number
        self._sent = 0
        self._open = 0
        self._under_way = 0
        self._accepting = True
        self._finished = asyncio.Event()
        self._head = b""
        self._head_until = 0.0
        self._make_body = _body_maker(load.body)
        self._request_lines = [
            f"{load.method} {load.path.replace('{id}', id)} HTTP/1.1\r\n".encode() for id in load.ids or [""]
        ]
        self._wanted = b"HTTP/1.1 201" if load.method == "POST" else b"HTTP/1.1 200"

    async def run(self) -> Outcome:
        load = self._load
        parts = urlsplit(load.url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._ssl = ssl.create_default_context(cafile=load.ca) if parts.scheme == "https" else None
        await asyncio.gather(*(self._connect() for _ in range(load.connections)))
        started = time.perf_counter()
        cpu = time.process_time()
        if load.rate is None:
            for connection in list(self._ready):
                self._next(connection)
            self._loop.call_later(load.duration_s, self._stop)
        else:
            await self._send_on_time(started)
            self._stop()
        try:
            async with asyncio.timeout(load.duration_s + 30):
                await self._finished.wait()
        except TimeoutError:
            self.outcome.broken += self._under_way
        self.outcome.duration_s = time.perf_counter() - started
        self.outcome.cpu_s = time.process_time() - cpu
        self.outcome.statuses = dict(self._statuses)
        return self.outcome

    async def _connect(self) -> None:
        while self._accepting or self._due:
            try:
                await self._loop.create_connection(
                    lambda: _Connection(self), self._host, self._port, ssl=self._ssl
                )
            except OSError:
                await asyncio.sleep(0.05)
            else:
                self._open += 1
                return

    async def _send_on_time(self, started: float) -> None:
        load = self._load
        assert load.rate is not None
        total = load.count or int(load.rate * load.duration_s)
        for index in range(total):
            due = started + index / load.rate
            delay = due - time.perf_counter()
            if delay > 0.0005:
                await asyncio.sleep(delay)
            self._due.append(due)
            while self._due and self._ready:
                self._send(self._ready.popleft(), self._due.popleft())

    def ready(self, connection: _Connection) -> None:
        """A connection may take a request."""
        self._ready.append(connection)
        if self._load.rate is None:
            if self._sent:
                self._next(connection)
        elif self._due:
            self._send(self._ready.popleft(), self._due.popleft())

    def _next(self, connection: _Connection) -> None:
        if not self._accepting or (self._load.count is not None and self._sent >= self._load.count):
            self._stop()
            return
        self._ready.remove(connection)
        self._send(connection, time.perf_counter())

    def _send(self, connection: _Connection, due: float) -> None:
        self._sent += 1
        self._under_way += 1
        self._number += 1
        body = self._make_body(self._number)
        line = self._request_lines[self._number % len(self._request_lines)]
        connection.send(b"%b%b%d\r\n\r\n%b" % (line, self._headers(), len(body), body), due)

    def answered(self, answer: bytes, due: float, sent_at: float) -> None:
        """A request was answered."""
        outcome = self.outcome
        self._under_way -= 1
        outcome.answered += 1
        outcome.latencies_ms.append(round((time.perf_counter() - due) * 1000, 3))
        self._statuses[answer[9:12].decode()] += 1
        if answer.startswith(self._wanted):
            outcome.wanted_status += 1
            if self._load.keep_ids:
                found = _ID.search(answer)
                if found:
                    outcome.accepted.append((found[1].decode(), sent_at))
        elif len(outcome.refusals) < _REFUSALS_KEPT:
            outcome.refusals.append(answer.decode(errors="replace"))
        if not self._accepting and self._under_way == 0 and not self._due:
            self._finished.set()

    def lost(self, connection: _Connection, *, had_request: bool) -> None:
        """A connection broke; another one takes its place."""
        if connection in self._ready:
            self._ready.remove(connection)
        if had_request:
            self._under_way -= 1
            self.outcome.broken += 1
        if self._accepting or self._due:
            self._loop.create_task(self._connect())
        elif self._under_way == 0:
            self._finished.set()

    def _stop(self) -> None:
        self._accepting = False
        if self._under_way == 0 and not self._due:
            self._finished.set()

    def _headers(self) -> bytes:
        now = time.time()
        if now > self._head_until:
            load = self._load
            token = jwt.encode({"iss": load.service_id, "iat": int(now)}, load.secret, algorithm="HS256")
            self._head = (
                f"Host: {self._host}:{self._port}\r\n"
                f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "
            ).encode()
            self._head_until = now + TOKEN_RENEWED_AFTER_S
        return self._head


def _body_maker(template: str) -> Callable[[int], bytes]:
    before, mark, after = template.encode().partition(b"{n}")
    if not mark:
        return lambda _: before
    return lambda number: b"%b%07d%b" % (before, number % 10_000_000, after)


async def _run(load: Load) -> Outcome:
    return await _Sender(load).run()


def main() -> None:
    """Read a load as JSON, send it, print what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("load", help="a JSON file, or - for standard input")
    source = parser.parse_args().load
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    outcome = uvloop.run(_run(Load(**json.loads(text))))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
