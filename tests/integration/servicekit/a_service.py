"""A whole small service, run as a process by `test_process.py`: `python -m
tests.integration.servicekit.a_service`.
"""

import asyncio

from google.protobuf.wrappers_pb2 import StringValue

from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.lifecycle import Lifecycle, service_main
from servicekit.settings import ServiceSettings, settings_config
from tests.integration.servicekit.echo import SERVICE, EchoServicer, add_echo_servicer_to_server


class Settings(ServiceSettings):
    """Environment variables `NOTIFY_TEST_…`."""

    model_config = settings_config("NOTIFY_TEST_")


class SlowServicer(EchoServicer):
    """Answers `Once` when the process stops."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping

    async def Once(self, request: StringValue, _context: object) -> StringValue:  # noqa: N802 -- a method of a proto
        if request.value == "wait":
            await self._stopping.wait()
        if request.value == "for ever":
            await asyncio.Event().wait()
        return request


async def main(lifecycle: Lifecycle, settings: Settings) -> None:
    registration = ServiceRegistration(
        add=add_echo_servicer_to_server, servicer=SlowServicer(lifecycle.stopping)
    )
    server = make_server(
        [registration],
        domain="test.notify",
        listen=settings.grpc_listen,
        tokens=CallerTokens("test", settings.caller_keys),
        allowed_callers={f"{SERVICE}/*": frozenset({"sms"})},
    )
    await lifecycle.serve(server)


if __name__ == "__main__":
    service_main("test", Settings, main)
