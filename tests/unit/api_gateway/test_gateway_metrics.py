"""Requests under way are counted while they are, however they end; reading JSON is timed."""

import pytest

from servicekit.errors import RuleBroken
from servicekit.metrics import REGISTRY
from services.api_gateway.app import App
from services.api_gateway.errors import Shape
from services.api_gateway.http import Answer, Message, Request, RequestOptions, Scope, json_answer
from services.api_gateway.json_body import parse_object
from services.api_gateway.routes import Route, Routes

CONCURRENT = "notify_gateway_concurrent_requests"
SCOPE: Scope = {
    "type": "http", "method": "GET", "path": "/slow", "headers": [], "query_string": b"", "scheme": "http",
    "server": None,
}  # fmt: skip


async def _receive() -> Message:
    return {"type": "http.request"}


async def _send(_message: Message) -> None:
    return None


def an_app(seen: list[float | None], failure: Exception | None = None) -> App:
    async def endpoint(_request: Request) -> Answer:
        seen.append(REGISTRY.get_sample_value(CONCURRENT))
        if failure is not None:
            raise failure
        return json_answer(200, {})

    return App(
        Routes([Route(method="GET", path="/slow", endpoint=endpoint, shape=Shape.V2)]),
        RequestOptions(max_body_bytes=1_000),
    )


@pytest.mark.parametrize("failure", [None, ZeroDivisionError()])
async def test_a_request_counts_while_it_is_answered(failure: Exception | None) -> None:
    seen: list[float | None] = []
    await an_app(seen, failure)(SCOPE, _receive, _send)
    assert (seen, REGISTRY.get_sample_value(CONCURRENT)) == ([1.0], 0.0)


async def test_a_request_whose_client_has_gone_counts_no_more() -> None:
    async def gone(_message: Message) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await an_app([])(SCOPE, _receive, gone)
    assert REGISTRY.get_sample_value(CONCURRENT) == 0.0


def test_reading_json_is_timed_also_where_it_is_none() -> None:
    before = REGISTRY.get_sample_value("notify_gateway_json_parse_seconds_count") or 0.0
    parse_object(b"{}")
    with pytest.raises(RuleBroken):
        parse_object(b"{")
    assert REGISTRY.get_sample_value("notify_gateway_json_parse_seconds_count") == before + 2
