"""A stand-in for the services' own endpoints: takes what is posted to `/callbacks/<name>` and remembers it.

Each name is a sink of its own with its own mode (`PUT /control/callbacks/<name>`), so that one service's
endpoint can be slow or down while another's is well.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from simulators.control import Control, Settings
from simulators.http_server import Request, Response, error_response, json_response
from simulators.outbox import Counts, References
from simulators.outcomes import Fault
from simulators.provider import GARBAGE, TIMEOUT_S
from simulators.times import now_us

MAX_SINKS = 1_000
MAX_KEPT_BYTES = 64 * 1024

ANSWERS: Mapping[Fault, Response] = {
    Fault.ERROR: error_response(500, "simulated failure"),
    Fault.THROTTLE: error_response(429, "simulated throttling"),
    Fault.GARBAGE: GARBAGE,
    Fault.TIMEOUT: Response(is_dropped=True, delay_s=TIMEOUT_S),
}

TAKEN = json_response({"result": "success"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One request to a sink, refused ones included."""

    number: int  # position among all callbacks, from 1
    name: str
    reference: str  # the notification's id, empty where the body has none
    received_at_us: int
    authorization: str
    content_type: str
    body: str
    answer: int | None  # the status it was answered with; None: never answered
    copy: int  # 2 and more: taken before for the same reference


class _About(msgspec.Struct):
    """What is read of a callback's body: the notification's id, under either of its names."""

    id: str = ""
    notification_id: str = ""


class Sink:
    """One name's control, counts and references."""

    def __init__(self, keep_references: int) -> None:
        self.control = Control(Settings(receipts="off", receipt_delay_ms=0))
        self.counts = Counts()
        self.references = References(keep_references)


class Callbacks:
    """All sinks; they come into being when first named."""

    def __init__(self, *, keep_callbacks: int, keep_references: int) -> None:
        self._keep_references = keep_references
        self._newest: deque[Callback] = deque(maxlen=keep_callbacks)
        self._last_number = 0
        self.sinks: dict[str, Sink] = {}

    def sink(self, name: str) -> Sink | None:
        """Return the sink of this name, making it; None where there are too many already."""
        sink = self.sinks.get(name)
        if sink is None and len(self.sinks) < MAX_SINKS:
            sink = self.sinks[name] = Sink(self._keep_references)
        return sink

    def receive(self, request: Request) -> Response:
        """Take `POST /callbacks/<name>` as the sink's mode has it."""
        sink = self.sink(request.rest)
        if sink is None:
            return error_response(404, "there are too many sinks")
        sink.counts.requests += 1
        verdict = sink.control.judge()
        reference = _read_reference(request.body)
        copy = 1
        if verdict.fault is None:
            response = TAKEN
            sink.counts.accepted += 1
            copy = self._count(sink, reference)
        else:
            response = ANSWERS[verdict.fault]
            sink.counts.refused += 1
        self._last_number += 1
        self._newest.append(
            Callback(
                number=self._last_number,
                name=request.rest,
                reference=reference,
                received_at_us=now_us(),
                authorization=request.header(b"authorization"),
                content_type=request.header(b"content-type"),
                body=request.body[:MAX_KEPT_BYTES].decode("utf-8", "replace"),
                answer=None if response.is_dropped else response.status,
                copy=copy,
            )
        )
        return response.after(verdict.delay_s)

    def newest_first(self) -> Iterator[Callback]:
        return reversed(self._newest)

    def clear(self) -> None:
        """Forget callbacks, references and counts. Modes stay; so do the numbers."""
        self._newest.clear()
        for sink in self.sinks.values():
            sink.counts = Counts()
            sink.references = References(self._keep_references)

    def _count(self, sink: Sink, reference: str) -> int:
        if not reference:
            return 1
        copy = sink.references.add(reference, "callbacks", now_us())
        if copy > 1:
            sink.counts.duplicates += 1
        else:
            sink.counts.distinct += 1
        return copy


def _read_reference(body: bytes) -> str:
    try:
        about = msgspec.json.decode(body, type=_About)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return about.id or about.notification_id
