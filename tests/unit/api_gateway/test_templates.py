"""GET /v2/template…, GET /v2/templates and previews."""

import pytest

from notify.notifications.v1 import types_pb2
from tests.unit.api_gateway.fakes import SERVICE_ID, TEMPLATE_ID, Gateway, a_template, invalid, v2_error

NOT_FOUND = v2_error(404, ("NoResultFound", "No result found"))
OTHER_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


async def test_the_whole_of_a_template(gateway: Gateway) -> None:
    assert (await gateway.get(f"/v2/template/{TEMPLATE_ID}")).json == {
        "id": TEMPLATE_ID,
        "type": "sms",
        "name": "A template",
        "created_at": "2026-03-04T12:30:15.250000Z",
        "updated_at": None,
        "created_by": None,
        "version": 2,
        "body": "Hello ((name))",
        "subject": None,
        "personalisation": {"name": {"required": True}},
        "postage": None,
        "letter_contact_block": None,
    }


@pytest.mark.parametrize(
    ("suffix", "asked", "status"),
    [
        ("", 0, 200),
        ("/version/2", 2, 200),
        ("/version/0", 0, 200),
        ("/version/000", 0, 200),
        ("/version/0002", 2, 200),
        ("/version/3", 3, 404),
        ("/version/2147483647", 2**31 - 1, 404),
        ("/version/2147483648", None, 404),
        ("/version/" + "9" * 5_000, None, 404),
    ],
)
async def test_versions(gateway: Gateway, suffix: str, asked: int | None, status: int) -> None:
    response = await gateway.get(f"/v2/template/{TEMPLATE_ID}{suffix}")
    assert response.status == status
    assert gateway.templates.asked == ([] if asked is None else [(SERVICE_ID, TEMPLATE_ID, asked)])


@pytest.mark.parametrize("suffix", ["", "/version/1", "/version/99999999999"])
async def test_what_is_no_id(gateway: Gateway, suffix: str) -> None:
    assert (await gateway.get(f"/v2/template/foo{suffix}")).json == invalid("id is not a valid UUID")


async def test_a_template_that_does_not_exist(gateway: Gateway) -> None:
    response = await gateway.get(f"/v2/template/{OTHER_ID}")
    assert (response.status, response.json) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("", types_pb2.NOTIFICATION_TYPE_UNSPECIFIED),
        ("?type=letter&type=x", types_pb2.NOTIFICATION_TYPE_LETTER),
    ],
)
async def test_all_templates(gateway: Gateway, query: str, kind: int) -> None:
    listed = (await gateway.get(f"/v2/templates{query}")).json
    assert [template["id"] for template in listed["templates"]] == [TEMPLATE_ID]
    assert (gateway.templates.asked[0].service_id, gateway.templates.asked[0].type) == (SERVICE_ID, kind)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("type=coconut", "type coconut is not one of [sms, email, letter]"),
        ("type=", "type  is not one of [sms, email, letter]"),
        ("name=x", "Additional properties are not allowed (name was unexpected)"),
    ],
)
async def test_faults_of_a_query(gateway: Gateway, query: str, message: str) -> None:
    assert (await gateway.get(f"/v2/templates?{query}")).json == invalid(message)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b'{"personalisation": {}}', b'{"id": "ignored", "foo": 1}']
)
async def test_a_preview_without_values(gateway: Gateway, body: bytes) -> None:
    response = await gateway.post(f"/v2/template/{TEMPLATE_ID}/preview", body)
    assert response.json == {
        "id": TEMPLATE_ID,
        "type": "sms",
        "version": 2,
        "body": "Hello Ada",
        "subject": None,
        "html": None,
        "postage": None,
    }
    assert gateway.templates.asked == [(SERVICE_ID, TEMPLATE_ID, "")]


async def test_a_preview_of_a_letter_has_its_postage(gateway: Gateway) -> None:
    gateway.templates.template = a_template(type=types_pb2.NOTIFICATION_TYPE_LETTER, postage="first")
    preview = (
        await gateway.post(f"/v2/template/{TEMPLATE_ID}/preview", {"personalisation": {"a": "b"}})
    ).json
    assert (preview["type"], preview["postage"]) == ("letter", "first")
    assert gateway.templates.asked == [(SERVICE_ID, TEMPLATE_ID, '{"a":"b"}')]


@pytest.mark.parametrize(("value", "shown"), [("x", "x"), (None, "None"), ([], "[]"), (5, "5")])
async def test_a_previews_values_must_be_an_object(gateway: Gateway, value: object, shown: str) -> None:
    response = await gateway.post(f"/v2/template/{TEMPLATE_ID}/preview", {"personalisation": value})
    assert response.json == invalid(f"personalisation {shown} is not of type object")


async def test_a_preview_with_broken_json(gateway: Gateway) -> None:
    response = await gateway.post("/v2/template/foo/preview", b"{")
    assert response.json == v2_error(400, ("BadRequestError", "Invalid JSON supplied in POST data"))


async def test_a_preview_of_what_is_no_id(gateway: Gateway) -> None:
    assert (await gateway.post("/v2/template/foo/preview", {})).json == invalid("id is not a valid UUID")
