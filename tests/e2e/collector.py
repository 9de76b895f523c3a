"""A collector of traces: takes OTLP over HTTP as OpenTelemetry's does, keeps the spans, and can be away.

It also keeps the headers of whatever else is posted to it, so that it can stand in for a service's own URL.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

TRACES_PATH = "/v1/traces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span as it came."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]
    links: tuple[str, ...]
    """Trace ids."""
    start_ns: int
    end_ns: int


@dataclass
class Collector:
    """What came in."""

    url: str = ""
    is_away: bool = False
    refused: int = 0
    """Batches that came while it was away."""
    spans: list[Span] = field(default_factory=list)
    others: list[dict[str, str]] = field(default_factory=list)
    """Headers of all other requests, with names in small letters."""
    raw: list[bytes] = field(default_factory=list)
    """All batches as they came."""

    @property
    def traces_url(self) -> str:
        """What `NOTIFY_TRACE_ENDPOINT` is."""
        return f"{self.url}{TRACES_PATH}"

    def of_message(self, notification_id: str) -> list[Span]:
        """The spans of a message's trace."""
        return self.of_trace(notification_id.replace("-", ""))

    def of_trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace, by when they began."""
        return sorted(
            (span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.start_ns
        )

    def take(self, body: bytes) -> None:
        """Keep a batch."""
        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _values(resource.resource.attributes)["service.name"]
            self.spans += [
                Span(
                    service=service,
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    attributes=_values(span.attributes),
                    links=tuple(link.trace_id.hex() for link in span.links),
                    start_ns=span.start_time_unix_nano,
                    end_ns=span.end_time_unix_nano,
                )
                for scope in resource.scope_spans
                for span in scope.spans
            ]


def _values(attributes: Iterable[KeyValue]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in attributes:
        kind = each.value.WhichOneof("value")
        found[each.key] = str(getattr(each.value, kind)) if kind else ""
    return found


@contextmanager
def running_collector() -> Iterator[Collector]:
    """A collector on a free port of this machine."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path != TRACES_PATH:
                collector.others.append({name.lower(): value for name, value in self.headers.items()})
            elif collector.is_away:
                collector.refused += 1
                self._answer(400)  # an answer that is not tried again
                return
            else:
                collector.take(body)
            self._answer(200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
