"""The header Idempotency-Key: what of it reaches the notifications service, and what a repeat is answered."""

from datetime import timedelta

import pytest

from notifyrules.daily_limits import LimitKind
from servicekit.errors import DeadlineExceeded, RuleBroken
from services.api_gateway.limits import DailyLimitReached, Limits
from tests.unit.api_gateway.fakes import TEMPLATE_ID, Gateway, a_token, invalid, v2_error

PATH = "/v2/notifications/sms"
SMS = {"phone_number": "07700900123", "template_id": TEMPLATE_ID}
KEY = {"idempotency-key": "order 4711"}


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


async def test_without_the_header_nothing_is_sent_along(gateway: Gateway) -> None:
    response = await gateway.post(PATH, SMS)
    assert not gateway.notifications.created[0].HasField("idempotency")
    assert "idempotent-replayed" not in response.headers


async def test_a_repeat_is_answered_byte_for_byte(gateway: Gateway) -> None:
    first = await gateway.post(PATH, SMS, headers=KEY)
    again = await gateway.post(PATH, SMS, headers={**KEY, "host": "another.example"})
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len(gateway.notifications.created) == 1


async def test_keys_mean_something_within_a_kind_of_request(gateway: Gateway) -> None:
    email = {"email_address": "a@example.com", "template_id": TEMPLATE_ID}
    await gateway.post(PATH, SMS, headers=KEY)
    await gateway.post("/v2/notifications/email", email, headers=KEY)
    keys = {bytes(item.idempotency.fingerprint) for item in gateway.notifications.created}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("body", "is_same"),
    [
        (b'{"template_id": "%s", "phone_number": "07700900123"}', True),
        (b'{"phone_number":"07700900123","template_id":"%s"}\n', True),
        (b'{"phone_number": "07700900124", "template_id": "%s"}', False),
        (b'{"phone_number": "07700900123", "template_id": "%s", "reference": null}', False),
        (b'{"phone_number": "07700900123", "template_id": "%s", "personalisation": {}}', False),
    ],
)
async def test_what_counts_as_the_same_request(gateway: Gateway, body: bytes, is_same: bool) -> None:
    first = await gateway.post(PATH, SMS, headers=KEY)
    again = await gateway.post(PATH, body % TEMPLATE_ID.encode(), headers=KEY)
    assert ("idempotent-replayed" in again.headers) is is_same
    assert (again.body == first.body) is is_same


@pytest.mark.parametrize("key", ["", "k" * 256, "café", "tab\there"])
async def test_a_key_that_is_none(gateway: Gateway, key: str) -> None:
    response = await gateway.post(PATH, SMS, headers={"idempotency-key": key})
    assert response.json == invalid("Idempotency-Key must be 1 to 255 printable ASCII characters")
    assert gateway.notifications.created == []


@pytest.mark.parametrize("key", ["x", "k" * 255, "~ !"])
async def test_a_key_that_is_one(gateway: Gateway, key: str) -> None:
    await gateway.post(PATH, SMS, headers={"idempotency-key": key})
    assert gateway.notifications.created[0].idempotency.key == key


@pytest.mark.parametrize(
    ("reason", "status", "retry_after"),
    [("IDEMPOTENCY_KEY_REUSED", 422, None), ("IDEMPOTENCY_KEY_IN_PROGRESS", 409, "1")],
)
async def test_a_key_that_another_request_has(
    gateway: Gateway, reason: str, status: int, retry_after: str | None
) -> None:
    metadata = {} if retry_after is None else {"retry_after_s": retry_after}
    gateway.notifications.failure = RuleBroken(reason, "No", metadata=metadata)
    response = await gateway.post(PATH, SMS, headers=KEY)
    assert (response.status, response.json) == (status, v2_error(status, ("IdempotencyError", "No")))
    assert response.headers.get("retry-after") == retry_after


async def test_a_repeat_whose_time_lies_behind_by_now(gateway: Gateway) -> None:
    soon = (gateway.clock.now() + timedelta(minutes=1)).isoformat()
    first = await gateway.post(PATH, {**SMS, "scheduled_for": soon}, headers=KEY)
    gateway.clock.advance(timedelta(minutes=2))
    token = a_token(iat=int(gateway.clock.now().timestamp()))
    again = await gateway.post(PATH, {**SMS, "scheduled_for": soon}, headers=KEY, token=token)
    assert (again.status, again.body) == (201, first.body)


async def test_a_first_request_that_is_wrong_is_refused_as_ever(gateway: Gateway) -> None:
    with_key = await gateway.post(PATH, {**SMS, "reference": 5}, headers=KEY)
    without = await gateway.post(PATH, {**SMS, "reference": 5})
    assert (with_key.status, with_key.json) == (400, without.json)
    assert gateway.notifications.kept == {}


async def test_a_repeat_after_a_lost_answer_makes_nothing_again(gateway: Gateway) -> None:
    first = await gateway.post(PATH, SMS, headers=KEY)
    gateway.notifications.failure = DeadlineExceeded()
    lost = await gateway.post(PATH, SMS, headers=KEY)
    gateway.notifications.failure = None
    again = await gateway.post(PATH, SMS, headers=KEY)
    assert (lost.status, again.body) == (504, first.body)


async def test_a_repeat_of_the_message_that_took_the_days_last_place(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await gateway.post(PATH, SMS, headers=KEY)

    async def refuse(*_: object) -> None:
        raise DailyLimitReached(LimitKind.SMS, 1, timedelta(hours=1))

    monkeypatch.setattr(Limits, "check", refuse)
    again = await gateway.post(PATH, SMS, headers=KEY)
    other = await gateway.post(PATH, SMS, headers={"idempotency-key": "another"})
    no_json = await gateway.post(PATH, b"{", headers=KEY)
    assert (again.status, again.body) == (201, first.body)
    assert (other.status, no_json.status) == (429, 429)
