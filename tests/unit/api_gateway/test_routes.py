"""Routing: which path and method goes where, and what is said when they go nowhere."""

import pytest

from services.api_gateway.routes import Found, NotFound
from tests.unit.api_gateway.fakes import Gateway, a_token, invalid

MISSING = {
    "result": "error",
    "message": "The requested URL was not found on the server. If you entered the URL manually please check your "
    "spelling and try again.",
}
NOT_ALLOWED = {"result": "error", "message": "The method is not allowed for the requested URL."}
COMMON_HEADERS = {
    "content-type": "application/json",
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "Content-Type,Authorization",
    "access-control-allow-methods": "GET,PUT,POST,DELETE",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "x-permitted-cross-domain-policies": "none",
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "cache-control": "no-store, no-cache, private, must-revalidate",
}


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.mark.parametrize(
    ("method", "path", "template", "values"),
    [
        ("POST", "/v2/notifications/sms", "/v2/notifications/sms", ()),
        ("GET", "/v2/notifications/sms", "/v2/notifications/{id}", ("sms",)),
        ("HEAD", "/v2/notifications/x", "/v2/notifications/{id}", ("x",)),
        ("GET", "/v2/notifications/x/pdf", "/v2/notifications/{id}/pdf", ("x",)),
        ("GET", "/v2/notifications", "/v2/notifications", ()),
        ("GET", "/v2/template/x/version/12", "/v2/template/{id}/version/{version}", ("x", "12")),
        ("POST", "/v2/template/x/preview", "/v2/template/{id}/preview", ("x",)),
        ("POST", "/unsubscribe/x/y", "/unsubscribe/{id}/{token}", ("x", "y")),
        ("GET", "/", "/", ()),
    ],
)
def test_where_a_request_goes(
    gateway: Gateway, method: str, path: str, template: str, values: tuple[str, ...]
) -> None:
    found = gateway.app._routes.find(method, path)
    assert isinstance(found, Found)
    assert (found.route.path, found.values) == (template, values)


@pytest.mark.parametrize(
    "path",
    [
        "/v2",
        "/v2/",
        "/v2/nothing",
        "/v3/notifications",
        "/v2/templates/",
        "/v2/notifications/",
        "/v2/notifications/a/b",
        "/v2/template/x/version/-1",
        "/v2/template/x/version/one",
        "/v2/template/x/version/1.5",
        "/v2/template/x/version/",
        "/v2/template/x/version/٣",
        "/v2//templates",
        "/nothing",
        "",
    ],
)
async def test_a_path_that_does_not_exist_needs_no_token(gateway: Gateway, path: str) -> None:
    response = await gateway.call("GET", path)
    assert (response.status, response.json) == (404, MISSING)


@pytest.mark.parametrize("kind", ["fax", "SMS", "x"])
async def test_sending_what_does_not_exist_is_an_unknown_path(gateway: Gateway, kind: str) -> None:
    response = await gateway.call("POST", f"/v2/notifications/{kind}")
    assert (response.status, response.json) == (404, MISSING)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v2/notifications/sms", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/v2/notifications/x", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/v2/templates", "GET, HEAD, OPTIONS"),
        ("PATCH", "/v2/notifications", "GET, HEAD, OPTIONS"),
        ("GET", "/v2/template/x/preview", "OPTIONS, POST"),
        ("GET", "/unsubscribe/x/y", "OPTIONS, POST"),
        ("BREW", "/", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_method_that_a_path_does_not_have(
    gateway: Gateway, method: str, path: str, allowed: str
) -> None:
    response = await gateway.call(method, path)
    assert (response.status, response.json, response.headers["allow"]) == (405, NOT_ALLOWED, allowed)


async def test_options_needs_no_token(gateway: Gateway) -> None:
    response = await gateway.call("OPTIONS", "/v2/notifications/sms")
    assert (response.status, response.body) == (200, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_get_of_a_sending_path_reads_as_an_id(gateway: Gateway) -> None:
    response = await gateway.get("/v2/notifications/sms")
    assert (response.status, response.json) == (400, invalid("notification_id is not a valid UUID"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/templates", 200),
        ("GET", "/v2/notifications/foo", 400),
        ("GET", "/nothing", 404),
        ("PUT", "/v2/templates", 405),
        ("POST", "/v2/notifications/sms", 400),
        ("OPTIONS", "/v2/templates", 200),
        ("GET", "/_status", 200),
    ],
)
async def test_headers_on_everything(gateway: Gateway, method: str, path: str, status: int) -> None:
    response = await gateway.call(method, path, token=a_token())
    assert response.status == status
    assert {name: response.headers[name] for name in COMMON_HEADERS} == COMMON_HEADERS
    assert response.headers["content-length"] == str(len(response.body))


def test_a_path_without_any_method_is_no_path(gateway: Gateway) -> None:
    assert gateway.app._routes.find("GET", "/v2") == NotFound(())
