"""What is known about the request being served: its id, its deadline and its caller.

One context variable, set by `grpc_server` (and by the gateway's HTTP side, and by loops that work on one
message), read by `grpc_client`, `logs` and whoever needs it. It follows the task: work that outlives a
request starts with an empty one.
"""

import contextlib
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from servicekit.clock import monotonic
from servicekit.identity import Caller
from servicekit.tracing import SpanRef

REASON_KEY = "notify-reason"
"""Metadata in which a person says why something is changed: percent-encoded UTF-8."""
MAX_REASON_CHARACTERS = 500
PASS_ON_MARGIN_S = 0.020
"""What is kept back of the time left when it is passed on, for our own answer to travel."""


@dataclass(slots=True, kw_only=True)
class RequestContext:
    """One request. Changed only by `grpc_server` while it finds out more."""

    request_id: str
    deadline: float | None = None
    """On the monotonic clock; None without a limit."""
    caller: Caller | None = None
    reason: str = ""
    """Why the caller changes something, as they say; empty where nobody said."""
    span: SpanRef | None = None
    """The span of this request, where it is one of the few that are traced."""


_current: ContextVar[RequestContext | None] = ContextVar("notify_request", default=None)


def current() -> RequestContext | None:
    """The request being served, or None outside one."""
    return _current.get()


def enter(context: RequestContext) -> None:
    """Make `context` the request of this task, until the task ends."""
    _current.set(context)


@contextlib.contextmanager
def request_scope(
    *, request_id: str | None = None, timeout_s: float | None = None
) -> Iterator[RequestContext]:
    """Work inside as one request: for HTTP handlers and loops. Without an id a new one is made."""
    deadline = None if timeout_s is None else monotonic() + timeout_s
    context = RequestContext(request_id=request_id or new_request_id(), deadline=deadline)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def new_request_id() -> str:
    """A fresh request id: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def request_id() -> str:
    """The id of the request being served, "" outside one."""
    context = _current.get()
    return "" if context is None else context.request_id


def remaining_s() -> float | None:
    """Seconds that may be spent on calls to others: what is left less 20 ms, never negative; None without a
    limit.
    """
    context = _current.get()
    if context is None or context.deadline is None:
        return None
    return max(0.0, context.deadline - monotonic() - PASS_ON_MARGIN_S)


def current_span() -> SpanRef | None:
    """The span of the request being served; None outside one, and for all that are not sampled."""
    context = _current.get()
    return None if context is None else context.span


def current_caller() -> Caller | None:
    """Who called the RPC being served; None outside one, and for health and reflection."""
    context = _current.get()
    return None if context is None else context.caller


def current_reason() -> str:
    """Why the caller of the RPC being served changes something; "" where nobody said."""
    context = _current.get()
    return "" if context is None else context.reason
