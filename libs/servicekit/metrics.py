"""Metrics: one registry for each process, helpers with units and buckets, and the small page that shows them.

A service's own `metrics.py` makes private instruments with `counter`, `gauge` and `histogram` and offers
functions such as `record_send_duration(...)`. Names are `notify_<service>_<what>_<unit>`; labels come from
closed sets, never from requests. What is declared here is listed in docs/metrics.md (`make metrics-page`).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from servicekit.clock import monotonic

REGISTRY = CollectorRegistry()
"""Everything this process measures."""

ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""From a cached read (about 1 ms) to the longest deadline in use."""
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
"""Sizes of batches: powers of two, so a doubling of concurrency moves one bucket."""

_LAG_INTERVAL_S = 0.5
_MAX_REQUEST_BYTES = 8_192
_REQUEST_TIMEOUT_S = 5.0


class Kind(StrEnum):
    """How a metric moves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One metric as its module declared it."""

    name: str
    kind: Kind
    documentation: str
    labels: tuple[str, ...]


DECLARED: Final[dict[str, Declaration]] = {}
"""Every metric that a module of this process declared, by name."""


def _declare(kind: Kind, name: str, documentation: str, labels: Sequence[str]) -> None:
    DECLARED[name] = Declaration(name=name, kind=kind, documentation=documentation, labels=tuple(labels))


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    """A number that only grows; `name` ends with `_total`."""
    _declare(Kind.COUNTER, name, documentation, labels)
    return Counter(name, documentation, labels, registry=REGISTRY)


def gauge(name: str, documentation: str, labels: Sequence[str] = ()) -> Gauge:
    """A number that goes up and down."""
    _declare(Kind.GAUGE, name, documentation, labels)
    return Gauge(name, documentation, labels, registry=REGISTRY)


def histogram(
    name: str,
    documentation: str,
    labels: Sequence[str] = (),
    *,
    buckets: Sequence[float] = LATENCY_BUCKETS_S,
) -> Histogram:
    """A distribution; `name` ends with its base unit, for example `_seconds`."""
    _declare(Kind.HISTOGRAM, name, documentation, labels)
    return Histogram(name, documentation, labels, registry=REGISTRY, buckets=buckets)


_event_loop_lag = gauge(
    "notify_event_loop_lag_seconds", "How late the event loop was at its last half-second tick"
)
_event_loop_tasks = gauge("notify_event_loop_tasks", "Tasks of the event loop, those included that wait")


async def watch_event_loop() -> None:
    """Measure how late the loop runs and count its tasks, for ever: started by `lifecycle.service_main`."""
    while True:
        due = monotonic() + _LAG_INTERVAL_S
        await asyncio.sleep(_LAG_INTERVAL_S)
        _event_loop_lag.set(max(0.0, monotonic() - due))
        _event_loop_tasks.set(len(asyncio.all_tasks()))


class MetricsServer:
    """Answers `GET /metrics`, `/healthz` (200 or 503) and `/livez` (200 while it runs). An async context
    manager.

    Not a web server: one request for each connection, for Prometheus and the kubelet only.
    """

    def __init__(self, listen: str, *, is_healthy: Callable[[], bool] = lambda: True) -> None:
        self._host, _, port = listen.rpartition(":")
        self._port = int(port)
        self._is_healthy = is_healthy
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port in use."""
        return self._port

    async def __aenter__(self) -> "MetricsServer":
        self._server = await asyncio.start_server(self._answer, self._host.strip("[]"), self._port)
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, content_type, body = self._page(head[:_MAX_REQUEST_BYTES])
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked has gone, or was no HTTP client
        finally:
            writer.close()

    def _page(self, head: bytes) -> tuple[str, str, bytes]:
        parts = head.split(b"\r\n", 1)[0].split(b" ")
        path = parts[1].split(b"?")[0] if len(parts) == 3 and parts[0] == b"GET" else b""
        match path:
            case b"/metrics":
                return "200 OK", CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
            case b"/livez":
                return "200 OK", "text/plain", b"ok\n"
            case b"/healthz" if self._is_healthy():
                return "200 OK", "text/plain", b"ok\n"
            case b"/healthz":
                return "503 Service Unavailable", "text/plain", b"not serving\n"
            case _:
                return "404 Not Found", "text/plain", b"not found\n"
