"""Which endpoint answers which path and method. The table itself is made in `wiring`.

A lookup costs half a microsecond for a fixed path. Starlette's router was measured at 2.3 µs, and the
public contract's answers for unknown paths and methods would have to be laid over it
(docs/adr/0002-http-server.md).
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.api_gateway.admission import Door
from services.api_gateway.errors import Shape
from services.api_gateway.http import Answer, Request
from services.api_gateway.openapi_types import Operation

Endpoint = Callable[[Request], Awaitable[Answer]]

_VARIABLE = re.compile(r"\{(\w+)\}")
_KINDS = {"version": r"([0-9]+)"}
"""Patterns of variable parts; all others are anything but a slash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path with one method."""

    method: str
    path: str
    """With variable parts in braces: also what logs and metrics show of a request's path."""
    endpoint: Endpoint
    shape: Shape
    """Of its errors."""
    needs_token: bool = False
    on_error: Callable[[BaseException], Answer] | None = None
    """Makes the answer that tells of an error, where people see it in a browser; None: `errors` does."""
    door: Door | None = None
    """Whether there is room for its requests; None: they are always taken."""
    operation: Operation | None = None
    """What the documentation says of it; None: it is no part of the public API."""


@dataclass(frozen=True, slots=True)
class Found:
    """The route of a request, with the variable parts of its path."""

    route: Route
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """No route. `allowed` are the methods that the path has; none: there is no such path."""

    allowed: tuple[str, ...]


class Routes:
    """The table."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._fixed: dict[str, dict[str, Found]] = {}
        patterns: dict[str, dict[str, Route]] = {}
        for route in routes:
            if _VARIABLE.search(route.path):
                patterns.setdefault(route.path, {})[route.method] = route
            else:
                self._fixed.setdefault(route.path, {})[route.method] = Found(route, ())
        self._patterns = [(_compiled(path), methods) for path, methods in patterns.items()]

    def find(self, method: str, path: str) -> Found | NotFound:
        """The route for a request. HEAD is answered as GET is; a path that is fixed is not read as a
        variable one unless the method asks for it: GET /v2/notifications/sms reads a message with the id
        "sms"."""
        if method == "HEAD":
            method = "GET"
        fixed = self._fixed.get(path)
        if fixed is not None and method in fixed:
            return fixed[method]
        allowed = [] if fixed is None else list(fixed)
        for pattern, methods in self._patterns:
            match = pattern.fullmatch(path)
            if match is not None:
                if method in methods:
                    return Found(methods[method], match.groups())
                allowed += methods
        if "GET" in allowed:
            allowed.append("HEAD")
        return NotFound(tuple(sorted({*allowed, "OPTIONS"})) if allowed else ())


def _compiled(path: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(path)
    return re.compile(
        "".join(
            _KINDS.get(part, r"([^/]+)") if position % 2 else re.escape(part)
            for position, part in enumerate(parts)
        )
    )
