"""The ASGI application: one request from its first byte to its log line.

Routing, then the door where the route has one (`admission`), then the endpoint (which checks the token first where
one is needed), then the answer; whatever is raised becomes an answer here and nowhere else. Not here: the table of
routes (`wiring`), errors' bodies (`errors`).
"""

from servicekit import request_context, tracing
from servicekit.clock import monotonic
from servicekit.errors import ServiceError
from servicekit.logs import get_logger
from servicekit.request_context import RequestContext, new_request_id
from services.api_gateway import errors, metrics, spans
from services.api_gateway.http import Answer, ClientGone, Receive, Request, RequestOptions, Scope, Send
from services.api_gateway.recording import Recorder
from services.api_gateway.routes import Endpoint, Found, NotFound, Route, Routes

_NO_ROUTE = "none"
_CLIENT_GONE = 499
"""What logs and metrics show where nobody waited for the answer."""

_log = get_logger()


class App:
    """The gateway as an ASGI application."""

    def __init__(self, routes: Routes, options: RequestOptions, recorder: Recorder | None = None) -> None:
        self._routes = routes
        self._options = options
        self._recorder = recorder
        self._under_way = 0
        metrics.watch_concurrent_requests(lambda: self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError("the gateway speaks HTTP only")
        found = self._routes.find(scope["method"], scope["path"])
        door = found.route.door if isinstance(found, Found) else None
        refusal = None if door is None else door.enter()
        if door is not None and refusal is not None:
            # No line in the log: thousands a second would cost what is saved here. The door tells of them.
            metrics.record_turned_away(door.name)
            if self._recorder is not None:
                self._recorder.note(refusal.status)
            await refusal.send(send)
            return
        self._under_way += 1
        try:
            await self._serve(found, scope, receive, send)
        finally:
            self._under_way -= 1
            if door is not None:
                door.leave()

    async def _serve(self, found: Found | NotFound, scope: Scope, receive: Receive, send: Send) -> None:
        started = monotonic()
        context = RequestContext(request_id=new_request_id(), span=tracing.sample_request())
        request_context.enter(context)
        request = Request(scope, receive, self._options)
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
        status, duration_s = _CLIENT_GONE if answer is None else answer.status, monotonic() - started
        if tracing.is_on():
            spans.record_request(request, route, status, duration_s, context.span)
        _record(request, route, status, duration_s)
        if self._recorder is not None and route is not None and route.needs_token:
            _note(self._recorder, request, route, status)


async def _answer(route: Route, request: Request) -> Answer | None:
    """What the endpoint says, or what its error becomes; None when the client has gone."""
    try:
        return await route.endpoint(request)
    except ServiceError as err:
        answer = _error_answer(err, route)
        if answer.status < 500:
            request.refusal = err
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


def _note(recorder: Recorder, request: Request, route: Route, status: int) -> None:
    """Keep that the API was asked, and what it refused."""
    recorder.note(status)
    if request.refusal is not None:
        recorder.note_refused(
            route.method,
            route.path,
            request.refusal,
            caller=request.caller,
            claimed_service_id=request.claimed_service_id,
        )


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
    )


__all__ = ["App", "Endpoint"]
