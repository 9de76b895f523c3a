"""The metrics page and the health answer, over loopback."""

import asyncio

import pytest

from servicekit import metrics
from servicekit.metrics import MetricsServer

_seen = metrics.counter("notify_test_seen_total", "Things that the test saw", ["kind"])


async def _get(port: int, request: bytes) -> tuple[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition("\r\n\r\n")
    return head.split("\r\n")[0].removeprefix("HTTP/1.1 "), body


async def test_metrics_are_shown_with_those_of_the_process() -> None:
    _seen.labels("thing").inc()

    async with MetricsServer("127.0.0.1:0") as server:
        status, body = await _get(server.port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")

    assert status == "200 OK"
    assert 'notify_test_seen_total{kind="thing"} 1.0' in body
    assert "process_resident_memory_bytes" in body


@pytest.mark.parametrize(("healthy", "status"), [(True, "200 OK"), (False, "503 Service Unavailable")])
async def test_health_follows_the_process(healthy: bool, status: str) -> None:
    async with MetricsServer("127.0.0.1:0", is_healthy=lambda: healthy) as server:
        assert (await _get(server.port, b"GET /healthz?verbose HTTP/1.1\r\n\r\n"))[0] == status


async def test_a_process_that_cannot_serve_is_still_live() -> None:
    async with MetricsServer("127.0.0.1:0", is_healthy=lambda: False) as server:
        assert (await _get(server.port, b"GET /livez HTTP/1.1\r\n\r\n"))[0] == "200 OK"


@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.1", b"POST /metrics HTTP/1.1", b"GET  /metrics", b"hello", b""]
)
async def test_anything_else_is_not_found(request_line: bytes) -> None:
    async with MetricsServer("127.0.0.1:0") as server:
        assert (await _get(server.port, request_line + b"\r\n\r\n"))[0] == "404 Not Found"


async def test_a_visitor_that_leaves_early_does_no_harm() -> None:
    async with MetricsServer("127.0.0.1:0") as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /met")
        writer.close()
        await writer.wait_closed()

        assert (await _get(server.port, b"GET /healthz HTTP/1.1\r\n\r\n"))[0] == "200 OK"


async def test_loop_lag_is_measured() -> None:
    watch = asyncio.ensure_future(metrics.watch_event_loop())
    await asyncio.sleep(0)
    watch.cancel()
    await asyncio.wait({watch})

    assert metrics.REGISTRY.get_sample_value("notify_event_loop_lag_seconds") is not None
