"""Pages of files: what they say, with which status and headers, and what they never do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.ids import bytes_to_base64, uuid_to_base64
from servicekit.errors import Unavailable
from services.api_gateway.documents import pages
from services.api_gateway.documents.file_names import content_disposition, safe_file_name
from services.api_gateway.ports import Confirmation, ConfirmOutcome, DocumentState
from tests.unit.api_gateway.fakes import (
    DOCUMENT_ID,
    DOCUMENT_KEY,
    NOW,
    SERVICE_ID,
    Gateway,
    Response,
    a_service,
)

PATH = f"/d/{uuid_to_base64(UUID(SERVICE_ID))}/{uuid_to_base64(UUID(DOCUMENT_ID))}"
QUERY = f"?key={bytes_to_base64(DOCUMENT_KEY)}"


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


async def get(gateway: Gateway, page: str = "", *, method: str = "GET", query: str = QUERY) -> Response:
    return await gateway.call(method, f"{PATH}{page}{query}")


async def post(gateway: Gateway, page: str, body: bytes = b"", *, cookie: str = "") -> Response:
    return await gateway.call("POST", f"{PATH}{page}{QUERY}", body=body, headers={"cookie": cookie})


async def test_the_first_page_says_who_what_how_large_and_until_when(gateway: Gateway) -> None:
    response = await get(gateway)
    html = response.body.decode()
    assert response.status == 200
    for said in (
        "Parking Permits sent you a file",
        "<bdi>Report _b_.pdf</bdi>",
        "<dd>PDF</dd>",
        "<dd>0.1MB</dd>",
        "3:04pm on 2 January 2027",
        '<a href="https://example.gov.uk/ask" rel="noreferrer">Contact Parking Permits</a>',
        f'action="{PATH}/download{QUERY}"',
    ):
        assert said in html


@pytest.mark.parametrize("page", ["", "/confirm", "/download"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_downloads_and_confirms_nothing(gateway: Gateway, page: str, method: str) -> None:
    for needed in (False, True):
        gateway.documents.file = replace(gateway.documents.file, confirmation_needed=needed)
        assert (await get(gateway, page, method=method)).status in (200, 303)
    assert (gateway.documents.passes, gateway.documents.tried) == ([], [])


async def test_pages_have_headers_that_keep_the_link_to_themselves(gateway: Gateway) -> None:
    headers = (await get(gateway)).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["x-frame-options"] == "DENY"
    assert "no-store" in headers["cache-control"]
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    ("state", "status", "heading"),
    [
        (DocumentState.EXPIRED, 410, "This file is no longer available"),
        (DocumentState.BLOCKED, 403, "This file cannot be downloaded"),
    ],
)
async def test_a_file_that_is_not_to_be_had_says_so_with_a_contact(
    gateway: Gateway, state: DocumentState, status: int, heading: str
) -> None:
    gateway.documents.file = replace(gateway.documents.file, state=state)
    response = await get(gateway)
    assert response.status == status
    assert f"<h1>{heading}</h1>" in response.body.decode()
    assert "https://example.gov.uk/ask" in response.body.decode()
    for answer in (await post(gateway, "/download"), await get(gateway, "/confirm")):
        assert (answer.status, answer.headers["location"]) == (303, PATH + QUERY)


@pytest.mark.parametrize(
    "target",
    [
        PATH,
        f"{PATH}?key=",
        f"{PATH}?key=é",
        f"{PATH}?key=AAAA",
        f"{PATH}{QUERY[:-2]}",
        f"{PATH}/confirm?key=AAAA",
        f"{PATH}/download?key=AAAA",
        f"{PATH[:-1]}{QUERY}",
        f"/d/x/y{QUERY}",
        f"/d/{'A' * 22}/{'A' * 22}{QUERY}",
        "/d/cut-off",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_is_not_right_is_not_found(gateway: Gateway, target: str, method: str) -> None:
    if method == "POST" and not target.split("?")[0].endswith(("/confirm", "/download")):
        return
    response = await gateway.call(
        method, target, body=b"email_address=ada%40example.com" * (method == "POST")
    )
    assert response.status == 404
    assert b"<h1>We cannot find this file</h1>" in response.body


async def test_something_that_does_not_work_is_a_page_too(gateway: Gateway) -> None:
    gateway.documents.failure = Unavailable("database gone")
    response = await get(gateway)
    assert response.status == 503
    assert b"Sorry, there is a problem" in response.body
    assert b"database" not in response.body


@pytest.mark.parametrize(
    ("typed", "said"),
    [(b"", pages.EMPTY), (b"ada", pages.NOT_AN_ADDRESS), (b"%FF%00%22%3E", pages.NOT_AN_ADDRESS)],
)
async def test_what_is_no_address_costs_no_try(gateway: Gateway, typed: bytes, said: str) -> None:
    gateway.documents.file = replace(gateway.documents.file, confirmation_needed=True)
    response = await post(gateway, "/confirm", b"email_address=" + typed)
    assert response.status == 400
    assert said in response.body.decode()
    assert b"<title>Error: " in response.body
    assert b'"><' not in response.body
    assert gateway.documents.tried == []


async def test_a_wrong_address_can_be_corrected(gateway: Gateway) -> None:
    response = await post(gateway, "/confirm", b"email_address=%22a%26b%22%40example.com&x=1&&&")
    assert response.status == 400
    response = await post(gateway, "/confirm", b"email_address=a%26b%40example.com")
    assert response.status == 400
    assert 'value="a&amp;b@example.com"' in response.body.decode()
    assert gateway.documents.tried == ["a&b@example.com"]


async def test_too_many_tries_are_told_with_a_time(gateway: Gateway) -> None:
    until = NOW + timedelta(hours=2)
    gateway.documents.confirmation = Confirmation(outcome=ConfirmOutcome.LOCKED, locked_until=until)
    response = await post(gateway, "/confirm", b"email_address=ada%40example.com")
    assert (response.status, response.headers["retry-after"]) == (429, "7200")
    assert pages.moment(until) in response.body.decode()


async def test_the_right_address_gives_a_cookie_for_this_file(gateway: Gateway) -> None:
    gateway.documents.file = replace(gateway.documents.file, confirmation_needed=True)
    gateway.documents.confirmation = Confirmation(outcome=ConfirmOutcome.CONFIRMED, pass_token="abc")
    response = await post(gateway, "/confirm", b"email_address=ada%40example.com")
    assert (response.status, response.headers["location"]) == (303, f"{PATH}/download{QUERY}")
    assert response.headers["set-cookie"] == (
        f"document_pass=abc; Path={PATH}; Max-Age=3600; HttpOnly; SameSite=Strict; Secure"
    )
    cookie = "other=1; document_pass=abc"
    ready = await gateway.call("GET", f"{PATH}/download{QUERY}", headers={"cookie": cookie})
    assert b"Your file is ready to download" in ready.body
    assert (await get(gateway, "/download")).headers["location"] == f"{PATH}/confirm{QUERY}"
    await post(gateway, "/download", cookie=cookie)
    assert gateway.documents.passes == ["abc"]


async def test_a_download_without_a_pass_leads_to_the_question(gateway: Gateway) -> None:
    gateway.documents.file = replace(gateway.documents.file, state=DocumentState.CONFIRMATION_NEEDED)
    response = await post(gateway, "/download")
    assert (response.status, response.headers["location"]) == (303, f"{PATH}/confirm{QUERY}")


async def test_a_download_is_a_file_and_never_a_page(gateway: Gateway) -> None:
    response = await post(gateway, "/download")
    assert (response.status, response.body) == (200, b"%PDF-1.7")
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-length"] == "8"
    assert response.headers["content-disposition"].startswith('attachment; filename="Report _b_.pdf"')
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_a_form_that_is_too_long_is_refused(gateway: Gateway) -> None:
    response = await post(gateway, "/confirm", b"email_address=" + b"a" * 9_000)
    assert response.status == 413


async def test_the_link_of_a_simulated_recipient_says_what_it_is(gateway: Gateway) -> None:
    response = await gateway.call("GET", f"/services/{SERVICE_ID}/documents/test-document")
    assert response.status == 200
    assert b"This is a test link" in response.body
    assert (await gateway.call("GET", "/services/x/documents/test-document")).status == 404


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ('https://a.uk/?x=1&y="2', '<a href="https://a.uk/?x=1&amp;y=&quot;2" rel="noreferrer">'),
        ("desk@example.gov.uk", '<a href="mailto:desk@example.gov.uk">desk@example.gov.uk</a>'),
        ("0300 123 4567", "Contact A &lt;b&gt;: 0300 123 4567"),
        ("javascript:alert(1)", "Contact A &lt;b&gt;: javascript:alert(1)</p>"),
    ],
)
async def test_a_contact_is_shown_as_what_it_is(contact: str, shown: str) -> None:
    gateway = Gateway(a_service(name="A <b>", contact_link=contact))
    html = (await get(gateway)).body.decode()
    assert shown in html
    assert 'href="javascript' not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("tax\u202efdp.exe", "taxfdp.exe"),
        ("\u2066a\u2069.txt", "a.txt"),
        ("../../etc/passwd.txt", "_.._etc_passwd.txt"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ('a"b.csv', "a_b.csv"),
        ("نامه\u200cها.pdf", "نامه\u200cها.pdf"),
        ("  .hidden", "hidden"),
        ("...", "file"),
        ("\u202e", "file"),
        ("CON:.txt", "CON_.txt"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@given(st.text(max_size=100))
def test_every_name_makes_a_header_of_one_line(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert header.decode().isprintable()
    assert header.count(b'"') == 2


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 7, 1, 11, 5, tzinfo=UTC), "12:05pm on 1 July 2026"),
        (datetime(2026, 12, 31, 0, 0, tzinfo=UTC), "12:00am on 31 December 2026"),
    ],
)
def test_moments_are_in_london_time(at: datetime, said: str) -> None:
    assert pages.moment(at) == said
