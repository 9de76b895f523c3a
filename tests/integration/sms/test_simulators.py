"""The sms service with the simulators that people run: each magic number ends as it says, with either
provider."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from clients.notifyctl.stack.ports import free_port
from notify.notifications.v1 import types_pb2
from simulators.config import Config
from simulators.server import start
from tests.integration.sms.service_world import FIRETEXT, MMG, World, a_world
from tests.integration.sms.worlds import a_delivery

DELIVERED = types_pb2.NOTIFICATION_STATUS_DELIVERED
PERMANENT = types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE
TEMPORARY = types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE
TECHNICAL = types_pb2.NOTIFICATION_STATUS_TECHNICAL_FAILURE
PENDING = types_pb2.NOTIFICATION_STATUS_PENDING


class Gateway:
    """Passes on what the providers post, as the gateway does."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.ready = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen until the end of the block; gives the root URL."""
        app = web.Application()
        app.router.add_post("/notifications/sms/{name}", self._receive)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        await self.ready.wait()
        assert self.world is not None
        provider = {"mmg": MMG, "firetext": FIRETEXT}[request.match_info["name"]]
        [faults] = await self.world.receive(provider, await request.read())
        return web.json_response({"result": "error" if faults else "success"}, status=400 if faults else 200)


@contextlib.asynccontextmanager
async def a_simulated_world(database_url: str, data_dir: Path, provider: str) -> AsyncIterator[World]:
    """The service between the simulators and a queue, with one provider."""
    gateway, port = Gateway(), free_port()
    async with gateway.running() as gateway_url:
        simulators = await start(
            Config(
                data_dir=data_dir,
                gateway_url=gateway_url,
                port=port,
                mmg_receipt_delay_ms=1,
                firetext_receipt_delay_ms=1,
            )
        )
        root = f"http://127.0.0.1:{port}"
        try:
            async with a_world(database_url, mmg_url=f"{root}/mmg", firetext_url=f"{root}/firetext") as world:
                await world.rows(
                    f"UPDATE providers SET active = false WHERE name <> '{provider}' RETURNING 1"
                )
                await asyncio.sleep(1.2)  # the copy of the providers is refreshed every second
                gateway.world = world
                gateway.ready.set()
                yield world
        finally:
            await simulators.stop()


EXPECTED = {
    "mmg": {
        "447700900002": [PERMANENT],
        "447700900003": [TEMPORARY],
        "447700900013": [DELIVERED],
        "447700900016": [TECHNICAL],
        "447700900017": [DELIVERED],
        "447900900123": [DELIVERED],
    },
    "firetext": {
        "447700900002": [PERMANENT],
        "447700900003": [PERMANENT],  # its code makes it temporary: an override
        "447700900013": [PENDING, DELIVERED],
        "447700900014": [PENDING, PERMANENT],  # temporary as it was pending: an override
        "447700900016": [TECHNICAL],
        "447700900017": [DELIVERED],
        "447900900123": [DELIVERED],
    },
}


@pytest.mark.parametrize("provider", EXPECTED)
async def test_receipts_say_what_the_number_asks_for(
    database_url: str, tmp_path: Path, provider: str
) -> None:
    expected = EXPECTED[provider]
    async with a_simulated_world(database_url, tmp_path, provider) as world:
        deliveries = {number: a_delivery(phone_number=number) for number in expected}
        await world.queue.put(*deliveries.values())
        await world.queue.until(lambda: len(world.queue.reports) >= sum(map(len, expected.values())))

        reported: dict[str, list[int]] = {}
        for report in world.queue.reports:
            reported.setdefault(report.notification_id, []).append(report.status)
        by_number = {number: reported[pb.notification_id] for number, pb in deliveries.items()}

    assert by_number == expected


@pytest.mark.parametrize(
    ("provider", "codes"),
    [
        ("mmg", {"024": "http_400", "020": "http_500", "022": "throttled", "023": "not_json"}),
        ("firetext", {"024": "refused_code_6", "020": "http_500", "022": "throttled", "023": "not_json"}),
    ],
)
async def test_what_a_provider_does_not_take_is_reported(
    database_url: str, tmp_path: Path, provider: str, codes: dict[str, str]
) -> None:
    async with a_simulated_world(database_url, tmp_path, provider) as world:
        found = {}
        for digits in codes:
            delivery = a_delivery(phone_number=f"447700900{digits}")
            await world.queue.put(delivery)
            result = await world.queue.result(delivery.notification_id)
            world.queue.rows[delivery.notification_id].is_done = True
            found[digits] = result.retry_later.error_code

    assert found == codes


async def test_text_that_fails_once_is_taken_at_the_next_try(database_url: str, tmp_path: Path) -> None:
    async with a_simulated_world(database_url, tmp_path, "mmg") as world:
        [notification_id] = await world.queue.put(a_delivery(phone_number="447700900026"))

        await world.queue.all_done()

        outcomes = [each.WhichOneof("outcome") for each in world.queue.rows[notification_id].results]
        assert outcomes == ["retry_later", "handed_over"]
