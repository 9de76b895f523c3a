"""The stand-in for services' own endpoints."""

import json

import aiohttp
import pytest

from simulators.client import AsyncSimulatorsClient
from simulators.server import Running

RECEIPT = {"id": "a-notification", "status": "delivered"}


async def post(http: aiohttp.ClientSession, simulators: Running, sink: str, body: object = RECEIPT) -> int:
    headers = {"Authorization": "Bearer a-token"}
    async with http.post(f"{simulators.url}/callbacks/{sink}", json=body, headers=headers) as answer:
        return answer.status


async def test_a_callback_is_remembered_as_it_came(
    simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    assert await post(http, simulators, "demo") == 200

    callback = await client.wait_for_callback("demo", "a-notification")
    assert json.loads(callback.body) == RECEIPT
    assert (callback.authorization, callback.content_type) == ("Bearer a-token", "application/json")
    assert (callback.name, callback.answer, callback.copy) == ("demo", 200, 1)


async def test_sinks_are_apart(
    simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode("callbacks/broken", "fail")

    assert (await post(http, simulators, "broken"), await post(http, simulators, "well")) == (500, 200)
    assert [callback.answer for callback in await client.callbacks("broken")] == [500]
    assert [callback.answer for callback in await client.callbacks("well")] == [200]


async def test_a_callback_that_came_twice_counts_as_a_duplicate_only_when_it_was_taken_twice(
    simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode("callbacks/demo", "fail", next_requests=1)
    for _ in range(3):
        await post(http, simulators, "demo")

    counts = (await client.stats()).callbacks["demo"]
    assert (counts.requests, counts.accepted, counts.refused) == (3, 2, 1)
    assert (counts.distinct, counts.duplicates) == (1, 1)


@pytest.mark.parametrize("body", [[], "text", {"id": 5}, {"notification_id": "other-name"}])
async def test_any_body_is_taken(
    body: object, simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    assert await post(http, simulators, "demo", body) == 200

    (callback,) = await client.callbacks("demo")
    assert json.loads(callback.body) == body
    assert callback.reference == (
        "other-name" if isinstance(body, dict) and "notification_id" in body else ""
    )
