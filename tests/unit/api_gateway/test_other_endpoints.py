"""Endpoints without a token: providers' callbacks, unsubscribing, status."""

import pytest

from servicekit.errors import InvalidRequest, NotAuthenticated, Unavailable, Unimplemented, Violation
from services.api_gateway.ports import EmailReceiptOutcome, SmsProvider
from tests.unit.api_gateway.fakes import Gateway, invalid, v2_error

UNSUBSCRIBE = "/unsubscribe/2ebe4da8-17be-49fe-b02f-dff2760261a0"
LETTER_STATUS = "/notifications/letter/status"


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.mark.parametrize(
    ("path", "provider"),
    [("/notifications/sms/mmg", SmsProvider.MMG), ("/notifications/sms/firetext", SmsProvider.FIRETEXT)],
)
async def test_a_receipt_is_handed_on_as_it_came(gateway: Gateway, path: str, provider: SmsProvider) -> None:
    response = await gateway.call("POST", path, body=b"anything \xff")
    assert (response.status, response.json) == (200, {"result": "success"})
    assert gateway.sms.receipts == [(provider, b"anything \xff")]


async def test_a_providers_faults_are_told_to_it(gateway: Gateway) -> None:
    gateway.sms.faults = ["MMG callback failed: status missing", "MMG callback failed: CID missing"]
    response = await gateway.call("POST", "/notifications/sms/mmg", body=b"{}")
    assert (response.status, response.json) == (
        400,
        {
            "result": "error",
            "message": ["MMG callback failed: status missing", "MMG callback failed: CID missing"],
        },
    )


async def test_one_fault_is_a_list_too(gateway: Gateway) -> None:
    gateway.sms.faults = ["MMG callback failed: status missing"]
    response = await gateway.call("POST", "/notifications/sms/mmg", body=b"{}")
    assert response.json["message"] == ["MMG callback failed: status missing"]


async def test_a_receipt_that_cannot_be_kept_now_must_come_again(gateway: Gateway) -> None:
    gateway.sms.failure = Unavailable("away")
    response = await gateway.call("POST", "/notifications/sms/mmg", body=b"{}")
    assert (response.status, response.headers["retry-after"]) == (503, "5")
    assert response.json["result"] == "error"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (EmailReceiptOutcome.ACCEPTED, 200),
        (EmailReceiptOutcome.MALFORMED, 400),
        (EmailReceiptOutcome.FORBIDDEN, 403),
    ],
)
async def test_messages_of_the_email_provider(
    gateway: Gateway, outcome: EmailReceiptOutcome, status: int
) -> None:
    gateway.email.outcome = outcome
    response = await gateway.call("POST", "/notifications/email/ses", body=b"{}")
    assert (response.status, response.json["result"]) == (status, "success" if status == 200 else "error")


async def test_a_receipt_may_not_be_endless(gateway: Gateway) -> None:
    response = await gateway.call("POST", "/notifications/sms/mmg", body=b"x" * 100_001)
    assert (response.status, response.json["result"]) == (413, "error")


REFUSED = v2_error(403, ("InvalidRequest", "A valid token must be provided in the query string"))


@pytest.mark.parametrize("query", ["", "?token=", "?other=x"])
async def test_a_letter_status_needs_a_token(gateway: Gateway, query: str) -> None:
    response = await gateway.call("POST", LETTER_STATUS + query, body=b"{}")
    assert (response.status, response.json) == (403, REFUSED)


@pytest.mark.parametrize("failure", [NotAuthenticated("TOKEN", "x"), Unimplemented("not built")])
async def test_a_letter_status_with_a_token_that_is_not_ours(gateway: Gateway, failure: Exception) -> None:
    gateway.letters.failure = failure
    response = await gateway.call("POST", f"{LETTER_STATUS}?token=nonsense", body=b"{}")
    assert (response.status, response.json) == (403, REFUSED)


async def test_a_letter_status_that_is_accepted(gateway: Gateway) -> None:
    response = await gateway.call("POST", f"{LETTER_STATUS}?token=good", body=b"{}")
    assert (response.status, response.body) == (204, b"")


async def test_faults_of_a_letter_status(gateway: Gateway) -> None:
    gateway.letters.failure = InvalidRequest([Violation("id", "id is a required property")])
    response = await gateway.call("POST", f"{LETTER_STATUS}?token=good", body=b"{}")
    assert response.json == invalid("id is a required property")


@pytest.mark.parametrize(
    "path", [f"{UNSUBSCRIBE}/nonsense", f"/unsubscribe/foo/{'a' * 43}", f"{UNSUBSCRIBE}/{'a' * 42}="]
)
async def test_an_unsubscribe_link_that_is_not_real(gateway: Gateway, path: str) -> None:
    response = await gateway.call("POST", path)
    assert (response.status, response.json) == (
        404,
        {"result": "error", "message": {"unsubscribe request": "This is not a valid unsubscribe link."}},
    )


async def test_an_unsubscribe_link_that_may_be_real_is_not_called_bad(gateway: Gateway) -> None:
    response = await gateway.call("POST", f"{UNSUBSCRIBE}/{'a' * 43}")
    assert (response.status, response.json) == (
        501,
        {"result": "error", "message": "Unsubscribing is not available yet"},
    )


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/_status"), ("POST", "/_status")])
async def test_status(gateway: Gateway, method: str, path: str) -> None:
    response = await gateway.call(method, path)
    assert (response.status, response.json) == (
        200,
        {
            "status": "ok",
            "git_commit": "abc",
            "build_time": "today",
            "db_version": None,
            "db_bulk_version": None,
        },
    )


@pytest.mark.parametrize("serving", [True, False])
async def test_the_simple_status_asks_nobody(gateway: Gateway, serving: bool) -> None:
    gateway.health.serving = serving
    response = await gateway.call("GET", "/_status?simple=1")
    assert (response.status, response.json) == (200, {"status": "ok"})


async def test_status_while_the_notifications_service_is_away(gateway: Gateway) -> None:
    gateway.health.serving = False
    response = await gateway.call("GET", "/_status")
    assert (response.status, response.json["result"]) == (503, "error")
