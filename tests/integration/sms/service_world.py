"""The sms service, running in the test's process, with all that it talks to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from pydantic import SecretStr

from clients.notifyctl.stack.ports import free_port
from notify.sms.v1 import sms_pb2, sms_pb2_grpc
from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens
from servicekit.lifecycle import Lifecycle
from servicekit.settings import Environment
from services.sms.__main__ import main
from services.sms.config import SmsSettings
from tests.integration.sms.worlds import KEYS, ProviderServer, Queue, firetext_server, mmg_server
from tests.people import OPERATOR, a_person

MMG, FIRETEXT = sms_pb2.SMS_PROVIDER_MMG, sms_pb2.SMS_PROVIDER_FIRETEXT


@dataclass(kw_only=True)
class World:
    """The service, running, and all that it talks to."""

    mmg: ProviderServer
    firetext: ProviderServer
    queue: Queue
    channel: Channel
    lifecycle: Lifecycle
    database_url: str
    port: int

    def __post_init__(self) -> None:
        self.stub: Any = sms_pb2_grpc.SmsServiceStub(self.channel.grpc)

    async def receive(self, provider: sms_pb2.SmsProvider, *bodies: bytes) -> list[list[str]]:
        """Hand receipts to the service, as the gateway does; answers their faults."""
        request = sms_pb2.HandleReceiptsRequest(
            receipts=[sms_pb2.RawReceipt(provider=provider, body=body) for body in bodies]
        )
        for receipt in request.receipts:
            receipt.receive_time.GetCurrentTime()
        response = await self.channel.call(self.stub.HandleReceipts, request)
        return [list(result.faults) for result in response.results]

    def as_caller(self, name: str, roles: frozenset[str] = frozenset()) -> Channel:
        """A channel in another caller's name."""
        caller = a_person(name, next(iter(roles))) if roles else CallerTokens(name, KEYS)
        return make_channel(f"127.0.0.1:{self.port}", caller=caller, reason="a test")

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look into the database; not in the event loop's thread, as the service may hold locks there."""
        return await asyncio.to_thread(self._rows, query)

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, options="-c search_path=sms") as connection:
            return connection.execute(query.encode()).fetchall()


@contextlib.asynccontextmanager
async def a_world(database_url: str, **changes: Any) -> AsyncIterator[World]:
    """Everything, until the end of the block."""
    mmg, firetext, queue = mmg_server(), firetext_server(), Queue()
    port = free_port()
    async with (
        mmg.running() as mmg_url,
        firetext.running() as firetext_url,
        queue.running() as server,
        make_channel(f"127.0.0.1:{port}", caller=CallerTokens("api_gateway", KEYS)) as channel,
    ):
        values: dict[str, Any] = {
            "caller_keys": SecretStr(KEYS),
            "operator_public_keys": OPERATOR.public,
            "database_url": SecretStr(database_url),
            "environment": Environment.DEVELOPMENT,
            "grpc_listen": f"127.0.0.1:{port}",
            "notifications_target": f"127.0.0.1:{server.port}",
            "mmg_url": mmg_url,
            "mmg_api_key": SecretStr("mmg-key"),
            "firetext_url": firetext_url,
            "firetext_api_key": SecretStr("firetext-key"),
        }
        async with asyncio.TaskGroup() as group:
            lifecycle = Lifecycle(group, grace_s=5)
            try:
                await main(lifecycle, SmsSettings(**(values | changes)))
                yield World(
                    mmg=mmg,
                    firetext=firetext,
                    queue=queue,
                    channel=channel,
                    lifecycle=lifecycle,
                    database_url=database_url,
                    port=port,
                )
            finally:
                await lifecycle.finish()
        assert not lifecycle.failed


async def eventually(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Look every few milliseconds until something that no event tells of is so."""
    async with asyncio.timeout(20):
        while True:
            outcome = condition()
            if outcome if isinstance(outcome, bool) else await outcome:
                return
            await asyncio.sleep(0.02)
