"""The ASGI application: one request from its first byte to its log line.

Routing, then the endpoint (which checks the token first where one is needed), then the answer; whatever is
raised becomes an answer here and nowhere else. Not here: the table of routes (`wiring`), errors' bodies
(`errors`).
"""

from servicekit import request_context
from servicekit.clock import monotonic
from servicekit.errors import ServiceError
from servicekit.logs import get_logger
from servicekit.request_context import RequestContext, new_request_id
from services.api_gateway import errors, metrics
from services.api_gateway.http import Answer, ClientGone, Receive, Request, RequestOptions, Scope, Send
from services.api_gateway.routes import Endpoint, Found, NotFound, Route, Routes

_NO_ROUTE = "none"
_CLIENT_GONE = 499
"""What logs and metrics show where nobody waited for the answer."""

_log = get_logger()


class App:
    """The gateway as an ASGI application."""

    def __init__(self, routes: Routes, options: RequestOptions) -> None:
        self._routes = routes
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError("the gateway speaks HTTP only")
        started = monotonic()
        request_context.enter(RequestContext(request_id=new_request_id()))
        request = Request(scope, receive, self._options)
        found = self._routes.find(request.method, request.path)
        route: Route | None = None
        if isinstance(found, Found):
            route = found.route
            request.path_values = found.values
            answer = await _answer(route, request)
        else:
            answer = _answer_without_route(request, found)
        if answer is not None:
            try:
                await answer.send(send)
            except ServiceError as err:
                # Too late for another answer: the server ends the connection, and the client sees that it failed.
                _log.warning("answer_broken_off", route=None if route is None else route.path, failure=err)
        _record(request, route, _CLIENT_GONE if answer is None else answer.status, monotonic() - started)


async def _answer(route: Route, request: Request) -> Answer | None:
    """What the endpoint says, or what its error becomes; None when the client has gone."""
    try:
        return await route.endpoint(request)
    except ServiceError as err:
        answer = _error_answer(err, route)
        if answer.status == 500:
            _log.error("request_failed", route=route.path, failure=err)
        elif answer.status > 500:
            _log.warning("request_not_served", route=route.path, failure=err)
        return answer
    except ClientGone:
        return None
    except Exception as exc:  # noqa: BLE001 -- the border: a bug must not show, and must not go unseen
        _log.error("request_failed", route=route.path, failure=exc)
        return _error_answer(exc, route)


def _error_answer(exc: BaseException, route: Route) -> Answer:
    return errors.error_answer(exc, route.shape) if route.on_error is None else route.on_error(exc)


def _answer_without_route(request: Request, nothing: NotFound) -> Answer:
    if not nothing.allowed:
        return errors.not_found_answer()
    if request.method == "OPTIONS":
        # Browsers ask before they send; they do so without a token.
        return Answer(200, b"", extra_headers=((b"allow", ", ".join(nothing.allowed).encode()),))
    return errors.method_answer(nothing.allowed)


def _record(request: Request, route: Route | None, status: int, duration_s: float) -> None:
    """The one line of a request, and its metrics."""
    path = _NO_ROUTE if route is None else route.path
    metrics.record_request(path, status, duration_s)
    caller = request.caller
    if caller is None:
        _log.info(
            "request_answered",
            method=request.method,
            route=path,
            status=status,
            duration_ms=round(duration_s * 1000, 1),
        )
        return
    _log.info(
        "request_answered",
        method=request.method,
        route=path,
        status=status,
        duration_ms=round(duration_s * 1000, 1),
        service_id=caller.service.service_id,
        key_id=caller.key.id,
        key_type=caller.key.type.value,
        **({} if request.made is None else {"notification_id": request.made}),
    )


__all__ = ["App", "Endpoint"]
