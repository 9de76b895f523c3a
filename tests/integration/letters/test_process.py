"""The processes of the letters, billing and email services: they migrate, start, are healthy, and stop in
order."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from notify.letters.v1 import letters_pb2, letters_pb2_grpc
from servicekit.errors import RuleBroken
from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens
from tests.conftest import MakeDatabase

ROOT = Path(__file__).parents[3]
KEYS = "k" * 40
NAMES = ["letters", "billing", "email"]


def environment(name: str, database_url: str) -> dict[str, str]:
    """All that a service is told."""
    return {
        "NOTIFY_CALLER_KEYS": KEYS,
        "NOTIFY_DATABASE_URL": database_url,
        "NOTIFY_ENVIRONMENT": "development",
        f"NOTIFY_{name.upper()}_GRPC_LISTEN": "127.0.0.1:0",
        f"NOTIFY_{name.upper()}_METRICS_LISTEN": "127.0.0.1:0",
        "NOTIFY_EMAIL_AWS_ACCESS_KEY_ID": "id",
        "NOTIFY_EMAIL_AWS_SECRET_ACCESS_KEY": "key",
        # Nothing is put there: only `check` of a sweep looks.
        "NOTIFY_LETTERS_OBJECT_STORE_URL": f"{gettempdir()}/no-letters-here",
        "NOTIFY_LETTERS_SECRET_KEYS": "s" * 40,
        "PATH": "/usr/bin:/bin",
    }


async def run(name: str, database_url: str, *options: str, **more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"services.{name}",
        *options,
        cwd=ROOT,
        env=environment(name, database_url) | more,
        stdout=asyncio.subprocess.PIPE,
    )


async def port_of(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    async for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "server_started":
            return int(event["port"])
    raise AssertionError("the process ended before it listened")


@contextlib.asynccontextmanager
async def a_service(name: str, database_url: str) -> AsyncIterator[Channel]:
    """A migrated and running service, asked by the gateway; it must stop in order at the end of the block."""
    migrating = await run(name, database_url, "--migrate")
    await migrating.communicate()
    assert migrating.returncode == 0
    process = await run(name, database_url)
    try:
        target = f"127.0.0.1:{await port_of(process)}"
        async with make_channel(target, caller=CallerTokens("api_gateway", KEYS)) as channel:
            yield channel
        process.terminate()
        await process.communicate()
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def names_of_services(channel: Channel) -> set[str]:
    stub = reflection_pb2_grpc.ServerReflectionStub(channel.grpc)
    call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
    async for response in call:
        return {service.name for service in response.list_services_response.service}
    return set()


@pytest.mark.parametrize("name", NAMES)
async def test_a_service_starts_is_healthy_tells_its_calls_and_stops(
    name: str, make_database: MakeDatabase
) -> None:
    async with a_service(name, make_database()) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel.grpc)
        answer = await channel.call(health.Check, health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert f"notify.{name}.v1.{name.capitalize()}Service" in await names_of_services(channel)


async def test_a_letter_that_nobody_knows_has_no_pdf_yet(make_database: MakeDatabase) -> None:
    async with a_service("letters", make_database()) as channel:
        stub: Any = letters_pb2_grpc.LettersServiceStub(channel.grpc)
        request = letters_pb2.GetLetterPdfRequest(service_id=str(uuid4()), notification_id=str(uuid4()))
        with pytest.raises(RuleBroken) as caught:
            await channel.call(stub.GetLetterPdf, request)
        assert caught.value.reason == "PDF_NOT_READY"


async def test_letters_do_not_start_in_production_without_a_virus_scanner() -> None:
    process = await run("letters", "postgresql://nobody@127.0.0.1:1/none", NOTIFY_ENVIRONMENT="production")
    told, _ = await process.communicate()
    assert process.returncode == 2
    assert b"NOTIFY_LETTERS_CLAMD_URL: " in told
    assert b"a virus scanner" in told


@pytest.mark.parametrize("name", NAMES)
async def test_the_settings_can_be_checked_without_starting(name: str) -> None:
    process = await run(name, "postgresql://nobody@127.0.0.1:1/none", "--check-config")
    told, _ = await process.communicate()
    assert (process.returncode, told.decode()) == (0, f"{name}: settings are in order\n")
