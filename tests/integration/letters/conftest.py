"""A migrated schema for each test of the letters service, and a pool over it."""

from collections.abc import AsyncIterator

import pytest

from servicekit.database import Pool, make_pool
from servicekit.migrations import migrate
from tests.conftest import MakeDatabase


@pytest.fixture
def database_url(make_database: MakeDatabase) -> str:
    """A database with the letters service's schema."""
    return make_database("letters", lambda url: migrate(url, "services.letters", "letters"))


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool as the service has it."""
    async with make_pool(
        database_url, schema="letters", application_name="test", min_size=1, max_size=4
    ) as pool:
        yield pool
