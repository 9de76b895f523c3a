"""The email service with the simulators that people run: each magic address ends as it says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from google.protobuf.timestamp_pb2 import Timestamp

from clients.notifyctl.stack.ports import free_port
from notify.email.v1 import email_pb2
from notify.notifications.v1 import types_pb2
from simulators.config import Config
from simulators.server import start
from tests.integration.email.service_world import World, a_delivery, a_world, eventually
from tests.integration.email.worlds import listening

ARN = "arn:aws:sns:eu-west-2:000000000000:ses-notifications"
ANSWERS = {
    email_pb2.RECEIPT_OUTCOME_ACCEPTED: 200,
    email_pb2.RECEIPT_OUTCOME_MALFORMED: 400,
    email_pb2.RECEIPT_OUTCOME_FORBIDDEN: 403,
}


class Gateway:
    """Passes on what SNS posts, as the gateway does."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.ready = asyncio.Event()
        self.answers: list[int] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen until the end of the block; gives the root URL."""
        app = web.Application()
        app.router.add_post("/notifications/email/ses", self._receive)
        async with listening(app) as url:
            yield url

    async def _receive(self, request: web.Request) -> web.Response:
        await self.ready.wait()
        assert self.world is not None
        at = Timestamp()
        at.GetCurrentTime()
        receipt = email_pb2.RawReceipt(body=await request.read(), receive_time=at)
        pb = email_pb2.HandleReceiptsRequest(receipts=[receipt])
        response: Any = await self.world.channel.call(self.world.stub.HandleReceipts, pb)
        self.answers.append(response.results[0].outcome)
        return web.Response(status=ANSWERS[response.results[0].outcome])


@contextlib.asynccontextmanager
async def a_simulated_world(
    database_url: str, data_dir: Path, version: Any = "2"
) -> AsyncIterator[tuple[World, Gateway]]:
    """The service between the simulators and a queue."""
    gateway = Gateway()
    port = free_port()
    async with gateway.running() as gateway_url:
        config = Config(
            data_dir=data_dir,
            gateway_url=gateway_url,
            port=port,
            ses_receipt_delay_ms=1,
            sns_signature_version=version,
        )
        simulators = await start(config)
        try:
            async with a_world(
                database_url,
                ses_endpoint_url=f"http://127.0.0.1:{port}/ses",
                sns_topic_arns=ARN,
                sns_certificate_hosts=f"127.0.0.1:{port}",
            ) as world:
                gateway.world = world
                gateway.ready.set()
                yield world, gateway
        finally:
            await simulators.stop()


@pytest.mark.parametrize("version", ["1", "2"])
async def test_emails_end_as_their_addresses_say(database_url: str, tmp_path: Path, version: str) -> None:
    expected = {
        "delivered": types_pb2.NOTIFICATION_STATUS_DELIVERED,
        "perm-fail": types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE,
        "temp-fail": types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE,
        "duplicate": types_pb2.NOTIFICATION_STATUS_DELIVERED,
        "complaint": types_pb2.NOTIFICATION_STATUS_DELIVERED,
    }
    async with a_simulated_world(database_url, tmp_path, version) as (world, _):
        ids = {
            name: await world.notifications.put(a_delivery(address=f"{name}@simulator.notify"))
            for name in expected
        }
        assert {name: await world.notifications.status(ids[name]) for name in expected} == expected
        await eventually(
            lambda: world.rows("SELECT notification_id FROM complaints") == [(ids["complaint"],)]
        )


async def test_what_ses_does_not_take_is_reported(database_url: str, tmp_path: Path) -> None:
    async with a_simulated_world(database_url, tmp_path) as (world, _):
        codes = {}
        for name in ("error", "throttle", "garbage", "drop"):
            result = await world.notifications.result(
                await world.notifications.put(a_delivery(address=f"{name}@simulator.notify"))
            )
            codes[name] = result.retry_later.error_code
        refused = await world.notifications.result(
            await world.notifications.put(a_delivery(address="invalid@simulator.notify"))
        )
        assert codes == {
            "error": "internal_service_error",
            "throttle": "throttled",
            "garbage": "bad_answer",
            "drop": "connection",
        }
        assert refused.refused.error_code == "invalid_parameter"


async def test_a_forged_receipt_is_forbidden_and_the_subscription_confirmed(
    database_url: str, tmp_path: Path
) -> None:
    async with a_simulated_world(database_url, tmp_path) as (world, gateway):
        await world.notifications.result(
            await world.notifications.put(a_delivery(address="forged@simulator.notify"))
        )
        await eventually(lambda: len(gateway.answers) == 2)
        assert sorted(gateway.answers) == [
            email_pb2.RECEIPT_OUTCOME_ACCEPTED,
            email_pb2.RECEIPT_OUTCOME_FORBIDDEN,
        ]
        assert world.notifications.reports == []
