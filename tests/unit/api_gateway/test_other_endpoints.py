"""Endpoints without a token: providers' callbacks, unsubscribing, status."""

import pytest

from servicekit.errors import InvalidRequest, NotAuthenticated, RuleBroken, Unavailable, Violation
from services.api_gateway.ports import (
    EmailReceiptOutcome,
    InboundAnswer,
    InboundResult,
    SmsProvider,
    UnsubscribeOutcome,
)
from tests.unit.api_gateway.fakes import Gateway, invalid, v2_error

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


async def test_a_letter_status_with_a_token_that_is_not_ours(gateway: Gateway) -> None:
    gateway.letters.failure = NotAuthenticated(
        "REPORT_TOKEN_REFUSED", "A valid token must be provided in the query string"
    )
    response = await gateway.call("POST", f"{LETTER_STATUS}?token=nonsense", body=b"{}")
    assert (response.status, response.json) == (403, REFUSED)


async def test_a_letter_status_that_is_accepted(gateway: Gateway) -> None:
    response = await gateway.call("POST", f"{LETTER_STATUS}?token=good", body=b"{}")
    assert (response.status, response.body) == (204, b"")


@pytest.mark.parametrize(
    ("failure", "status", "error"),
    [
        (RuleBroken("REPORT_ID_MISMATCH", "Not the same"), 400, ("InvalidRequest", "Not the same")),
        (RuleBroken("REPORT_UNREADABLE", "Not JSON"), 400, ("BadRequestError", "Not JSON")),
    ],
)
async def test_a_letter_status_that_is_refused(
    failure: Exception, status: int, error: tuple[str, str], gateway: Gateway
) -> None:
    gateway.letters.failure = failure
    response = await gateway.call("POST", f"{LETTER_STATUS}?token=good", body=b"{}")
    assert (response.status, response.json) == (status, v2_error(status, error))


async def test_faults_of_a_letter_status(gateway: Gateway) -> None:
    gateway.letters.failure = InvalidRequest([Violation("id", "id is a required property")])
    response = await gateway.call("POST", f"{LETTER_STATUS}?token=good", body=b"{}")
    assert response.json == invalid("id is a required property")


@pytest.mark.parametrize(
    ("outcome", "status", "body"),
    [
        (UnsubscribeOutcome.ACCEPTED, 200, {"result": "success", "message": "Unsubscribe successful"}),
        (
            UnsubscribeOutcome.BAD_TOKEN,
            404,
            {
                "result": "error",
                "message": {"unsubscribe request": "This is not a valid unsubscribe link."},
            },
        ),
        (
            UnsubscribeOutcome.UNKNOWN_NOTIFICATION,
            404,
            {
                "result": "error",
                "message": {"unsubscribe request": "This unsubscribe link is invalid or expired."},
            },
        ),
    ],
)
async def test_an_unsubscribe_link(
    gateway: Gateway, outcome: UnsubscribeOutcome, status: int, body: object
) -> None:
    gateway.unsubscribing.outcome = outcome
    response = await gateway.call("POST", "/unsubscribe/an-id/a-token", body=b"List-Unsubscribe=One-Click")
    assert (response.status, response.json) == (status, body)
    assert gateway.unsubscribing.links == [("an-id", "a-token")]


async def test_an_unsubscribe_link_is_not_followed_with_get(gateway: Gateway) -> None:
    assert (await gateway.call("GET", "/unsubscribe/an-id/a-token")).status == 405
    assert gateway.unsubscribing.links == []


@pytest.mark.parametrize(
    ("path", "provider"),
    [
        ("/notifications/sms/receive/mmg", SmsProvider.MMG),
        ("/notifications/sms/receive/firetext", SmsProvider.FIRETEXT),
    ],
)
async def test_a_received_text_is_handed_on_as_it_came(
    gateway: Gateway, path: str, provider: SmsProvider
) -> None:
    response = await gateway.call("POST", path, body=b"any \xff", headers={"authorization": "Basic eDp5"})
    assert (response.status, response.json) == (200, {"status": "ok"})
    assert gateway.sms.inbound_texts == [(provider, b"any \xff", "Basic eDp5")]


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        (InboundAnswer.NO_CREDENTIALS, 401, "Unauthorized: authentication token must be provided"),
        (InboundAnswer.WRONG_CREDENTIALS, 403, "Forbidden: invalid authentication token provided"),
        (InboundAnswer.MALFORMED, 400, ["MMG inbound failed: Message missing"]),
    ],
)
async def test_a_received_text_that_is_not_taken(
    gateway: Gateway, answer: InboundAnswer, status: int, message: object
) -> None:
    gateway.sms.inbound = InboundResult(answer, ["MMG inbound failed: Message missing"])
    response = await gateway.call("POST", "/notifications/sms/receive/mmg", body=b"{}")
    assert (response.status, response.json) == (status, {"result": "error", "message": message})
    assert response.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


async def test_a_received_text_that_nobody_wants(gateway: Gateway) -> None:
    gateway.sms.inbound = InboundResult(InboundAnswer.RECEIVED)
    response = await gateway.call("POST", "/notifications/sms/receive/mmg", body=b"{}")
    assert (response.status, response.body) == (200, b"RECEIVED")
    assert response.headers["content-type"].startswith("text/plain")


async def test_a_received_text_that_cannot_be_stored_now_must_come_again(gateway: Gateway) -> None:
    gateway.sms.failure = Unavailable("away")
    response = await gateway.call("POST", "/notifications/sms/receive/firetext", body=b"")
    assert (response.status, response.json["result"]) == (503, "error")


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
