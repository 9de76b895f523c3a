"""HTML of the documentation, made of the OpenAPI document and of nothing else. Called by `openapi_endpoints`.

No scripts, nothing from elsewhere: a policy in the page's header forbids both. It can be read without the style
sheet, by a screen reader, and on paper.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from services.api_gateway.docs_page.parts import Fields, Json, code, prose, row, table
from services.api_gateway.openapi_webhooks import INTRODUCTION

CALLBACKS: Final = "Calls to your service"
_EXAMPLES: Final = (
    "<p>The examples below take the address of the system from <code>NOTIFY_URL</code>; those with curl a token from "
    "<code>NOTIFY_TOKEN</code>, those with Python an API key from <code>NOTIFY_API_KEY</code>. They use the official "
    "client: <code>pip install notifications-python-client</code>.</p>"
)


@dataclass(frozen=True, slots=True)
class _Call:
    """An operation of the document with its place in it."""

    method: str
    path: str
    operation: Json


Error = tuple[str, str, str]
"""Status, type, and when."""


def make_page(document: Json) -> str:
    """The whole page."""
    calls = [
        _Call(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    groups = [
        (tag, [call for call in calls if tag["name"] in call.operation["tags"]]) for tag in document["tags"]
    ]
    groups = [group for group in groups if group[1]]
    webhooks = [methods["post"] for methods in document["webhooks"].values()]
    fields = Fields(document["components"]["schemas"])
    common = _common_errors(calls)
    title = escape(document["info"]["title"])
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<title>{title}</title>\n<link rel="stylesheet" href="/docs/style.css">\n</head>\n<body>',
            f'<a class="skip" href="#content">Skip to the content</a>\n<header><h1>{title}</h1></header>',
            _navigation(groups, webhooks),
            '<main id="content">',
            *_introduction(document, common),
            *(_group(tag, found, fields, common) for tag, found in groups),
            *_webhooks(webhooks, fields),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _common_errors(calls: Iterable[_Call]) -> Sequence[Error]:
    """What every call with a token can be refused for: it is told once."""
    each = [list(_errors_of(call.operation)) for call in calls if "security" not in call.operation]
    return [error for error in each[0] if all(error in others for others in each)] if each else []


def _errors_of(operation: Json) -> Iterator[Error]:
    for status, response in operation["responses"].items():
        for error in response.get("x-errors", ()):
            when = error["when"] if error["message"] is None else f"{error['when']}: “{error['message']}”"
            yield status, error["error"], when


def _navigation(groups: Iterable[tuple[Json, Sequence[_Call]]], webhooks: Sequence[Json]) -> str:
    parts = [(tag["name"], [call.operation for call in calls]) for tag, calls in groups]
    lists = []
    for title, operations in [*parts, (CALLBACKS, webhooks)]:
        links = "".join(
            f'<li><a href="#{operation["operationId"]}">{escape(operation["summary"])}</a></li>'
            for operation in operations
        )
        lists.append(f"<h2>{escape(title)}</h2><ul>{links}</ul>")
    start = '<ul><li><a href="#start">Start here</a></li><li><a href="/openapi.json">OpenAPI document</a></li></ul>'
    return f'<nav aria-label="Contents">{start}{"".join(lists)}</nav>'


def _introduction(document: Json, common: Sequence[Error]) -> Iterator[str]:
    scheme = next(iter(document["components"]["securitySchemes"].values()))
    yield '<section id="start" aria-labelledby="start-title">\n<h2 id="start-title">Start here</h2>'
    yield prose(document["info"]["description"])
    yield "<h3>Who you are</h3>"
    yield prose(scheme["description"])
    yield _EXAMPLES
    yield "<h3>When something is wrong</h3>"
    yield prose("Under `/v2`, the status of the answer says what kind of fault it is, and its body is:")
    yield code(
        '{"status_code": 400, "errors": [{"error": "BadRequestError", "message": "Template not found"}]}'
    )
    yield prose(
        "Programs go by `status_code` and `error`; the wording of a message may change. Elsewhere, and for paths "
        "that do not exist, it is:"
    )
    yield code('{"result": "error", "message": "The method is not allowed for the requested URL."}')
    yield _folded("Errors of every call with a token", _errors_table("They are not repeated below", common))
    yield "</section>"


def _group(tag: Json, calls: Iterable[_Call], fields: Fields, common: Sequence[Error]) -> str:
    articles = [_article(call, fields, common) for call in calls]
    title = f"<h2>{escape(tag['name'])}</h2>{prose(tag['description'])}"
    return f'<section class="group">{title}{"".join(articles)}</section>'


def _article(call: _Call, fields: Fields, common: Sequence[Error]) -> str:
    operation = call.operation
    errors = [error for error in _errors_of(operation) if error not in common]
    parts = [
        _heading(operation),
        f'<p class="call"><span class="method">{call.method.upper()}</span> <code>{escape(call.path)}</code></p>',
        prose(operation.get("description", "")),
        fields.parameters("Parameters", operation["parameters"]),
        *_bodies(operation, fields),
        *(f"<h4>With {escape(one['label'])}</h4>{code(one['source'])}" for one in operation["x-codeSamples"]),
        *_answers(operation["responses"], fields),
        _folded("Errors", _errors_table("What can go wrong", errors)),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _heading(operation: Json) -> str:
    name = operation["operationId"]
    return (
        f'<article id="{name}" aria-labelledby="{name}-title">\n'
        f'<h3 id="{name}-title">{escape(operation["summary"])}</h3>'
    )


def _bodies(operation: Json, fields: Fields) -> Iterator[str]:
    if "requestBody" not in operation:
        return
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    for position, alternative in enumerate(schema.get("oneOf", [schema])):
        yield fields.request("Body" if position == 0 else "Or this body", alternative)


def _answers(responses: Json, fields: Fields) -> Iterator[str]:
    for status, response in responses.items():
        if not status.startswith("2"):
            continue
        yield f"<h4>Answer: {status}</h4>{prose(response['description'])}"
        yield fields.headers("Its headers", response.get("headers", {}))
        content = response.get("content", {}).get("application/json", {})
        if "example" in content:
            yield code(json.dumps(content["example"], indent=2, ensure_ascii=False))
            yield _folded("Its fields", fields.answer(content["schema"]))


def _errors_table(title: str, errors: Iterable[Error]) -> str:
    rows = [
        row(status, f"<code>{escape(kind)}</code>", escape(when))
        for status, kind, when in dict.fromkeys(errors)
    ]
    return table(title, ("Status", "Error", "When"), rows)


def _folded(summary: str, inside: str) -> str:
    return f"<details><summary>{summary}</summary>{inside}</details>" if inside else ""


def _webhooks(webhooks: Sequence[Json], fields: Fields) -> Iterator[str]:
    yield f'<section class="group"><h2>{CALLBACKS}</h2>{prose(INTRODUCTION)}'
    for position, webhook in enumerate(webhooks):
        if position == 0:
            yield fields.parameters("Headers of every call", webhook["parameters"])
        content = webhook["requestBody"]["content"]["application/json"]
        yield _heading(webhook)
        yield prose(webhook["description"])
        yield fields.request("Body", content["schema"])
        yield code(json.dumps(content["example"], indent=2, ensure_ascii=False))
        yield "</article>"
    yield "</section>"
