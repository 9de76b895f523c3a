# ruff: noqa: N802 -- methods of a gRPC service are named as in its proto
"""A gRPC service with one method of each kind, registered as generated code would, for servicekit's tests."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.protobuf.wrappers_pb2 import StringValue

SERVICE = "notify.test.v1.EchoService"
_KINDS = {
    "Once": grpc.unary_unary_rpc_method_handler,
    "Many": grpc.unary_stream_rpc_method_handler,
    "Collect": grpc.stream_unary_rpc_method_handler,
    "Each": grpc.stream_stream_rpc_method_handler,
}


class EchoServicer:
    """Answers what it gets; tests override what they need."""

    async def Once(self, request: StringValue, _context: Any) -> StringValue:
        return request

    async def Many(self, request: StringValue, _context: Any) -> AsyncIterator[StringValue]:
        for _ in range(3):
            yield request

    async def Collect(self, requests: AsyncIterator[StringValue], _context: Any) -> StringValue:
        return StringValue(value=",".join([request.value async for request in requests]))

    async def Each(self, requests: AsyncIterator[StringValue], _context: Any) -> AsyncIterator[StringValue]:
        async for request in requests:
            yield request


def add_echo_servicer_to_server(servicer: EchoServicer, server: grpc.aio.Server) -> None:
    """What protoc would generate."""
    handlers = {
        name: make(
            getattr(servicer, name),
            request_deserializer=StringValue.FromString,
            response_serializer=StringValue.SerializeToString,
        )
        for name, make in _KINDS.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_registered_method_handlers(SERVICE, handlers)  # type: ignore[attr-defined]  # newer than stubs


class EchoStub:
    """What protoc would generate."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        def made(kind: Any, name: str) -> Any:
            return kind(
                f"/{SERVICE}/{name}",
                request_serializer=StringValue.SerializeToString,
                response_deserializer=StringValue.FromString,
            )

        self.Once = made(channel.unary_unary, "Once")
        self.Many = made(channel.unary_stream, "Many")
        self.Collect = made(channel.stream_unary, "Collect")
        self.Each = made(channel.stream_stream, "Each")
