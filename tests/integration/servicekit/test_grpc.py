# ruff: noqa: N802 -- methods of a gRPC service are named as in its proto
"""Server and client over loopback: what every RPC of every service gets around it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from structlog.testing import capture_logs

from clients.notifyctl.stack.ports import free_port
from servicekit import grpc_client, metrics, request_context
from servicekit.access import Access, Role
from servicekit.errors import (
    Conflict,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    QuotaExceeded,
    RateLimited,
    RuleBroken,
    ServiceError,
    Unavailable,
    Unimplemented,
    Violation,
)
from servicekit.grpc_client import Channel, make_channel
from servicekit.grpc_server import LIVE, GrpcServer, ServiceRegistration, make_server, remaining_s
from servicekit.identity import CallerTokens, PersonToken
from tests.integration.servicekit.echo import SERVICE, EchoServicer, EchoStub, add_echo_servicer_to_server
from tests.people import OPERATOR, a_person

KEY = "k" * 32
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
Handler = Callable[[StringValue], Awaitable[StringValue]]


def a_server(servicer: EchoServicer | None = None, **changes: Any) -> GrpcServer:
    registration = ServiceRegistration(
        add=add_echo_servicer_to_server,
        servicer=servicer or EchoServicer(),
        quiet=changes.pop("quiet", frozenset()),
    )
    settings = {
        "domain": "test.notify",
        "listen": "127.0.0.1:0",
        "tokens": CallerTokens("test", KEY, operator_public_keys=OPERATOR.public),
        "allowed_callers": {f"{SERVICE}/*": Access(frozenset({"sms"}), Role.OPERATOR, is_change=True)},
    }
    return make_server([registration], **{**settings, **changes})


def answering(handler: Handler) -> EchoServicer:
    """A servicer whose `Once` is `handler`."""

    class Servicer(EchoServicer):
        async def Once(self, request: StringValue, _context: Any) -> StringValue:
            return await handler(request)

    return Servicer()


def raising(error: BaseException) -> EchoServicer:
    """A servicer whose `Once` raises."""

    async def handler(_request: StringValue) -> StringValue:
        raise error

    return answering(handler)


@contextlib.asynccontextmanager
async def a_client(
    server: GrpcServer, *, caller: CallerTokens | PersonToken | None = None, default_timeout_s: float = 5.0
) -> AsyncIterator[tuple[Channel, EchoStub]]:
    caller = caller or CallerTokens("sms", KEY)
    channel = make_channel(f"127.0.0.1:{server.port}", caller=caller, default_timeout_s=default_timeout_s)
    async with channel:
        yield channel, EchoStub(channel.grpc)


async def call_once(server: GrpcServer, text: str = "hello", **options: Any) -> str:
    async with server, a_client(server) as (channel, stub):
        answer: StringValue = await channel.call(stub.Once, StringValue(value=text), **options)
        return answer.value


async def _requests(*texts: str) -> AsyncIterator[StringValue]:
    for text in texts:
        yield StringValue(value=text)


# Kinds of methods


async def test_one_request_gets_one_answer() -> None:
    assert await call_once(a_server()) == "hello"


async def test_a_message_of_sixteen_mebibytes_less_a_little_passes() -> None:
    assert len(await call_once(a_server(), "x" * (16 * 1024 * 1024 - 100))) == 16 * 1024 * 1024 - 100


async def test_an_answer_may_be_streamed() -> None:
    server = a_server()
    async with server, a_client(server) as (channel, stub):
        answers = [answer.value async for answer in channel.stream(stub.Many, StringValue(value="x"))]

    assert answers == ["x", "x", "x"]


async def test_a_request_may_be_streamed() -> None:
    server = a_server()
    async with server, a_client(server) as (channel, stub):
        answer = await channel.send_stream(stub.Collect, _requests("a", "b"))

    assert answer.value == "a,b"


async def test_both_may_be_streamed() -> None:
    server = a_server()
    async with server, a_client(server) as (channel, stub):
        answers = [answer.value async for answer in channel.stream(stub.Each, _requests("a", "b"))]

    assert answers == ["a", "b"]


async def test_an_error_in_a_streamed_answer_comes_after_what_was_sent() -> None:
    class Servicer(EchoServicer):
        async def Many(self, request: StringValue, _context: Any) -> AsyncIterator[StringValue]:
            yield request
            raise Conflict("The feed moved on")

    server = a_server(Servicer())
    async with server, a_client(server) as (channel, stub):
        answers = channel.stream(stub.Many, StringValue(value="x"))
        assert (await anext(answers)).value == "x"
        with pytest.raises(Conflict, match="moved on"):
            await anext(answers)


async def test_leaving_a_streamed_answer_early_ends_the_handler() -> None:
    ended = asyncio.Event()

    class Servicer(EchoServicer):
        async def Many(self, request: StringValue, _context: Any) -> AsyncIterator[StringValue]:
            try:
                while True:
                    yield request
                    await asyncio.sleep(0)
            finally:
                ended.set()

    server = a_server(Servicer())
    async with server, a_client(server) as (channel, stub):
        stream = channel.stream(stub.Many, StringValue(value="x"), forever=True)
        await anext(stream)
        await stream.aclose()
        await asyncio.wait_for(ended.wait(), 5)


# Errors


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest([Violation("to", "to is a required property")]),
        RuleBroken("TOO_LONG", "Too long", metadata={"limit": "918"}),
        NotAuthenticated("KEY_REVOKED", "Invalid token: API key revoked"),
        NotFound("template"),
        RateLimited("Slower", timedelta(seconds=3)),
        QuotaExceeded("sms", "Exceeded send limits (sms: 50) for today"),
        Conflict("Too late"),
        NotAllowed("No"),
        Unavailable("Away", timedelta(seconds=1)),
        DeadlineExceeded(),
        Unimplemented("Not yet"),
        InternalError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_a_handler_raises_is_raised_at_the_caller(error: ServiceError) -> None:
    with pytest.raises(type(error)) as caught:
        await call_once(a_server(raising(error)))

    assert vars(caught.value) == vars(error)


async def test_a_bug_is_told_without_its_text() -> None:
    with pytest.raises(InternalError) as caught, capture_logs() as lines:
        await call_once(a_server(raising(KeyError("07700900123"))))

    assert str(caught.value) == "Internal server error"
    assert [line["log_level"] for line in lines if line["event"] == "rpc_answered"] == ["error"]


async def test_a_very_long_error_still_arrives() -> None:
    violations = [Violation("personalisation", f"{'£' * 900} {number}") for number in range(200)]

    with pytest.raises(InvalidRequest) as caught:
        await call_once(a_server(raising(InvalidRequest(violations))))

    assert caught.value.violations[0] == violations[0]


async def test_a_method_that_the_server_lacks_is_unimplemented() -> None:
    server = a_server()
    async with server, a_client(server) as (channel, _):
        method = channel.grpc.unary_unary(f"/{SERVICE}/Twice", bytes, bytes)
        with pytest.raises(Unimplemented):
            await channel.call(method, b"")


async def test_generated_codes_not_implemented_error_is_unimplemented() -> None:
    with pytest.raises(Unimplemented):
        await call_once(a_server(raising(NotImplementedError())))


# Who may call


async def _call_as(caller: CallerTokens | PersonToken, server: GrpcServer) -> None:
    async with server, a_client(server, caller=caller) as (channel, stub):
        await channel.call(stub.Once, StringValue())


async def test_a_caller_without_a_valid_token_is_refused() -> None:
    with pytest.raises(NotAuthenticated):
        await _call_as(CallerTokens("sms", "x" * 32), a_server())


async def test_a_caller_that_the_table_does_not_name_is_refused() -> None:
    with pytest.raises(NotAllowed):
        await _call_as(CallerTokens("email", KEY), a_server())


async def _call_with_reason(caller: CallerTokens | PersonToken, reason: str) -> str:
    async def handler(_request: StringValue) -> StringValue:
        return StringValue(value=request_context.current_reason())

    async with (
        a_server(answering(handler)) as server,
        make_channel(f"127.0.0.1:{server.port}", caller=caller, reason=reason) as channel,
    ):
        answer: StringValue = await channel.call(EchoStub(channel.grpc).Once, StringValue())
        return answer.value


@pytest.mark.parametrize("role", ["operator", "admin"])
async def test_a_person_with_the_role_of_the_table_or_a_higher_one_may_call(role: str) -> None:
    assert await _call_with_reason(a_person("alice", role), "it was asked for") == "it was asked for"


@pytest.mark.parametrize("role", ["viewer", "king"])
async def test_a_person_with_a_lower_role_is_refused(role: str) -> None:
    with pytest.raises(NotAllowed):
        await _call_with_reason(a_person("alice", role), "it was asked for")


async def test_a_person_who_does_not_say_why_changes_nothing() -> None:
    with pytest.raises(InvalidRequest, match="reason"):
        await _call_with_reason(a_person("alice", "admin"), "")


async def test_a_reason_may_be_in_any_language() -> None:
    reason = "Größe 50 % höher – \N{SNOWMAN}"

    assert await _call_with_reason(a_person("alice", "admin"), reason) == reason


async def test_a_service_need_not_say_why() -> None:
    assert await _call_with_reason(CallerTokens("sms", KEY), "") == ""


async def test_a_person_does_not_become_a_service_by_its_name() -> None:
    with pytest.raises(NotAllowed):
        await _call_with_reason(a_person("sms", "viewer"), "it was asked for")


async def test_an_entry_for_one_method_wins_over_its_services() -> None:
    table = {f"{SERVICE}/*": frozenset({"sms"}), f"{SERVICE}/Once": frozenset({"email"})}

    with pytest.raises(NotAllowed):
        await _call_as(CallerTokens("sms", KEY), a_server(allowed_callers=table))


async def test_a_handler_knows_its_caller() -> None:
    async def handler(_request: StringValue) -> StringValue:
        caller = request_context.current_caller()
        return StringValue(value="" if caller is None else caller.name)

    assert await call_once(a_server(answering(handler))) == "sms"


@pytest.mark.parametrize(
    "table",
    [
        {},
        {f"{SERVICE}/Once": frozenset({"sms"})},
        {f"{SERVICE}/*": frozenset({"sms"}), f"{SERVICE}/Gone": frozenset({"sms"})},
    ],
)
async def test_a_table_that_differs_from_the_methods_stops_the_start(
    table: dict[str, frozenset[str]],
) -> None:
    with pytest.raises(ValueError, match="caller"):
        a_server(allowed_callers=table)


async def test_refused_calls_are_counted() -> None:
    labels = {"method": f"{SERVICE}/Once", "code": "PERMISSION_DENIED"}
    before = metrics.REGISTRY.get_sample_value("notify_rpc_handled_total", labels) or 0

    with pytest.raises(NotAllowed):
        await _call_as(CallerTokens("email", KEY), a_server())

    assert metrics.REGISTRY.get_sample_value("notify_rpc_handled_total", labels) == before + 1


# Deadlines and request ids


async def test_a_handler_sees_what_is_left_less_a_margin() -> None:
    async def handler(_request: StringValue) -> StringValue:
        return StringValue(value=str(remaining_s()))

    left_s = float(await call_once(a_server(answering(handler)), timeout_s=3.0))

    assert 2.0 < left_s < 3.0


async def test_a_call_inside_a_request_gets_no_more_time_than_the_request_has() -> None:
    async def handler(_request: StringValue) -> StringValue:
        return StringValue(value=str(remaining_s()))

    with request_context.request_scope(timeout_s=1.0):
        left_s = float(await call_once(a_server(answering(handler))))

    assert left_s < 1.0


async def test_a_call_with_too_little_time_left_is_refused_before_the_handler() -> None:
    called = asyncio.Event()

    async def handler(request: StringValue) -> StringValue:
        called.set()
        return request

    with pytest.raises(DeadlineExceeded):
        await call_once(a_server(answering(handler)), timeout_s=0.045)

    assert not called.is_set()


async def test_a_request_whose_time_is_over_makes_no_call() -> None:
    with request_context.request_scope(timeout_s=0), pytest.raises(DeadlineExceeded):
        await call_once(a_server())


async def test_a_handler_that_takes_too_long_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def handler(request: StringValue) -> StringValue:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return request

    server = a_server(answering(handler))
    async with server, a_client(server) as (channel, stub):
        with pytest.raises(DeadlineExceeded):
            await channel.call(stub.Once, StringValue(), timeout_s=0.3)
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_the_request_id_is_handed_on() -> None:
    async def handler(_request: StringValue) -> StringValue:
        return StringValue(value=request_context.request_id())

    with request_context.request_scope(request_id="abc123"):
        assert await call_once(a_server(answering(handler))) == "abc123"


async def test_a_call_without_a_request_id_gets_one() -> None:
    async def handler(_request: StringValue) -> StringValue:
        return StringValue(value=request_context.request_id())

    assert len(await call_once(a_server(answering(handler)))) == 16


# Log lines


async def test_each_call_writes_one_line() -> None:
    with capture_logs() as lines:
        await call_once(a_server())

    (line,) = [line for line in lines if line["event"] == "rpc_answered"]
    assert {
        "method": f"{SERVICE}/Once",
        "code": "OK",
        "caller": "sms",
        "log_level": "info",
    }.items() <= line.items()


async def test_a_quiet_method_writes_at_debug() -> None:
    with capture_logs() as lines:
        await call_once(a_server(quiet=frozenset({"Once"})))

    assert [line["log_level"] for line in lines if line["event"] == "rpc_answered"] == ["debug"]


async def test_a_quiet_method_that_was_slow_writes_at_info() -> None:
    with capture_logs() as lines:
        await call_once(a_server(quiet=frozenset({"Once"}), slow_s=0.0))

    assert [line["log_level"] for line in lines if line["event"] == "rpc_answered"] == ["info"]


# A server that is away


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    server = a_server()
    server.port = free_port()
    async with a_client(server) as (channel, stub):
        with pytest.raises(Unavailable):
            await channel.call(stub.Once, StringValue())


async def test_a_repeatable_call_waits_for_a_server_that_starts_meanwhile() -> None:
    port = free_port()
    server = a_server(listen=f"127.0.0.1:{port}")
    server.port = port
    async with a_client(server) as (channel, stub):
        with pytest.raises(Unavailable):
            await channel.call(stub.Once, StringValue())
        async with asyncio.TaskGroup() as group:
            call = group.create_task(channel.call(stub.Once, StringValue(value="x"), idempotent=True))
            await asyncio.sleep(0)
            await server.start()
    await server.stop()

    assert call.result().value == "x"


async def test_a_client_finds_a_restarted_server_again() -> None:
    first = a_server()
    await first.start()
    async with a_client(first) as (channel, stub):
        await channel.call(stub.Once, StringValue())
        await first.stop()
        async with a_server(listen=f"127.0.0.1:{first.port}"):
            answer = await channel.call(stub.Once, StringValue(value="back"), idempotent=True)

    assert answer.value == "back"


async def test_the_pauses_of_a_repeated_call_outlast_two_attempts_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("servicekit.grpc_client.random.random", lambda: 0.0)  # the shortest that they can be
    pauses_s = sum(grpc_client._backoff_s(attempt) for attempt in range(1, grpc_client._MAX_ATTEMPTS))
    longest_reconnect_s = grpc_client._MAX_RECONNECT_S * 1.2

    assert pauses_s > 2 * longest_reconnect_s


async def test_a_server_that_was_away_for_long_is_found_as_soon_as_it_is_back() -> None:
    port = free_port()
    server = a_server(listen=f"127.0.0.1:{port}")
    server.port = port
    async with a_client(server) as (channel, stub):
        for _ in range(3):  # a second or so each: by then the channel pauses as long as it ever does
            with pytest.raises(Unavailable):
                await channel.call(stub.Once, StringValue(), idempotent=True)
        async with server:
            answer = await channel.call(stub.Once, StringValue(value="back"), idempotent=True)

    assert answer.value == "back"


async def test_unavailable_raised_by_the_server_itself_is_not_tried_again() -> None:
    calls = []

    async def handler(request: StringValue) -> StringValue:
        calls.append(request)
        raise Unavailable("The database is not available")

    with pytest.raises(Unavailable, match="database"):
        await call_once(a_server(answering(handler)), idempotent=True)

    assert len(calls) == 1


async def test_a_stopping_server_lets_calls_finish_within_the_grace() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def handler(request: StringValue) -> StringValue:
        entered.set()
        await leave.wait()
        return request

    server = a_server(answering(handler))
    await server.start()
    async with a_client(server) as (channel, stub), asyncio.TaskGroup() as group:
        call = group.create_task(channel.call(stub.Once, StringValue(value="x")))
        await entered.wait()
        group.create_task(server.stop(5))
        await asyncio.sleep(0)
        leave.set()

    assert call.result().value == "x"


async def test_a_call_cut_off_by_a_stopping_server_is_unavailable() -> None:
    entered = asyncio.Event()

    async def handler(request: StringValue) -> StringValue:
        entered.set()
        await asyncio.Event().wait()
        return request

    server = a_server(answering(handler))
    await server.start()
    async with a_client(server) as (channel, stub), asyncio.TaskGroup() as group:
        call = group.create_task(_outcome(channel.call(stub.Once, StringValue(value="x"))))
        await entered.wait()
        await server.stop(0)

    assert call.result() is Unavailable


async def _outcome(call: Awaitable[Any]) -> type | None:
    try:
        await call
    except ServiceError as err:
        return type(err)
    return None


# Health and reflection


async def _health(server: GrpcServer, service: str = "") -> int:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service=service), timeout=5
        )
        return int(answer.status)


@pytest.mark.parametrize("service", ["", SERVICE, LIVE])
async def test_a_started_server_is_healthy_and_health_needs_no_token(service: str) -> None:
    async with a_server() as server:
        assert await _health(server, service) == SERVING


async def test_a_server_whose_need_is_missing_is_not_serving_but_live() -> None:
    async def check() -> None:
        raise Unavailable("away")

    async with a_server(checks={"database": check}) as server:
        await server.check_once()

        assert [await _health(server, name) for name in ("", SERVICE, LIVE)] == [
            NOT_SERVING,
            NOT_SERVING,
            SERVING,
        ]


async def test_a_need_that_returns_makes_the_server_serve_again() -> None:
    outcomes: list[Exception | None] = [None, Unavailable("away"), None]

    async def check() -> None:
        if outcome := outcomes.pop(0):
            raise outcome

    async with a_server(checks={"database": check}) as server:
        assert [await server.check_once(), await server.check_once()] == [False, True]
        assert await _health(server) == SERVING


async def test_a_stopping_server_stays_not_serving_whatever_the_checks_say() -> None:
    async def check() -> None: ...

    async with a_server(checks={"database": check}) as server:
        await server.set_not_serving()
        await server.check_once()

        assert await _health(server) == NOT_SERVING


async def _reflected(server: GrpcServer) -> list[str]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        async for answer in stub.ServerReflectionInfo(asked, timeout=5):
            return [service.name for service in answer.list_services_response.service]
    return []


async def test_reflection_lists_services_where_it_is_wanted() -> None:
    async with a_server(reflection=True) as server:
        assert SERVICE in await _reflected(server)


async def test_reflection_is_off_by_default() -> None:
    async with a_server() as server:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await _reflected(server)

    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
