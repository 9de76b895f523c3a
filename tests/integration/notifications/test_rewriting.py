"""Changing the key of secrets at rest while everything runs: two keys, rewriting, one key."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from notifyrules.statuses import KeyType
from operationskit.tasks import TaskRun
from servicekit.errors import InternalError
from servicekit.ids import new_id
from services.notifications.rewriting import TABLES, Rewriting
from services.notifications.secret_box import SecretBox
from tests.integration.notifications.conftest import System

OLD, NEW = "o" * 40, "n" * 40


def a_box(*keys: str) -> SecretBox:
    return SecretBox(SecretStr(",".join(keys)))


async def fill(system: System, box: SecretBox) -> None:
    """A secret of each kind."""
    async with system.pool.connection() as connection:
        await connection.execute(
            "insert into api_keys (id, service_id, name, key_type, secret_encrypted, created_at) "
            "values (%s, %s, %s, %s, %s, now())",
            (new_id(), system.service_id, f"key {new_id()}", KeyType.NORMAL.value, box.encrypt("secret")),
        )
        await connection.execute(
            "insert into service_callbacks (service_id, kind, url, token_encrypted, updated_at, "
            "signing_secrets_encrypted) values (%s, 'delivery_status', 'https://a', %s, now(), %s)",
            (system.service_id, box.encrypt("token"), [box.encrypt("one"), box.encrypt("two")]),
        )
        await connection.execute(
            "insert into unsubscribe_requests (id, notification_id, service_id, template_id, template_version, "
            "email_address_encrypted) values (%s, %s, %s, %s, 1, %s)",
            (new_id(), new_id(), system.service_id, new_id(), box.encrypt("ada@example.com")),
        )


async def kept(system: System, read: Callable[[bytes], str]) -> set[str]:
    """Everything encrypted, read."""
    texts = set()
    async with system.pool.connection() as connection:
        for table in TABLES:
            query = f"select {', '.join(table.columns)} from {table.table}"
            for row in await (await connection.execute(query.encode())).fetchall():
                for value in row:
                    texts |= {read(each) for each in (value if isinstance(value, list) else [value])}
    return texts


async def rewrite(system: System, box: SecretBox) -> dict[str, int]:
    run = TaskRun(id=1, scheduled_for=system.clock.now())
    await Rewriting(system.pool, box).rewrite(run)
    return run.counts


async def test_after_rewriting_the_newest_key_alone_reads_everything(system: System) -> None:
    async with system.pool.connection() as connection:
        await connection.execute("delete from api_keys")  # of another key
    await fill(system, a_box(OLD))
    both = a_box(NEW, OLD)
    before = await kept(system, both.decrypt)
    with pytest.raises(InternalError):
        await kept(system, a_box(NEW).decrypt)

    counts = await rewrite(system, both)

    assert (counts["api_keys_rewritten"], counts["service_callbacks_rewritten"]) == (1, 1)
    assert (
        await kept(system, a_box(NEW).decrypt)
        == before
        == {
            "secret",
            "token",
            "one",
            "two",
            "ada@example.com",
        }
    )
    assert set(await rewrite(system, both)) == {"looked_at"}  # again changes nothing


async def test_every_encrypted_column_is_known(system: System) -> None:
    async with system.pool.connection() as connection:
        cursor = await connection.execute(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = current_schema() and column_name like '%encrypted%'"
        )
        found = set(await cursor.fetchall())
    assert found == {(table.table, column) for table in TABLES for column in table.columns}
