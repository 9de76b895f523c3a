"""Providers in a sender's schema, without the sender."""

from collections.abc import AsyncIterator

import pytest

from providerkit.store import ProviderStore
from servicekit.database import Pool, make_pool
from servicekit.migrations import migrate
from tests.conftest import MakeDatabase


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[Pool]:
    """A pool as the sms service has it."""
    url = make_database("sms", lambda url: migrate(url, "services.sms", "sms"))
    async with make_pool(url, schema="sms", application_name="test", min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
def store(pool: Pool) -> ProviderStore:
    """What the tests are about."""
    return ProviderStore(pool)
