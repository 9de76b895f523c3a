"""The named statements and the schema themselves."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest

from notifyrules.statuses import KeyType, NotificationType
from servicekit.database import Queries
from servicekit.migrations import current, head, migrate
from services.notifications.callbacks_store import QUERIES as CALLBACK_QUERIES
from services.notifications.letter_care_store import LETTER_CARE_QUERIES
from services.notifications.reports_store import REPORT_QUERIES
from services.notifications.requests_store import REQUEST_QUERIES
from services.notifications.retention_store import RETENTION_QUERIES
from services.notifications.store import QUERIES, SCHEMA, NotificationFilter, hot_url, list_statement
from services.notifications.upkeep_store import UPKEEP_QUERIES
from tests.conftest import MakeDatabase

HOT = ("claim_deliveries", "complete_deliveries", "apply_statuses", "read_for_reports", "read_notifications")
OF_DELIVERIES = (
    "claim_deliveries",
    "extend_leases",
    "return_expired_leases",
    "complete_deliveries",
    "complete_letters",
)
OF_CALLBACKS = ("claim_callbacks", "end_callbacks", "make_callbacks_due", "expire_callbacks")
AS_WHEN_HOT = (
    b"set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; "
    b"set plan_cache_mode = force_generic_plan"
)
"""What `hot_url` asks for (the options of this module's connection replace it), and what comes of use."""


@pytest.fixture
def connection(
    make_database: MakeDatabase, built: Callable[[str], None]
) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        hot_url(make_database("notifications", built)), options=f"-c search_path={SCHEMA}", autocommit=True
    )


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_named_statement_prepares(
    name: str, connection: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    with connection:
        connection.execute(f"prepare statement as {QUERIES.numbered(name)}".encode())


@pytest.mark.parametrize(
    ("queries", "name"),
    [
        (queries, name)
        for queries in (
            LETTER_CARE_QUERIES,
            REPORT_QUERIES,
            REQUEST_QUERIES,
            RETENTION_QUERIES,
            UPKEEP_QUERIES,
        )
        for name in sorted(queries)
    ],
)
def test_every_named_statement_of_upkeep_prepares(
    queries: Queries, name: str, connection: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    with connection:
        connection.execute(f"prepare statement as {queries.numbered(name)}".encode())


@pytest.mark.parametrize("name", HOT)
def test_hot_statements_look_everything_up_by_index(
    name: str, connection: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    numbered = QUERIES.numbered(name)
    count = max(int(number) for number in re.findall(r"\$(\d+)", numbered))
    with connection:
        connection.execute(AS_WHEN_HOT)
        connection.execute(f"prepare statement as {numbered}".encode())
        nulls = ", ".join(["null"] * count)
        plan = "\n".join(
            str(line) for (line,) in connection.execute(f"explain execute statement({nulls})".encode())
        )
    assert not re.search(r"Seq Scan on (notifications|deliveries)", plan), plan


@pytest.mark.parametrize(
    ("queries", "name", "table", "key"),
    [
        *((QUERIES, name, "deliveries", "notification_id") for name in OF_DELIVERIES),
        *((CALLBACK_QUERIES, name, "callbacks", "id") for name in OF_CALLBACKS),
    ],
)
@pytest.mark.parametrize("state", ["new", "known to be empty"])
def test_an_empty_queue_is_not_walked_whole(
    queries: Queries,
    name: str,
    table: str,
    key: str,
    state: str,
    connection: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    """What looks empty to the planner may hold millions of rows that an old snapshot can still see."""
    numbered = queries.numbered(name)
    count = max(int(number) for number in re.findall(r"\$(\d+)", numbered))
    with connection:
        if state == "known to be empty":
            connection.execute(f"vacuum analyze {table}".encode())
        connection.execute(AS_WHEN_HOT)
        connection.execute(f"prepare statement as {numbered}".encode())
        nulls = ", ".join(["null"] * count)
        lines = [str(line) for (line,) in connection.execute(f"explain execute statement({nulls})".encode())]
    assert not any(f"Seq Scan on {table}" in line for line in lines)
    walks = [
        (found[1], following.strip())
        for line, following in pairwise(lines)
        if (found := re.search(rf"(?:using|Bitmap Index Scan on) ({table}_\w+)", line))
    ]
    assert walks
    for index, condition in walks:
        if index == f"{table}_pkey":
            assert re.match(rf"Index Cond: .*\b{key} [=<] ", condition), condition
        elif table == "deliveries":  # the walk over endpoints begins where the index does
            assert condition.startswith("Index Cond: "), (index, condition)


@pytest.mark.parametrize("filters", [{}, {"older_than": UUID(int=1)}, {"types": (NotificationType.SMS,)}])
def test_page_of_single_messages_walks_their_own_index(
    filters: dict[str, Any], connection: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    plain = NotificationFilter(
        service_id=UUID(int=2),
        key_type=KeyType.NORMAL,
        types=(),
        statuses=(),
        reference=None,
        include_jobs=False,
        older_than=None,
        limit=250,
    )
    query, parameters = list_statement(replace(plain, **filters))
    with connection:
        connection.execute(b"set enable_sort = off")
        plan = "\n".join(str(line) for (line,) in connection.execute(b"explain " + query, parameters))
    scans = re.findall(r"Index Scan\w* using (\w+) on notifications_\d", plan)
    assert scans
    assert all("service_id_key_type_id" in scan for scan in scans), plan


def test_migrating_again_changes_nothing(make_database: MakeDatabase) -> None:
    url = make_database()
    first = migrate(url, "services.notifications", SCHEMA)
    assert migrate(url, "services.notifications", SCHEMA) == first == head("services.notifications")
    assert current(url, SCHEMA) == first
