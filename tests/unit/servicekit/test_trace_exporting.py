"""Spans reach a collector as OpenTelemetry's, without what may not be told; one that is away holds nothing up."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from servicekit import tracing
from servicekit.clock import monotonic
from servicekit.metrics import REGISTRY
from servicekit.trace_exporting import TraceExporting
from servicekit.tracing import SpanKind, SpanRef
from tests.e2e.collector import Collector, running_collector

ROOT, CHILD, OTHER = SpanRef(0xABC, 0x1), SpanRef(0xABC, 0x2), SpanRef(0xDEF, 0x3)
Collecting = Callable[[], AbstractContextManager[Collector]]


def lost() -> float:
    return REGISTRY.get_sample_value("notify_trace_spans_lost_total") or 0.0


async def test_spans_arrive_when_the_process_ends() -> None:
    with running_collector() as collector:
        async with TraceExporting("api_gateway", collector.traces_url, 1.0):
            tracing.record("root", ROOT, kind=SpanKind.SERVER, duration_s=1.0, links=[OTHER])
            tracing.record(
                "child", CHILD, parent=ROOT, duration_s=0.5, attributes={"notify.attempt": 2}, failed=True
            )
        assert not tracing.is_on()
    root, child = sorted(collector.spans, key=lambda span: span.span_id)
    assert (root.service, root.name, root.parent_id) == ("notify-api-gateway", "root", "")
    assert (root.trace_id, root.links) == (f"{ROOT.trace_id:032x}", (f"{OTHER.trace_id:032x}",))
    assert (child.trace_id, child.parent_id) == (root.trace_id, root.span_id)
    assert child.attributes == {"notify.attempt": "2"}


@pytest.mark.parametrize(
    "key", ["recipient", "notify.phone_number", "body", "notify.api_key", "http.headers"]
)
async def test_what_may_not_be_logged_is_in_no_span(key: str) -> None:
    with running_collector() as collector:
        async with TraceExporting("sms", collector.traces_url, 1.0):
            tracing.record("step", ROOT, duration_s=0.0, attributes={key: "07700900001", "notify.kept": True})
    assert collector.spans[0].attributes == {"notify.kept": "True"}


async def test_a_collector_that_refuses_costs_spans_and_nothing_else() -> None:
    before = lost()
    with running_collector() as collector:
        collector.is_away = True
        async with TraceExporting("sms", collector.traces_url, 1.0):
            tracing.record("step", ROOT, duration_s=0.0)
    assert (collector.spans, lost()) == ([], before + 1)


async def test_a_collector_that_never_answers_holds_up_neither_work_nor_the_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        began = monotonic()
        async with TraceExporting("sms", f"http://127.0.0.1:{deaf.getsockname()[1]}/v1/traces", 1.0):
            for _ in range(20_000):
                tracing.record("step", ROOT, duration_s=0.0)
            await asyncio.sleep(0)
        assert monotonic() - began < 15.0
