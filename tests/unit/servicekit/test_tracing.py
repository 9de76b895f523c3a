"""Who is sampled, which ids spans have, and what travels; nothing while tracing is off."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit import tracing
from servicekit.ids import new_id
from servicekit.tracing import EndedSpan, SpanRef

LOWEST, HIGHEST = UUID(int=0x0700 << 64), UUID(int=(0x7FF << 64) | ((1 << 40) - 1))
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
REF = SpanRef(int(TRACE, 16), int(SPAN, 16))


class Kept:
    """Keeps what is recorded."""

    def __init__(self) -> None:
        self.spans: list[EndedSpan] = []

    def record(self, span: EndedSpan) -> None:
        self.spans.append(span)


@pytest.fixture
def kept() -> Iterator[Kept]:
    """What is recorded, with everything sampled."""
    kept = Kept()
    tracing.start(kept, 1.0)
    yield kept
    tracing.stop()


def test_off_nothing_is_sampled_or_recorded() -> None:
    assert not tracing.is_on()
    assert not tracing.is_traced(HIGHEST)
    assert not tracing.is_traced_text(str(HIGHEST))
    assert tracing.sample_request() is None
    assert tracing.continue_trace(f"00-{TRACE}-{SPAN}-01") is None
    tracing.record("nothing", REF, duration_s=1.0)


@pytest.mark.usefixtures("kept")
def test_at_one_everything_is_sampled() -> None:
    assert all(
        tracing.is_traced(id) and tracing.is_traced_text(str(id)) for id in (LOWEST, HIGHEST, new_id())
    )
    assert tracing.sample_request() is not None


def test_the_share_of_messages_that_are_sampled_is_the_ratio() -> None:
    tracing.start(Kept(), 0.1)
    ids = [new_id() for _ in range(20_000)]
    sampled = [id for id in ids if tracing.is_traced(id)]
    assert 1_700 < len(sampled) < 2_300
    assert [id for id in ids if tracing.is_traced_text(str(id))] == sampled
    tracing.start(Kept(), 0.5)
    assert all(tracing.is_traced(id) for id in sampled)
    tracing.stop()


@given(st.uuids())
def test_a_message_and_its_steps_have_the_same_ids_everywhere(id: UUID) -> None:
    steps = [
        tracing.message_root(id),
        tracing.message_span(id, "deliver", 1),
        tracing.message_span(id, "deliver", 2),
    ]
    assert {step.trace_id for step in steps} == {id.int}
    assert len({step.span_id for step in steps}) == 3
    assert steps == [
        tracing.message_root(id),
        tracing.message_span(id, "deliver", 1),
        tracing.message_span(id, "deliver", 2),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"00-{TRACE}-{SPAN}-01", (REF, True)),
        (f"00-{TRACE}-{SPAN}-00", (REF, False)),
        (f"00-{TRACE}-{SPAN}-03", (REF, True)),
        (f"01-{TRACE}-{SPAN}-01-of-a-later-version", (REF, True)),
        (f"00-{TRACE}-{SPAN}-01-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_traceparent_is_read_as_the_standard_says(text: str, expected: object) -> None:
    assert tracing.parse_traceparent(text) == expected


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1))
def test_what_is_written_is_read_again(trace_id: int, span_id: int) -> None:
    ref = SpanRef(trace_id, span_id)
    assert tracing.parse_traceparent(tracing.format_traceparent(ref)) == (ref, True)


@given(st.text())
def test_no_header_is_too_odd_to_be_looked_at(text: str) -> None:
    tracing.parse_traceparent(text)


@pytest.mark.usefixtures("kept")
def test_a_call_goes_on_with_its_callers_trace_only_where_that_is_sampled() -> None:
    assert tracing.continue_trace(f"00-{TRACE}-{SPAN}-00") is None
    found = tracing.continue_trace(f"00-{TRACE}-{SPAN}-01")
    assert found is not None
    span, parent = found
    assert parent == REF
    assert span.trace_id == REF.trace_id
    assert span.span_id != REF.span_id


def test_a_span_has_its_time(kept: Kept) -> None:
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    tracing.record("step", REF, started_at=at, duration_s=1.5, attributes={"a": 1})
    (span,) = kept.spans
    assert (span.start_ns, span.end_ns - span.start_ns) == (round(at.timestamp() * 1e9), 1_500_000_000)


def test_a_clock_that_went_back_makes_no_span_that_ends_before_it_begins(kept: Kept) -> None:
    tracing.record("step", REF, duration_s=-1.0)
    assert kept.spans[0].start_ns == kept.spans[0].end_ns
