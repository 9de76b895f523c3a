"""What the gateway records of requests that are traced. Called by `app`, after the answer.

A request that made a message is the first span of that message's trace; all others that are sampled have a trace of
their own, which their RPCs carry on. A client's own trace is linked to, never continued: what is recorded here is not
for clients to decide.
"""

from uuid import UUID

from servicekit import tracing
from servicekit.tracing import HEADER, SpanKind, SpanRef, Value
from services.api_gateway.http import Request
from services.api_gateway.routes import Route


def record_request(
    request: Request, route: Route | None, status: int, duration_s: float, own: SpanRef | None
) -> None:
    """Record a request where it is sampled. `own`: its own span, which its RPCs were below; None without one."""
    message = request.message_id
    begins_message = message is not None and tracing.is_traced_text(message)
    if own is None and not begins_message:
        return
    path = "none" if route is None else route.path
    name, attributes = f"{request.method} {path}", _attributes(request, path, status)
    links = _client_span(request)
    if message is not None and begins_message:
        root = tracing.message_root(UUID(message))
        tracing.record(
            name,
            root,
            kind=SpanKind.SERVER,
            duration_s=duration_s,
            attributes={**attributes, "notify.notification_id": message},
            links=links if own is None else (*links, own),
        )
    if own is not None:
        tracing.record(
            name,
            own,
            kind=SpanKind.SERVER,
            duration_s=duration_s,
            attributes=attributes,
            links=links,
            failed=status >= 500,
        )


def _attributes(request: Request, path: str, status: int) -> dict[str, Value]:
    attributes: dict[str, Value] = {
        "http.request.method": request.method,
        "http.route": path,
        "http.response.status_code": status,
    }
    if request.caller is not None:
        attributes["notify.service_id"] = str(request.caller.service.service_id)
        attributes["notify.key_type"] = request.caller.key.type.value
    return attributes


def _client_span(request: Request) -> tuple[SpanRef, ...]:
    given = request.header(HEADER.encode())
    found = None if given is None else tracing.parse_traceparent(given)
    return () if found is None else (found[0],)
