"""Which requests are recorded as what, and that a client's own trace decides nothing."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from servicekit import tracing
from servicekit.ids import new_id
from servicekit.tracing import EndedSpan, SpanRef
from services.api_gateway.errors import Shape
from services.api_gateway.http import Request, RequestOptions, json_answer
from services.api_gateway.routes import Route
from services.api_gateway.spans import record_request

CLIENT = SpanRef(0xABC, 0xDEF)
OWN = SpanRef(0x123, 0x456)


class Kept:
    """Keeps what is recorded."""

    def __init__(self) -> None:
        self.spans: list[EndedSpan] = []

    def record(self, span: EndedSpan) -> None:
        self.spans.append(span)


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    tracing.start(kept, 1.0)
    yield kept
    tracing.stop()


async def _endpoint(_request: Request) -> Any:
    return json_answer(200, {})


ROUTE = Route(method="GET", path="/v2/notifications/{id}", endpoint=_endpoint, shape=Shape.V2)


async def _receive() -> Any:
    return {"type": "http.request"}


def a_request(*, traceparent: str | None = None, message_id: UUID | None = None) -> Request:
    headers = [] if traceparent is None else [(b"traceparent", traceparent.encode())]
    scope = {
        "type": "http", "method": "GET", "path": "/v2/notifications/07700900001", "headers": headers,
        "query_string": b"reference=secret",
    }  # fmt: skip
    request = Request(scope, _receive, RequestOptions(max_body_bytes=1_000))
    request.message_id = None if message_id is None else str(message_id)
    return request


def test_a_request_that_made_a_message_begins_its_trace(kept: Kept) -> None:
    id = new_id()
    record_request(
        a_request(message_id=id, traceparent=tracing.format_traceparent(CLIENT)), ROUTE, 201, 0.1, None
    )
    (span,) = kept.spans
    assert (span.ref, span.parent, span.links) == (tracing.message_root(id), None, (CLIENT,))


def test_a_sampled_request_that_made_a_message_is_linked_to_the_messages_trace(kept: Kept) -> None:
    id = new_id()
    record_request(a_request(message_id=id), ROUTE, 201, 0.1, OWN)
    assert {span.ref: span.links for span in kept.spans} == {tracing.message_root(id): (OWN,), OWN: ()}


def test_the_path_and_the_query_are_in_no_span(kept: Kept) -> None:
    record_request(a_request(), ROUTE, 503, 0.1, OWN)
    (span,) = kept.spans
    assert span.failed
    assert "07700900001" not in repr(span)
    assert "secret" not in repr(span)
    assert span.attributes["http.route"] == ROUTE.path


@pytest.mark.parametrize("traceparent", [None, "rubbish", tracing.format_traceparent(CLIENT)])
def test_a_request_that_is_not_sampled_is_not_recorded_whatever_its_client_says(
    kept: Kept, traceparent: str | None
) -> None:
    record_request(a_request(traceparent=traceparent), ROUTE, 200, 0.1, None)
    assert kept.spans == []
