"""A service as a process: it starts, serves, stops in order, and says what is wrong with its settings."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from servicekit.errors import Unavailable
from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens
from tests.integration.servicekit.echo import EchoStub

KEY = "k" * 32
COMMAND = [sys.executable, "-m", "tests.integration.servicekit.a_service"]


class Service:
    """A running process and the lines that it logs."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def logged(self, event: str) -> dict[str, object]:
        """Read lines until one is about `event`."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            parsed: dict[str, object] = json.loads(line)
            if parsed["event"] == event:
                return parsed
        raise AssertionError(f"the process ended without {event}")

    async def exit_code(self) -> int:
        await self.process.communicate()
        return await self.process.wait()


async def _started(**variables: str) -> Service:
    environment = {**os.environ, "NOTIFY_CALLER_KEYS": KEY, "NOTIFY_ENVIRONMENT": "development", **variables}
    return Service(await asyncio.create_subprocess_exec(*COMMAND, env=environment, stdout=PIPE))


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = await _started()
    yield service
    if service.process.returncode is None:
        service.process.kill()
        await service.exit_code()


@pytest.fixture
async def channel(service: Service) -> AsyncIterator[Channel]:
    port = (await service.logged("server_started"))["port"]
    async with make_channel(f"127.0.0.1:{port}", caller=CallerTokens("sms", KEY)) as channel:
        yield channel


async def test_a_process_serves_and_ends_well_on_sigterm(service: Service, channel: Channel) -> None:
    answer = await channel.call(EchoStub(channel.grpc).Once, StringValue(value="hello"))
    service.process.terminate()

    assert (answer.value, await service.exit_code()) == ("hello", 0)


async def test_a_call_under_way_is_answered_before_the_process_ends(
    service: Service, channel: Channel
) -> None:
    async with asyncio.TaskGroup() as group:
        call = group.create_task(channel.call(EchoStub(channel.grpc).Once, StringValue(value="wait")))
        await channel.call(EchoStub(channel.grpc).Once, StringValue(value="hello"))
        service.process.terminate()

    assert (call.result().value, await service.exit_code()) == ("wait", 0)


async def test_a_second_signal_ends_the_process_at_once(service: Service, channel: Channel) -> None:
    async with asyncio.TaskGroup() as group:
        call = group.create_task(_fails(channel, "for ever"))
        await channel.call(EchoStub(channel.grpc).Once, StringValue(value="hello"))
        service.process.terminate()
        await service.logged("signal_received")
        service.process.send_signal(signal.SIGINT)

    assert (call.result(), await service.exit_code()) == (Unavailable, 1)


async def _fails(channel: Channel, text: str) -> type | None:
    try:
        await channel.call(EchoStub(channel.grpc).Once, StringValue(value=text))
    except Unavailable as err:
        return type(err)
    return None


async def test_wrong_settings_are_named_and_stop_the_start() -> None:
    service = await _started(NOTIFY_TEST_REQUEST_TIMEOUT_S="soon", NOTIFY_CALLER_KEYS="short")
    output, _ = await service.process.communicate()

    assert service.process.returncode == 2
    assert [line.split(":")[0] for line in output.decode().splitlines()] == [
        "NOTIFY_TEST_REQUEST_TIMEOUT_S",
        "NOTIFY_CALLER_KEYS",
    ]


async def test_a_port_in_use_stops_the_start(service: Service, channel: Channel) -> None:
    port = channel.target.rpartition(":")[2]
    second = await _started(NOTIFY_TEST_GRPC_LISTEN=f"127.0.0.1:{port}")

    failed = await second.logged("start_failed")

    assert (await second.exit_code(), "RuntimeError" in str(failed)) == (1, True)
