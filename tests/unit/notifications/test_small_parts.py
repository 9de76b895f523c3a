"""Caches, secrets, partitions, callbacks' bodies, tables of values."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from pydantic import SecretStr

from notify.notifications.v1 import types_pb2 as pb
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.access import only
from servicekit.errors import InternalError, InvalidRequest, NotFound, RuleBroken
from servicekit.ids import first_id_at, new_id
from services.notifications.accounts import (
    checked_callback,
    checked_guest_list,
    checked_name,
    checked_permissions,
    checked_sms_sender,
    default_sms_sender,
)
from services.notifications.caches import TtlCache
from services.notifications.callers import ALLOWED_CALLERS
from services.notifications.convert.values import KEY_TYPES, STATUSES, TYPES, item_error, page_size
from services.notifications.partitions import partition_name, week_of
from services.notifications.secret_box import SecretBox

KEY = "first key that is long enough really"
OTHER = "second key that is long enough really"


async def test_concurrent_misses_share_one_load() -> None:
    loads = []
    release = asyncio.Event()

    async def load(key: str) -> str:
        loads.append(key)
        await release.wait()
        return key.upper()

    cache: TtlCache[str, str] = TtlCache(load, ttl_s=60)
    waiting = [asyncio.ensure_future(cache.get("a")) for _ in range(3)]
    while not loads:
        await asyncio.sleep(0)
    release.set()
    assert await asyncio.gather(*waiting) == ["A", "A", "A"]
    assert (loads, cache.peek("a")) == (["a"], "A")


async def test_a_failed_load_is_not_kept() -> None:
    answers = iter([None, "found"])

    async def load(key: str) -> str:
        answer = next(answers)
        if answer is None:
            raise NotFound("thing")
        return answer

    cache: TtlCache[str, str] = TtlCache(load, ttl_s=60)
    with pytest.raises(NotFound):
        await cache.get("a")
    assert await cache.get("a") == "found"


async def test_a_cache_drops_the_oldest_when_full() -> None:
    async def load(key: int) -> int:
        return key + 1

    cache: TtlCache[int, int] = TtlCache(load, ttl_s=60, max_entries=2)
    for key in range(3):
        await cache.get(key)
    assert [cache.peek(key) for key in range(3)] == [None, 2, 3]


async def test_a_stale_entry_is_loaded_again() -> None:
    async def load(key: str) -> str:
        return key

    cache: TtlCache[str, str] = TtlCache(load, ttl_s=0)
    await cache.get("a")
    assert cache.peek("a") is None


def test_secrets_survive_the_rotation_of_keys() -> None:
    encrypted = SecretBox(SecretStr(KEY)).encrypt("a secret")
    rotated = SecretBox(SecretStr(f"{OTHER}, {KEY}"))
    assert rotated.decrypt(encrypted) == "a secret"
    assert b"a secret" not in encrypted


def test_without_its_key_a_secret_stays_closed() -> None:
    with pytest.raises(InternalError):
        SecretBox(SecretStr(OTHER)).decrypt(SecretBox(SecretStr(KEY)).encrypt("a secret"))


@pytest.mark.parametrize("keys", ["", "short", f"{KEY},short"])
def test_weak_keys_are_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="32 characters"):
        SecretBox(SecretStr(keys))


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "notifications_2026_w47"),
        (datetime(2026, 11, 23, tzinfo=UTC), "notifications_2026_w48"),
        (datetime(2027, 1, 1, tzinfo=UTC), "notifications_2026_w53"),
    ],
)
def test_partitions_are_iso_weeks(moment: datetime, name: str) -> None:
    assert partition_name(week_of(moment)) == name


def test_an_id_falls_into_the_partition_of_its_time() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    for offset in (timedelta(0), timedelta(microseconds=1), timedelta(days=6, hours=23)):
        for bucket in (0, 4095):
            id = new_id(at=monday + offset, bucket=bucket)
            assert first_id_at(monday) <= id < first_id_at(monday + timedelta(weeks=1))


@pytest.mark.parametrize(
    ("table", "enum", "names"),
    [
        (TYPES, NotificationType, pb.NotificationType.keys()),
        (KEY_TYPES, KeyType, pb.KeyType.keys()),
        (STATUSES, NotificationStatus, pb.NotificationStatus.keys()),
    ],
)
def test_proto_enums_have_the_members_of_ours(
    table: Mapping[int, StrEnum], enum: type[StrEnum], names: list[str]
) -> None:
    assert len(table) == len(names) - 1  # less the unspecified one
    # `failed` is only ever read from old rows and never travels.
    assert {member.name for member in enum} - {member.name for member in table.values()} <= {"FAILED"}


def test_an_error_of_an_item_tells_its_reason() -> None:
    error = item_error(RuleBroken("TEMPLATE_NOT_FOUND", "Template not found"))
    assert (error.reason, error.message) == ("TEMPLATE_NOT_FOUND", "Template not found")


@pytest.mark.parametrize(("given", "size"), [(0, 50), (7, 7), (250, 250)])
def test_page_sizes(given: int, size: int) -> None:
    assert page_size(given, 50, 250) == size


@pytest.mark.parametrize("given", [-1, 251])
def test_impossible_page_sizes_are_refused(given: int) -> None:
    with pytest.raises(InvalidRequest):
        page_size(given, 50, 250)


@pytest.mark.parametrize(
    ("url", "allow_http", "fine"),
    [
        ("https://example.com/hook", False, True),
        ("http://127.0.0.1:6299/hook", True, True),
        ("http://example.com/hook", False, False),
        ("https://user:password@example.com", True, False),
        ("ftp://example.com", True, False),
        ("https://", True, False),
        ("not a url", True, False),
        ("https://exa\nmple.com", True, False),
    ],
)
def test_callback_urls(url: str, allow_http: bool, fine: bool) -> None:
    if fine:
        checked_callback(url, "long enough token", allow_http=allow_http)
    else:
        with pytest.raises(InvalidRequest):
            checked_callback(url, "long enough token", allow_http=allow_http)


@pytest.mark.parametrize("value", ["SENDER", "My Council", "07700900555", "HMRC-2"])
def test_text_senders_that_are_fine(value: str) -> None:
    assert checked_sms_sender(value) == value


@pytest.mark.parametrize("value", ["", "twelve chars", "1234", "a\nb", "<b>"])
def test_text_senders_that_are_not(value: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_sms_sender(value)


@pytest.mark.parametrize(("name", "sender"), [("Conformance Main", "Conformance"), ("é", "NOTIFY")])
def test_a_sender_is_made_from_a_services_name(name: str, sender: str) -> None:
    assert default_sms_sender(name) == sender


@pytest.mark.parametrize("name", ["", "   ", "a" * 256, "nul\0"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_name("name", name)


def test_permissions_are_known_ones_each_once() -> None:
    assert checked_permissions(["sms", "email", "sms"]) == ("sms", "email")
    with pytest.raises(InvalidRequest, match="fax"):
        checked_permissions(["fax"])


def test_a_guest_list_has_phone_numbers_and_addresses() -> None:
    assert checked_guest_list(["07700900123"], ["a@b.com"]) == ("07700900123", "a@b.com")
    with pytest.raises(InvalidRequest):
        checked_guest_list(["nobody"], [])


def test_secrets_of_keys_are_for_the_gateway_alone() -> None:
    name = "notify.notifications.v1.AccountsService/GetServiceCredentials"
    assert ALLOWED_CALLERS[name] == only("api_gateway")
