"""Books for each test."""

from collections.abc import AsyncIterator

import pytest

from servicekit.database import make_pool, trusting_indexes
from services.billing.store import SCHEMA
from tests.conftest import MakeDatabase
from tests.integration.billing.books import Books, build, make_books


@pytest.fixture
async def books(make_database: MakeDatabase) -> AsyncIterator[Books]:
    """Empty books with the published figures."""
    url = make_database("billing", build)
    async with make_pool(trusting_indexes(url), schema=SCHEMA, application_name="tests", max_size=4) as pool:
        books = make_books(pool)
        await books.empty()
        yield books
