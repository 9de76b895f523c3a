"""Logs: one JSON object a line on stdout, through structlog; the standard library's loggers come here too.

Event names are constants `noun_verbed`, ids are keys. Personal data never gets in: forbidden keys lose
their values here, exceptions are reduced to type and place (a database's error text can hold a row), and
messages of libraries are written without their arguments unless the library is known to be harmless. Called
once, by `lifecycle.service_main`.
"""

import asyncio
import atexit
import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import Context
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import msgspec
import structlog

from servicekit import request_context
from servicekit.errors import ServiceError

REMOVED: Final = "[removed]"
FORBIDDEN_KEYS: Final = frozenset(
    {
        "recipient", "recipients", "to", "phone_number", "email_address", "address", "address_lines",
        "postcode", "content", "body", "subject", "html", "text", "message", "personalisation", "payload",
        "token", "bearer_token", "secret", "password", "authorization", "api_key", "headers", "query",
        "params", "database_url", "replica_database_url", "redis_url", "caller_keys",
    }
)  # fmt: skip
_FORBIDDEN_ENDINGS: Final = ("_token", "_secret", "_password", "_number", "_address")
_KNOWN_HARMLESS: Final = ("alembic", "uvicorn.error", "psycopg.pool", "servicekit")
_MAX_FRAMES: Final = 12

EventDict = MutableMapping[str, Any]


def configure(service: str, level: str = "info") -> None:
    """Set up logging of this process; every line carries `service`. Call once, before anything logs."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[_line_maker(service)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(max(number, logging.WARNING))
    for name in _KNOWN_HARMLESS:
        logging.getLogger(name).setLevel(number)
    # Writes three lines for each statement at level info, more than all of our own together.
    logging.getLogger("psycopg.pool").setLevel(max(number, logging.WARNING))
    logging.captureWarnings(True)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """A logger; usable at import, before `configure`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def _line_maker(service: str) -> Callable[[object, str, EventDict], bytes]:
    """The one step from an event to its line. A step for each part of it took twice as long: 8 µs of a request."""

    def make_line(_logger: object, method: str, event: EventDict) -> bytes:
        event["level"] = _LEVELS.get(method, method)
        event["time"] = _now_text()
        event["service"] = service
        if "exc_info" in event:
            reduce_exceptions(None, method, event)
        add_request_id(None, method, event)
        for key, value in event.items():
            if is_forbidden(key):
                event[key] = REMOVED
            elif type(value) not in _PLAIN:
                event[key] = _harmless(value)
        return _encoder.encode(event)

    return make_line


_LEVELS: Final = {"warn": "warning", "exception": "error", "fatal": "critical"}
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


def _harmless(value: object) -> object:
    if isinstance(value, BaseException):
        return describe_exception(value)
    return remove_forbidden(None, "", dict(value)) if isinstance(value, Mapping) else value


def _now_text() -> str:
    """The time in UTC with microseconds; the part that holds for a second is made once in it."""
    second, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second_text(second)}.{nanoseconds // 1000:06}Z"


@lru_cache(maxsize=1)
def _second_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def add_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the id of the request being served."""
    if "request_id" not in event and (request_id := request_context.request_id()):
        event["request_id"] = request_id
    return event


def reduce_exceptions(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace `exc_info`, and exceptions given as values, by their type and place."""
    exc_info = event.pop("exc_info", None)
    if exc_info:
        exc = exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1]
        if isinstance(exc_info, tuple):
            exc = exc_info[1]
        if exc is not None:
            event["exception"] = describe_exception(exc)
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = describe_exception(value)
    return event


def describe_exception(exc: BaseException) -> dict[str, object]:
    """What may be told of an exception: type, place, causes, a database's error code; its text only when
    known safe.
    """
    described: dict[str, object] = {"type": f"{type(exc).__module__}.{type(exc).__qualname__}"}
    if exc.__traceback__ is not None:
        described["at"] = _places(exc.__traceback__)
    if isinstance(exc, ServiceError):
        described["reason"] = exc.reason
        if exc.text_is_safe:
            described["said"] = exc.message
    if sqlstate := getattr(exc, "sqlstate", None):
        described["sqlstate"] = sqlstate
        described["constraint"] = getattr(getattr(exc, "diag", None), "constraint_name", None)
    if isinstance(exc, BaseExceptionGroup):
        described["exceptions"] = [describe_exception(inner) for inner in exc.exceptions[:5]]
    cause = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    if cause is not None:
        described["cause"] = describe_exception(cause)
    return described


def _places(traceback: TracebackType | None) -> list[str]:
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = Path(code.co_filename)
        places.append(f"{path.parent.name}/{path.name}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-_MAX_FRAMES:]


def remove_forbidden(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Take away the values of keys that may hold personal data or secrets."""
    for key, value in event.items():
        if is_forbidden(key):
            event[key] = REMOVED
        elif isinstance(value, Mapping):
            event[key] = remove_forbidden(None, "", dict(value))
    return event


@lru_cache(maxsize=4_096)
def is_forbidden(key: str) -> bool:
    """Whether a key's value must never be logged."""
    key = key.lower()
    return key in FORBIDDEN_KEYS or key.endswith(_FORBIDDEN_ENDINGS)


_encoder = msgspec.json.Encoder(enc_hook=lambda value: f"<{type(value).__qualname__}>")


class _Stdout:
    """Writes finished lines. A reader of stdout that has gone must not make requests fail.

    What is logged in one turn of an event loop is written together: a write of its own for each request's line
    cost a tenth of the request. What somebody must see goes out at once, with what waits before it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # threads log too
        self._waiting: list[bytes] = []
        self._flushed_by: asyncio.AbstractEventLoop | None = None

    def write_soon(self, line: bytes) -> None:
        """Write in this turn of the loop; now, where there is none."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.write(line)
            return
        with self._lock:
            self._waiting.append(line)
            if self._flushed_by is loop:
                return
            self._flushed_by = loop
        loop.call_soon(self.flush, context=_NO_CONTEXT)

    def write(self, line: bytes) -> None:
        """Write now."""
        with self._lock:
            self._waiting.append(line)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines, self._waiting, self._flushed_by = self._waiting, [], None
            if lines:
                with contextlib.suppress(OSError, ValueError):
                    sys.stdout.buffer.write(b"\n".join(lines) + b"\n")
                    sys.stdout.buffer.flush()


_NO_CONTEXT: Final = Context()
_stdout = _Stdout()
atexit.register(_stdout.flush)


class _Lines:
    """What structlog hands finished lines to."""

    def __init__(self, *_: object) -> None:
        pass

    def msg(self, line: bytes) -> None:
        _stdout.write(line)

    def soon(self, line: bytes) -> None:
        _stdout.write_soon(line)

    debug = info = soon
    warning = error = critical = log = fatal = exception = msg


class _ToStructlog(logging.Handler):
    """Writes records of the standard library's loggers as `library_logged`."""

    def emit(self, record: logging.LogRecord) -> None:
        harmless = record.name.startswith(_KNOWN_HARMLESS)
        said = record.getMessage() if harmless else str(record.msg)
        structlog.get_logger().log(
            record.levelno,
            "library_logged",
            library=record.name,
            said=said[:500],
            **({"exc_info": record.exc_info} if record.exc_info else {}),
        )
