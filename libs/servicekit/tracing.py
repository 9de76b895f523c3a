"""Traces, for the few messages and requests that are sampled: what is recorded, and how it travels.

A message's trace needs nothing that travels: its id is the notification's id, who is sampled is decided by the id's
random bits (the same in every process), and the ids of spans that others are recorded below are made from the
notification's id too (docs/adr/0015-a-message-s-id-is-its-trace.md). Other requests carry W3C's `traceparent`.

Spans are recorded when they have ended (`record`), so that nothing is done for what is not sampled. Exporting is
OpenTelemetry's, over HTTP, in a thread; a collector that is away costs spans and nothing else (`trace_exporting`).
Called by services' own modules of spans, `rpc_chain` and `grpc_client`. Never in a span: what may not be logged; keys
that may not be are taken out by the exporter as they are of logs.
"""

import hashlib
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol
from uuid import UUID

HEADER: Final = "traceparent"

_RANDOM_BITS: Final = 40
"""The low bits of our ids that are random: time and a counter are above them."""
_MASK: Final = (1 << _RANDOM_BITS) - 1
_RANDOM_DIGITS: Final = _RANDOM_BITS // 4
_NOBODY: Final = 1 << _RANDOM_BITS
_NS: Final = 1_000_000_000
_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_FORBIDDEN_VERSION: Final = "ff"
_SAMPLED: Final = 1

Value = str | int | float | bool


class SpanKind(StrEnum):
    """What a span stands for, in OpenTelemetry's words."""

    SERVER = "server"
    CLIENT = "client"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class SpanRef(NamedTuple):
    """Which span."""

    trace_id: int
    """128 bits, never 0."""
    span_id: int
    """64 bits, never 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSpan:
    """A span as it is handed to the exporter."""

    name: str
    ref: SpanRef
    parent: SpanRef | None
    kind: SpanKind
    start_ns: int
    end_ns: int
    """Nanoseconds since 1970."""
    attributes: Mapping[str, Value]
    links: tuple[SpanRef, ...]
    failed: bool


class Recorder(Protocol):
    """Takes spans; must not wait and must not raise."""

    def record(self, span: EndedSpan) -> None: ...


class _Sampling:
    """What is sampled in this process: nothing, until `start`."""

    __slots__ = ("ratio", "recorder", "threshold")

    def __init__(self) -> None:
        self.threshold = _NOBODY
        self.ratio = 0.0
        self.recorder: Recorder | None = None


_sampling = _Sampling()


def start(recorder: Recorder, ratio: float) -> None:
    """Record a share of messages and requests from now on. `ratio`: 0 to 1."""
    _sampling.recorder = recorder
    _sampling.ratio = ratio
    _sampling.threshold = _NOBODY - round(ratio * _NOBODY)


def stop() -> None:
    """Record nothing any more."""
    _sampling.__init__()  # type: ignore[misc]  # starting again is exactly what is meant


def is_on() -> bool:
    """Whether anything may be sampled."""
    return _sampling.recorder is not None


def is_traced(message_id: UUID) -> bool:
    """Whether a message is sampled. A higher ratio samples the messages of a lower one and more, so that processes
    whose ratios differ for a while still agree about most.
    """
    return message_id.int & _MASK >= _sampling.threshold


def is_traced_text(message_id: str) -> bool:
    """As `is_traced`, of an id as it is written, without reading all of it."""
    return _sampling.recorder is not None and int(message_id[-_RANDOM_DIGITS:], 16) >= _sampling.threshold


def message_root(message_id: UUID) -> SpanRef:
    """The first span of a message's trace: whoever accepted it records it, and all others are below."""
    return message_span(message_id, "root")


def message_span(message_id: UUID, step: str, number: int = 0) -> SpanRef:
    """A span of a message's trace that other processes, or later calls, must be able to name."""
    seed = b"%b%b%d" % (message_id.bytes, step.encode(), number)
    return SpanRef(message_id.int, int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest()) or 1)


def new_span(trace: SpanRef) -> SpanRef:
    """Another span of the same trace."""
    return SpanRef(trace.trace_id, random.getrandbits(64) or 1)


def sample_request() -> SpanRef | None:
    """A trace of its own for a request that is about no one message, or None: most are not sampled."""
    if _sampling.recorder is None or random.random() >= _sampling.ratio:
        return None
    return SpanRef(random.getrandbits(128) or 1, random.getrandbits(64) or 1)


def parse_traceparent(text: str) -> tuple[SpanRef, bool] | None:
    """The caller's span and whether it is sampled; None for what is no `traceparent` (W3C Trace Context, 3.2)."""
    match = _TRACEPARENT.fullmatch(text)
    if match is None or match[1] == _FORBIDDEN_VERSION or (match[5] and match[1] == "00"):
        return None
    ref = SpanRef(int(match[2], 16), int(match[3], 16))
    return (ref, bool(int(match[4], 16) & _SAMPLED)) if ref.trace_id and ref.span_id else None


def format_traceparent(ref: SpanRef) -> str:
    """The header that says: what you do belongs below this span, which is sampled."""
    return f"00-{ref.trace_id:032x}-{ref.span_id:016x}-01"


def continue_trace(traceparent: str) -> tuple[SpanRef, SpanRef] | None:
    """A span for a call of one of our own, and its parent; None where nothing is recorded of it.

    Not for calls from outside: who asks there would decide how much is recorded here.
    """
    if _sampling.recorder is None:
        return None
    found = parse_traceparent(traceparent)
    if found is None or not found[1]:
        return None
    return new_span(found[0]), found[0]


def record(
    name: str,
    ref: SpanRef,
    *,
    duration_s: float,
    parent: SpanRef | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    started_at: datetime | None = None,
    attributes: Mapping[str, Value] | None = None,
    links: Sequence[SpanRef] = (),
    failed: bool = False,
) -> None:
    """Record a span that took `duration_s`, from `started_at`, or until now where that is None.

    Does nothing while tracing is off.
    """
    recorder = _sampling.recorder
    if recorder is None:
        return
    length_ns = round(max(0.0, duration_s) * _NS)
    start_ns = time.time_ns() - length_ns if started_at is None else round(started_at.timestamp() * _NS)
    recorder.record(
        EndedSpan(
            name=name,
            ref=ref,
            parent=parent,
            kind=kind,
            start_ns=start_ns,
            end_ns=start_ns + length_ns,
            attributes=attributes or {},
            links=tuple(links),
            failed=failed,
        )
    )
