"""Spans on their way to a collector: OpenTelemetry's SDK, OTLP over HTTP, in a thread of its own.

Nothing here can hold up or fail what is traced: spans wait in a bounded queue, the oldest go when it is full, and a
collector that is away is told of once and counted. Imported only where tracing is on. Called by `lifecycle`.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Final, Self

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from servicekit import metrics, tracing
from servicekit.logs import get_logger, is_forbidden
from servicekit.tracing import EndedSpan, SpanKind, SpanRef, Value

_EXPORT_TIMEOUT_S: Final = 3.0
_EXPORT_EVERY_MS: Final = 1_000
_QUEUE_SPANS: Final = 8_192
"""About 10 MB, and some seconds of everything at full rate."""
_LAST_SPANS_S: Final = 3.0

_KINDS: Final = {
    SpanKind.SERVER: otel.SpanKind.SERVER,
    SpanKind.CLIENT: otel.SpanKind.CLIENT,
    SpanKind.CONSUMER: otel.SpanKind.CONSUMER,
    SpanKind.INTERNAL: otel.SpanKind.INTERNAL,
}
_SAMPLED: Final = otel.TraceFlags(otel.TraceFlags.SAMPLED)

_exported = metrics.counter("notify_trace_spans_exported_total", "Spans that the collector took")
_lost = metrics.counter("notify_trace_spans_lost_total", "Spans that the collector did not take")
_log = get_logger()


class TraceExporting:
    """Records spans for a collector. An async context manager; tracing is on within it."""

    def __init__(self, service: str, endpoint: str, ratio: float) -> None:
        """`endpoint`: whole URL of OTLP over HTTP, such as `http://collector:4318/v1/traces`. `ratio`: 0 to 1."""
        # It would write of each batch; what there is to say is said below, once.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._ratio = ratio
        self._ids = _GivenIds()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            id_generator=self._ids,
            resource=Resource(
                {"service.name": f"notify-{service.replace('_', '-')}", "service.namespace": "notify"}
            ),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                _Telling(OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_TIMEOUT_S)),
                max_queue_size=_QUEUE_SPANS,
                schedule_delay_millis=_EXPORT_EVERY_MS,
            )
        )
        self._tracer = self._provider.get_tracer("notify")

    async def __aenter__(self) -> Self:
        tracing.start(self, self._ratio)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Send what waits, for three seconds at most: a process that ends must not wait for a collector."""
        tracing.stop()
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def shut_down() -> None:
            self._provider.shutdown()
            with contextlib.suppress(RuntimeError):  # the loop has gone: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=shut_down, daemon=True, name="last spans").start()
        try:
            async with asyncio.timeout(_LAST_SPANS_S):
                await ended.wait()
        except TimeoutError:
            _log.warning("last_spans_lost")

    def record(self, span: EndedSpan) -> None:
        """As `tracing.Recorder`."""
        self._ids.next = span.ref
        started = self._tracer.start_span(
            span.name,
            context=_below(span.parent),
            kind=_KINDS[span.kind],
            attributes=_allowed(span.attributes),
            links=[otel.Link(_context(link)) for link in span.links],
            start_time=span.start_ns,
        )
        if span.failed:
            started.set_status(otel.StatusCode.ERROR)
        started.end(span.end_ns)


class _GivenIds(IdGenerator):
    """Gives each span the ids that were made for it. Spans are recorded on the event loop alone, one at a time."""

    def __init__(self) -> None:
        self.next = SpanRef(1, 1)

    def generate_span_id(self) -> int:
        return self.next.span_id

    def generate_trace_id(self) -> int:
        return self.next.trace_id


class _Telling(SpanExporter):
    """Counts what was exported, and says when the collector goes and returns."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """As the exporter does it."""
        result = self._exporter.export(spans)
        went = result is SpanExportResult.SUCCESS
        (_exported if went else _lost).inc(len(spans))
        if went == self._is_away:
            self._is_away = not went
            _log.warning("trace_collector_returned" if went else "trace_collector_lost")
        return result

    def shutdown(self) -> None:
        """End the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return self._exporter.force_flush(timeout_millis)


def _allowed(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """What may be logged, by the last part of each key."""
    return {key: value for key, value in attributes.items() if not is_forbidden(key.rpartition(".")[2])}


def _below(parent: SpanRef | None) -> Context | None:
    return (
        None
        if parent is None
        else otel.set_span_in_context(otel.NonRecordingSpan(_context(parent)), Context())
    )


def _context(ref: SpanRef) -> otel.SpanContext:
    return otel.SpanContext(ref.trace_id, ref.span_id, is_remote=True, trace_flags=_SAMPLED)
