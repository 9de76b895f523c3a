"""The OpenAPI 3.1 document of the public API, made of the table of routes.

Every fact in it has its home elsewhere: paths in `wiring`, fields and their rules in `schemas`, answers in `answers`,
errors in `errors`; which belong together is said by the `Operation` beside each route (`openapi_operations`). Served by
`openapi_endpoints`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, get_args, get_type_hints, is_typeddict

import msgspec

from servicekit.errors import DeadlineExceeded, InternalError, Unavailable
from services.api_gateway.auth import MESSAGES, TokenFault
from services.api_gateway.errors import (
    BY_REASON,
    BY_TYPE,
    INVALID_JSON,
    NOT_FOUND_MESSAGE,
    PublicError,
    Shape,
)
from services.api_gateway.http import BODY_TOO_LARGE
from services.api_gateway.openapi_fields import JsonSchema, accepted_by
from services.api_gateway.openapi_samples import REF, code_samples, request_example, sample
from services.api_gateway.openapi_types import ErrorKey, Operation, Reply, Tag
from services.api_gateway.openapi_webhooks import WEBHOOKS, Webhook, describe
from services.api_gateway.routes import Route
from services.api_gateway.schemas import REPEATABLE, Field, Schema

TITLE: Final = "Notification API"
VERSION: Final = "2"
INTRODUCTION: Final = """\
Send text messages, emails and letters, and see what became of them. The API is the one of GOV.UK Notify, version 2: its
official client libraries work when they are given another base URL.

Bodies are JSON, whatever the content type says. Ids are UUIDs. Times are UTC, such as `2026-03-04T12:30:15.250000Z`.
Values that are missing are `null` in an answer. Fields that are not described here are refused."""
HOW_TO_SIGN: Final = """\
Each request carries a JSON Web Token that its sender has signed: `Authorization: Bearer <token>`. The official clients
make it. By hand: header `{"typ": "JWT", "alg": "HS256"}`; claims `iss`, the service's id, and `iat`, the time in
seconds, at most 30 s from the server's; signed with the API key's secret. An API key is
`<name>-<service id>-<secret>`: its last 36 characters are the secret, and the 36 before the hyphen the service's id."""
_SCHEME: Final = "token"

_ERRORS: Final = {
    "type": "object",
    "description": "What was wrong; all that is wrong with a request's fields is told at once.",
    "properties": {
        "status_code": {"type": "integer", "description": "The status of the answer, once more."},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "error": {"type": "string", "description": "The type of error; programs go by it."},
                    "message": {"type": "string", "description": "For people; its wording may change."},
                },
                "required": ["error", "message"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["status_code", "errors"],
    "additionalProperties": False,
}
_PLAIN_ERROR: Final = {
    "type": "object",
    "description": "What was wrong, outside `/v2` and for paths that do not exist.",
    "properties": {
        "result": {"type": "string", "const": "error"},
        "message": {"description": "For people.", "type": ["string", "array", "object"]},
    },
    "required": ["result", "message"],
    "additionalProperties": False,
}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds to wait before the next try, where that is known.",
        "schema": {"type": "integer", "minimum": 1},
    }
}


def make_document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document as JSON values: every route that has an operation."""
    described = [(route, route.operation) for route in routes if route.operation is not None]
    components = _components([operation for _, operation in described])
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, operation, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": INTRODUCTION},
        "servers": [{"url": "/", "description": "Where this document came from."}],
        "tags": [{"name": tag.title, "description": tag.description} for tag in Tag],
        "security": [{_SCHEME: []}],
        "paths": paths,
        "webhooks": {webhook.name: _webhook(webhook, components) for webhook in WEBHOOKS},
        "components": {
            "securitySchemes": {
                _SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": HOW_TO_SIGN,
                }
            },
            "schemas": components,
        },
    }


def _webhook(webhook: Webhook, components: Mapping[str, JsonSchema]) -> dict[str, Any]:
    schema = {"$ref": f"{REF}{webhook.body.__name__}"}
    return describe(webhook, schema, sample(schema, components))


def _components(operations: Sequence[Operation]) -> dict[str, JsonSchema]:
    types = [body for operation in operations for reply in operation.replies for body in reply.bodies]
    types += [webhook.body for webhook in WEBHOOKS]
    _, answer_schemas = msgspec.json.schema_components(types, ref_template=f"{REF}{{name}}")
    named = _named(types)
    requests = {
        name: request_schema(schema, [field.name for field in operation.path])
        for operation in operations
        for name, schema in operation.bodies
    }
    return {
        "Errors": _ERRORS,
        "PlainError": _PLAIN_ERROR,
        **requests,
        **{name: _closed(named[name], schema) for name, schema in answer_schemas.items()},
    }


def request_schema(schema: Schema, in_path: Sequence[str] = ()) -> JsonSchema:
    """A body as JSON Schema; fields that are in the path are not in the body."""
    fields = [field for field in schema.fields if field.name not in in_path]
    described: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "additionalProperties": schema.extra_allowed,
    }
    required = [field.name for field in fields if field.required]
    return {**described, "required": required} if required else described


def _property(field: Field) -> JsonSchema:
    schema = {**accepted_by(field.check), "description": field.description}
    return schema if field.example is None else {**schema, "examples": [field.example]}


def _named(types: Iterable[Any]) -> dict[str, Any]:
    """The types with fields in these types, at any depth, by name."""
    named: dict[str, Any] = {}
    waiting = list(types)
    while waiting:
        found = waiting.pop()
        if not is_typeddict(found):
            waiting += get_args(found)
        elif found.__name__ not in named:
            named[found.__name__] = found
            waiting += get_type_hints(found).values()
    return named


def _closed(declaring: Any, schema: JsonSchema) -> JsonSchema:
    """A type's schema as we use it: fields as declared, not by the alphabet, and nothing that is not described."""
    declared = get_type_hints(declaring)
    properties = {field: _nullable(schema["properties"][field]) for field in declared}
    return {**schema, "properties": properties, "additionalProperties": False}


def _nullable(schema: JsonSchema) -> JsonSchema:
    """`anyOf` a simple type and null, written as one type list."""
    match schema.get("anyOf"):
        case [{"type": str(kind)} as simple, {"type": "null"}]:
            others = {name: value for name, value in schema.items() if name != "anyOf"}
            return {**others, **simple, "type": [kind, "null"]}
        case _:
            return schema


def _operation(route: Route, operation: Operation, components: Mapping[str, JsonSchema]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag.title],
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": {
            **{str(reply.status): _reply(reply, components) for reply in operation.replies},
            **_error_responses(route, operation),
        },
        "x-codeSamples": code_samples(route, operation),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.bodies:
        described["requestBody"] = _request_body(operation)
    if not route.needs_token:
        described["security"] = []
    return described


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for field in operation.path:
        yield _parameter("path", field)
    for field in operation.query.fields if operation.query is not None else ():
        yield _parameter("query", field)
    for field in operation.headers:
        yield _parameter("header", field)


def _parameter(place: str, field: Field) -> dict[str, Any]:
    parameter: dict[str, Any] = {
        "name": field.name,
        "in": place,
        "description": field.description,
        "required": field.required,
        "schema": accepted_by(field.check),
    }
    if place == "query" and field.name in REPEATABLE:
        parameter["schema"] = {"type": "array", "items": accepted_by(field.check)}
        parameter["explode"] = True
    if field.example is not None:
        parameter["example"] = [field.example] if "explode" in parameter else field.example
    return parameter


def _request_body(operation: Operation) -> dict[str, Any]:
    schemas = [{"$ref": f"{REF}{name}"} for name, _ in operation.bodies]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    content = {"schema": schema, "example": request_example(operation)}
    return {"required": operation.body_required, "content": {"application/json": content}}


def _reply(reply: Reply, components: Mapping[str, JsonSchema]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": reply.description}
    if reply.headers:
        described["headers"] = {
            field.name: {"description": field.description, "schema": accepted_by(field.check)}
            for field in reply.headers
        }
    if reply.bodies:
        schemas, _ = msgspec.json.schema_components(reply.bodies, ref_template=f"{REF}{{name}}")
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
        described["content"] = {reply.content_type: {"schema": schema, "example": sample(schema, components)}}
    elif reply.content_type != "application/json":
        described["content"] = {reply.content_type: {}}
    return described


def _error_responses(route: Route, operation: Operation) -> dict[str, Any]:
    """The errors of an endpoint, by status."""
    by_status: dict[int, list[tuple[str, PublicError]]] = {}
    for key in _errors_of(route, operation):
        row = _row_of(key)
        rows = by_status.setdefault(row.status, [])
        if (_words(key), row) not in rows:
            rows.append((_words(key), row))
    if operation.path:
        by_status.setdefault(404, [])
    return {str(status): _error_response(status, rows, route) for status, rows in sorted(by_status.items())}


def _row_of(key: ErrorKey) -> PublicError:
    """A row of the table of errors; what is said of tokens stands elsewhere, and is always the same."""
    if isinstance(key, TokenFault):
        return replace(BY_REASON[key], message=MESSAGES[key])
    return BY_REASON[key] if isinstance(key, str) else BY_TYPE[key]


def _errors_of(route: Route, operation: Operation) -> Iterable[ErrorKey]:
    if operation.bodies:
        yield from (INVALID_JSON, "INVALID_REQUEST", BODY_TOO_LARGE)
    yield from operation.errors
    if route.needs_token:
        yield from TokenFault
        yield DeadlineExceeded
    yield from (InternalError, Unavailable)


def _error_response(status: int, rows: Sequence[tuple[str, PublicError]], route: Route) -> dict[str, Any]:
    types = list(dict.fromkeys(row.error for _, row in rows))
    response: dict[str, Any] = {
        "description": _description(rows, types),
        "content": {"application/json": {"schema": _error_schema(status, types, route)}},
        "x-errors": [{"error": row.error, "when": words, "message": row.message} for words, row in rows],
    }
    return {**response, "headers": _RETRY_AFTER} if status in (409, 429, 503) else response


def _description(rows: Sequence[tuple[str, PublicError]], types: Sequence[str]) -> str:
    parts = [f"{kind}: {', '.join(words for words, row in rows if row.error == kind)}." for kind in types]
    return " ".join(parts) or NOT_FOUND_MESSAGE


def _error_schema(status: int, types: Sequence[str], route: Route) -> JsonSchema:
    plain = {"$ref": f"{REF}PlainError"}
    if route.shape is Shape.PLAIN or not types:
        return plain
    v2 = {
        "$ref": f"{REF}Errors",
        "properties": {
            "status_code": {"const": status},
            "errors": {"items": {"properties": {"error": {"enum": list(types)}}}},
        },
    }
    # A path whose variable part cannot be one is an unknown path.
    return {"anyOf": [v2, plain]} if status == 404 else v2


def _words(key: ErrorKey) -> str:
    """A key of the table of errors in words: `TEMPLATE_NOT_FOUND` is "template not found"."""
    if isinstance(key, str):
        return str(key).replace("_", " ").lower()
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in key.__name__).strip()
