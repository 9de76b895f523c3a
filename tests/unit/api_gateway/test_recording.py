"""What is kept of requests: counts by day, and which were refused."""

from datetime import timedelta

import pytest

from servicekit.errors import InvalidRequest, NotFound, Unavailable
from services.api_gateway.recording import Kind
from tests.unit.api_gateway.fakes import NOTIFICATION_ID, SECRETS, SERVICE_ID, Gateway, a_token

TEXT = b'{"phone_number": "07700900123", "template_id": "8b9c6c2b-4ed5-4b1e-9d0a-0d8c8b3b7a11"}'
READ = f"/v2/notifications/{NOTIFICATION_ID}"
TODAY = "2026-03-04"


async def send(gateway: Gateway, body: bytes = TEXT, token: str | None = None) -> int:
    answer = await gateway.call("POST", "/v2/notifications/sms", body=body, token=token or a_token())
    return answer.status


def refused(gateway: Gateway) -> list[tuple[Kind, int]]:
    return list(gateway.records.refused.values())


async def test_requests_are_counted_by_day_and_those_that_failed_by_our_fault() -> None:
    gateway = Gateway()
    await send(gateway)
    gateway.notifications.failure = Unavailable("away")
    await send(gateway)
    await gateway.call("GET", "/_status")  # no request to the API
    await gateway.call("GET", "/v2/nothing", token=a_token())

    await gateway.recorder.tell()

    assert (gateway.records.counts, refused(gateway)) == ({TODAY: (2, 1)}, [])


async def test_a_day_ends_at_londons_midnight_and_is_told_to_its_end() -> None:
    gateway = Gateway()
    await send(gateway)
    gateway.clock.advance(timedelta(hours=12))
    await send(gateway, token="none")
    await send(gateway, token="none")

    await gateway.recorder.tell()

    assert gateway.records.counts == {TODAY: (1, 0), "2026-03-05": (2, 0)}


async def test_refused_requests_alike_are_one_entry_with_key_route_and_reason() -> None:
    gateway = Gateway()
    for _ in range(3):
        await send(gateway, b'{"phone_number": 7, "ada@example.com": 1}')

    await gateway.recorder.tell()

    ((kind, count),) = refused(gateway)
    assert count == 3
    assert kind == Kind(
        service_id=SERVICE_ID,
        api_key_id="key-normal",
        method="POST",
        route="/v2/notifications/sms",
        status=400,
        error="ValidationError",
        reason="INVALID_REQUEST",
        fields=kind.fields,
    )
    assert "phone_number" in kind.fields
    assert "ada@example.com" not in str(kind)


@pytest.mark.parametrize(
    ("token", "reason", "service_id"),
    [
        (a_token(SECRETS["revoked"]), "TOKEN_KEY_REVOKED", SERVICE_ID),
        (a_token("wrong" * 8), "TOKEN_KEY_NOT_FOUND", SERVICE_ID),
        (a_token(iss="0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c77"), "TOKEN_SERVICE_NOT_FOUND", None),
        ("no token", "TOKEN_MALFORMED", None),
    ],
)
async def test_a_refused_token_is_told_of_its_service_if_there_is_one(
    token: str, reason: str, service_id: str | None
) -> None:
    gateway = Gateway()
    await gateway.call("GET", READ, token=token)

    await gateway.recorder.tell()

    ((kind, _),) = refused(gateway)
    assert (kind.reason, kind.service_id, kind.api_key_id) == (reason, service_id, None)
    assert kind.route == "/v2/notifications/{id}"


async def test_what_could_not_be_told_is_told_later_and_nothing_twice() -> None:
    gateway = Gateway()
    gateway.records.failure = Unavailable("away")
    await send(gateway, token="none")
    await gateway.recorder.tell()
    gateway.records.failure = None
    await send(gateway, token="none")

    await gateway.recorder.tell()
    await gateway.recorder.tell()

    assert (gateway.records.counts, gateway.records.calls) == ({TODAY: (2, 0)}, 2)
    assert [count for _, count in refused(gateway)] == [2]


async def test_an_entry_ends_after_a_minute() -> None:
    gateway = Gateway()
    for _ in range(2):
        await send(gateway, token="none")
        gateway.clock.advance(timedelta(seconds=61))
        await gateway.recorder.tell()

    assert [count for _, count in refused(gateway)] == [1, 1]


async def test_too_many_kinds_are_dropped_and_never_kept_waiting_for() -> None:
    gateway = Gateway()
    gateway.records.failure = Unavailable("away")
    gateway.notifications.failure = NotFound("notification")
    for target in ("", "?status=x", "?template_type=x", "?older_than=x", "?include_jobs=x", "?page=1"):
        await gateway.call("GET", f"/v2/notifications{target}", token="none")
        await gateway.call("GET", f"/v2/notifications{target}", token=a_token())
    for path in ("/v2/templates", "/v2/template/x", "/v2/jobs/x", READ, "/v2/received-text-messages"):
        await gateway.call("GET", path, token="none")
    gateway.records.failure = None

    await gateway.recorder.tell()

    assert len(refused(gateway)) == 5


async def test_an_entry_that_is_refused_itself_does_not_block_others() -> None:
    gateway = Gateway()
    gateway.records.failure = InvalidRequest([])
    await send(gateway, token="none")
    await gateway.recorder.tell()
    gateway.records.failure = None
    gateway.clock.advance(timedelta(seconds=61))
    await gateway.recorder.tell()
    await send(gateway, token="none")

    await gateway.recorder.tell()

    assert [count for _, count in refused(gateway)] == [1]
