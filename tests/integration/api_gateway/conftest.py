"""A gateway's clients with real gRPC behind them."""

from collections.abc import AsyncIterator

import pytest

from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens
from tests.integration.api_gateway.fake_services import KEYS, FakeServices


@pytest.fixture
async def services() -> AsyncIterator[FakeServices]:
    async with FakeServices().running() as services:
        yield services


@pytest.fixture
async def channel(services: FakeServices) -> AsyncIterator[Channel]:
    async with make_channel(services.target, caller=CallerTokens("api_gateway", KEYS)) as channel:
        yield channel
