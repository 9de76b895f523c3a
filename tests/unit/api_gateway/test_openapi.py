"""The OpenAPI document says what the API does, all of it, and the page shows what the document says."""

import inspect
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from notifications_python_client.notifications import NotificationsAPIClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from notify.notifications.v1 import types_pb2
from servicekit.errors import RuleBroken, ServiceError, Unavailable
from services.api_gateway.errors import BY_REASON
from services.api_gateway.openapi import make_document
from services.api_gateway.openapi_fields import accepted_by
from services.api_gateway.openapi_operations import SEND_SMS
from services.api_gateway.openapi_types import Operation
from services.api_gateway.routes import Route
from services.api_gateway.schemas import Field
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_bodies import callback_body, callback_headers, new_signing_secret
from services.notifications.callbacks_store import DueCallback
from tests.unit.api_gateway.fakes import NOTIFICATION_ID, NOW, TEMPLATE_ID, Gateway, a_notification, a_token
from tests.unit.notifications.builders import SETTINGS

PRIVATE = {
    # pages for people
    ("GET", "/d/style.css"),
    ("GET", "/d/{document}"),
    ("GET", "/d/{service}/{document}"),
    ("GET", "/d/{service}/{document}/confirm"),
    ("POST", "/d/{service}/{document}/confirm"),
    ("GET", "/d/{service}/{document}/download"),
    ("POST", "/d/{service}/{document}/download"),
    ("GET", "/services/{id}/documents/test-document"),
    ("POST", "/v2/notifications/{id}"),  # there to say that the path does not exist
    ("POST", "/notifications/sms/mmg"),  # for providers alone
    ("POST", "/notifications/sms/receive/mmg"),
    ("POST", "/notifications/sms/receive/firetext"),
    ("POST", "/notifications/sms/firetext"),
    ("POST", "/notifications/email/ses"),
    ("POST", "/notifications/letter/status"),
    ("GET", "/docs/style.css"),
}
"""Routes that are no part of the public API."""
PRIVATE_ERRORS = {
    "JOB_ENDED",  # of an RPC that the public API has not
    "POSITION_LOST",  # of the status feed
    "LAST_ACTIVE_PROVIDER",  # of looking after providers
    "DAY_NOT_KEPT",  # of rebuilding what was billed
    "NOTHING_KEPT",
    "FILES_NOT_STORED",  # between our own services
    "CONFLICT",  # ours alone: shown as any other fault of ours
    "SIGNATURE_REFUSED",  # of providers' callbacks
    "CALLBACK_REFUSED",
    "RECEIPT_MALFORMED",
    "REPORT_TOKEN_REFUSED",
    "REPORT_UNREADABLE",
    "REPORT_ID_MISMATCH",
    "RECEIPT_FORBIDDEN",
    "NO_SUCH_PAGE",  # of RPCs that the public API has not
    "NOT_RENDERABLE",
}
"""Errors that no service ever gets."""

GATEWAY = Gateway()
ROUTES: list[Route] = [
    route
    for methods in GATEWAY.app._routes._fixed.values()
    for route in [found.route for found in methods.values()]
] + [route for _, methods in GATEWAY.app._routes._patterns for route in methods.values()]
DOCUMENT = make_document(ROUTES)
OPERATIONS: list[Operation] = [route.operation for route in ROUTES if route.operation is not None]


def all_fields() -> Iterator[Field]:
    for operation in OPERATIONS:
        yield from operation.path
        yield from operation.headers
        if operation.query is not None:
            yield from operation.query.fields
        for _, schema in operation.bodies:
            yield from schema.fields


FORMATS = Draft202012Validator.FORMAT_CHECKER
FIELDS = list({id(field): field for field in all_fields()}.values())


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """A validator in which the document's own components can be found."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}, format_checker=FORMATS)


def described_answer(method: str, path: str, status: int) -> Mapping[str, Any]:
    content = DOCUMENT["paths"][path][method.lower()]["responses"][str(status)]["content"]
    schema: Mapping[str, Any] = content["application/json"]["schema"]
    return schema


async def test_it_is_served_without_a_token() -> None:
    response = await Gateway().call("GET", "/openapi.json")
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.json == DOCUMENT


def test_it_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_every_route_has_an_entry() -> None:
    assert {(route.method, route.path) for route in ROUTES if route.operation is None} == PRIVATE


def test_every_operation_has_a_name_of_its_own() -> None:
    counted = Counter(operation.id for operation in OPERATIONS)
    assert [name for name, count in counted.items() if count > 1] == []


def test_every_error_of_the_table_is_told_somewhere() -> None:
    told = {key for operation in OPERATIONS for key in operation.errors if isinstance(key, str)}
    added = {"INVALID_JSON", "INVALID_REQUEST", "BODY_TOO_LARGE"}
    tokens = {reason for reason in BY_REASON if reason.startswith("TOKEN_")}
    assert set(BY_REASON) - told - added - tokens == PRIVATE_ERRORS


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_says_what_it_takes_and_what_it_means(field: Field) -> None:
    assert accepted_by(field.check)
    assert field.description.endswith(".")


@pytest.mark.parametrize(
    "field", [field for field in FIELDS if field.example is not None], ids=lambda field: field.name
)
def test_every_example_passes(field: Field) -> None:
    assert not list(field.check(field.name, field.example))
    assert field.format is None or not list(field.format(field.name, field.example))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=10),
    st.sampled_from(
        [
            str(uuid4()),
            uuid4().hex,
            "x" * 1_000,
            "x" * 1_001,
            "https://a.example/x?y=1",
            "http://a.example",
            "first",
            "sms",
            "true",
            "delivered",
            (NOW + timedelta(hours=1)).isoformat(),
        ]
    ),
    st.lists(st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


IN_BODIES = [field for operation in OPERATIONS for _, schema in operation.bodies for field in schema.fields]


@given(st.sampled_from(IN_BODIES), VALUES)
def test_what_a_rule_lets_pass_the_document_allows(field: Field, value: Any) -> None:
    if not list(field.check(field.name, value)):
        # Formats are hints for people and generators of clients: the rules take more forms of ids and times.
        Draft202012Validator(accepted_by(field.check)).validate(value)


def test_every_example_fits_its_schema() -> None:
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            body = operation.get("requestBody", {"content": {}})
            for described in [body, *operation["responses"].values()]:
                for content in described.get("content", {}).values():
                    if "example" in content:
                        validator(content["schema"]).validate(content["example"])


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if operation.python])
def test_the_official_client_has_the_call_of_each_python_example(operation: Operation) -> None:
    method, *arguments = operation.python
    signature = inspect.signature(getattr(NotificationsAPIClient, method))
    signature.bind("self", **{argument.partition("=")[0]: None for argument in arguments})


def test_every_code_sample_in_python_is_python() -> None:
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for sample in operation["x-codeSamples"]:
                if sample["lang"] == "Python":
                    compile(sample["source"], operation["operationId"], "exec")


SMS = {"phone_number": "07700900123", "template_id": TEMPLATE_ID, "personalisation": {"name": "Ada"}}
EMAIL = {"email_address": "ada@example.gov.uk", "template_id": TEMPLATE_ID, "sanitise_content_for": ["name"]}
CALLS = [
    ("POST", "/v2/notifications/sms", SMS, "/v2/notifications/sms"),
    ("POST", "/v2/notifications/sms", {**SMS, "x": 1, "template_id": 5}, "/v2/notifications/sms"),
    ("POST", "/v2/notifications/sms", [], "/v2/notifications/sms"),
    ("POST", "/v2/notifications/email", EMAIL, "/v2/notifications/email"),
    ("GET", f"/v2/notifications/{NOTIFICATION_ID}", None, "/v2/notifications/{id}"),
    ("GET", f"/v2/notifications/{TEMPLATE_ID}", None, "/v2/notifications/{id}"),
    ("GET", "/v2/notifications/x", None, "/v2/notifications/{id}"),
    ("GET", "/v2/notifications/x/pdf", None, "/v2/notifications/{id}/pdf"),
    ("GET", f"/v2/notifications/{NOTIFICATION_ID}/pdf", None, "/v2/notifications/{id}/pdf"),
    ("GET", "/v2/notifications?status=delivered", None, "/v2/notifications"),
    ("GET", "/v2/notifications?status=x", None, "/v2/notifications"),
    ("GET", "/v2/templates", None, "/v2/templates"),
    ("GET", "/v2/templates?type=fax", None, "/v2/templates"),
    ("GET", f"/v2/template/{TEMPLATE_ID}", None, "/v2/template/{id}"),
    ("GET", f"/v2/template/{NOTIFICATION_ID}", None, "/v2/template/{id}"),
    ("GET", f"/v2/template/{TEMPLATE_ID}/version/2", None, "/v2/template/{id}/version/{version}"),
    ("GET", f"/v2/template/{TEMPLATE_ID}/version/9", None, "/v2/template/{id}/version/{version}"),
    ("GET", f"/v2/template/{TEMPLATE_ID}/version/x", None, "/v2/template/{id}/version/{version}"),
    ("POST", f"/v2/template/{TEMPLATE_ID}/preview", {}, "/v2/template/{id}/preview"),
    ("POST", f"/v2/template/{TEMPLATE_ID}/preview", {"personalisation": 1}, "/v2/template/{id}/preview"),
    ("GET", "/_status", None, "/_status"),
    ("GET", "/_status?simple=1", None, "/_status"),
    ("POST", "/_status", None, "/_status"),
    ("POST", "/unsubscribe/x/y", None, "/unsubscribe/{id}/{token}"),
]


@pytest.mark.parametrize(("method", "target", "body", "path"), CALLS)
@pytest.mark.parametrize("token", [a_token(), None, "x.y.z"], ids=["good token", "no token", "bad token"])
async def test_what_is_answered_is_what_the_document_says(
    method: str, target: str, body: Any, path: str, token: str | None
) -> None:
    gateway = Gateway()
    gateway.notifications.stored = [a_notification()]
    if body is None and token is not None:
        response = await gateway.call(method, target, token=token)
    elif body is None:
        response = await gateway.call(method, target)
    else:
        response = await gateway.call(method, target, token=token, body=json.dumps(body).encode())
    validator(described_answer(method, path, response.status)).validate(response.json)


@pytest.mark.parametrize(
    "failure",
    [Unavailable("away"), *(RuleBroken(str(key), "no") for key in SEND_SMS.errors)],
    ids=lambda failure: failure.reason,
)
async def test_every_refusal_of_a_text_is_what_the_document_says(failure: ServiceError) -> None:
    gateway = Gateway()
    gateway.notifications.failure = failure
    response = await gateway.post("/v2/notifications/sms", SMS)
    validator(described_answer("POST", "/v2/notifications/sms", response.status)).validate(response.json)


@pytest.mark.parametrize("kind", [types_pb2.NOTIFICATION_TYPE_EMAIL, types_pb2.NOTIFICATION_TYPE_LETTER])
async def test_emails_and_letters_read_as_the_document_says(kind: types_pb2.NotificationType) -> None:
    gateway = Gateway()
    gateway.notifications.stored = [a_notification(type=kind, postage="second", billable_units=1)]
    response = await gateway.get("/v2/notifications")
    validator(described_answer("GET", "/v2/notifications", 200)).validate(response.json)


class Reader(HTMLParser):
    """Reads the page: which elements it has, and whether each that opens closes."""

    VOID = frozenset({"meta", "link", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
async def page() -> Reader:
    response = await Gateway().call("GET", "/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    reader = Reader()
    reader.feed(response.body.decode())
    reader.close()
    return reader


def test_the_page_is_well_formed(page: Reader) -> None:
    assert page.open == []


def test_the_page_needs_nothing_from_elsewhere_and_no_script(page: Reader) -> None:
    assert not {"script", "img", "iframe", "style", "object"} & {tag for tag, _ in page.elements}
    sources = {attrs[name] for _, attrs in page.elements for name in ("href", "src") if name in attrs}
    loaded = {
        attrs[name]
        for tag, attrs in page.elements
        for name in ("href", "src")
        if name in attrs and tag != "a"
    }
    assert loaded == {"/docs/style.css"}
    assert all(source and source.startswith(("#", "/", "https://")) for source in sources)
    assert not any("style" in attrs for _, attrs in page.elements)


def test_links_within_the_page_lead_somewhere(page: Reader) -> None:
    names = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(names) == len(set(names))
    targets = {str(attrs["href"])[1:] for _, attrs in page.elements if str(attrs.get("href")).startswith("#")}
    assert targets <= set(names)


def test_headings_skip_no_level(page: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_the_page_tells_of_every_operation_and_field(page: Reader) -> None:
    for operation in OPERATIONS:
        assert operation.summary in page.text
    for field in FIELDS:
        assert field.name in page.text


async def test_the_style_sheet_is_served() -> None:
    response = await Gateway().call("GET", "/docs/style.css")
    assert (response.status, response.headers["content-type"]) == (200, "text/css; charset=utf-8")


CALLBACK = DueCallback(
    id=UUID(NOTIFICATION_ID),
    service_id=UUID(TEMPLATE_ID),
    kind=CallbackKind.DELIVERY_STATUS,
    notification_id=UUID(NOTIFICATION_ID),
    received_text_id=UUID(NOTIFICATION_ID),
    complaint_id=UUID(NOTIFICATION_ID),
    status="delivered",
    attempt=1,
    failures=0,
    run_at=NOW,
    is_due=True,
    reference=None,
    recipient="07700900123",
    sent_at=NOW,
    updated_at=NOW,
    type="sms",
    template_id=UUID(TEMPLATE_ID),
    template_version=2,
    user_number_encrypted=SETTINGS.secrets.encrypt("447700900123"),
    notify_number="07860039123",
    content_encrypted=SETTINGS.secrets.encrypt("Thank you"),
    text_sent_at=NOW,
    complained_at=NOW,
    url="https://example.gov.uk/hook",
    token_encrypted=SETTINGS.secrets.encrypt("the token"),
    signing_secrets_encrypted=[SETTINGS.secrets.encrypt(new_signing_secret())],
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("deliveryReceipt", CallbackKind.DELIVERY_STATUS),
        ("receivedText", CallbackKind.INBOUND_SMS),
        ("complaint", CallbackKind.COMPLAINT),
    ],
)
def test_a_call_to_a_service_is_what_the_document_says(name: str, kind: CallbackKind) -> None:
    callback = replace(CALLBACK, kind=kind)
    webhook = DOCUMENT["webhooks"][name]["post"]
    body = callback_body(callback, SETTINGS.secrets)
    assert body is not None
    validator(webhook["requestBody"]["content"]["application/json"]["schema"]).validate(json.loads(body))
    headers = callback_headers(callback, body, at=NOW, secret_box=SETTINGS.secrets)
    assert headers.keys() - {"Content-Type", "User-Agent"} == {
        parameter["name"] for parameter in webhook["parameters"]
    }
