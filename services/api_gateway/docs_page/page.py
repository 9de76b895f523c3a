"""HTML of the documentation, made of the OpenAPI document and of nothing else. Called by `openapi_endpoints`.

No scripts, nothing from elsewhere: a policy in the page's header forbids both. It can be read without the style sheet, by
a screen reader, and on paper.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from services.api_gateway.openapi_samples import REF

Json = Mapping[str, Any]

_markdown = MarkdownIt("commonmark", {"html": False})
_PLACES = {"path": "in the path", "query": "in the query", "header": "a header"}


def make_page(document: Json) -> str:
    """The whole page."""
    info = document["info"]
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    groups = [
        (tag, [entry for entry in operations if tag["name"] in entry[2]["tags"]]) for tag in document["tags"]
    ]
    groups = [group for group in groups if group[1]]
    schemas = document["components"]["schemas"]
    sections = [_group(tag, entries, schemas) for tag, entries in groups]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(info['title'])}</title>",
            '<link rel="stylesheet" href="/docs/style.css">',
            "</head>",
            "<body>",
            '<a class="skip" href="#content">Skip to the content</a>',
            f"<header><h1>{escape(info['title'])}</h1></header>",
            _navigation(groups),
            '<main id="content">',
            _introduction(document),
            *sections,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _navigation(groups: Sequence[tuple[Json, Sequence[tuple[str, str, Json]]]]) -> str:
    lists = []
    for tag, entries in groups:
        links = "".join(
            f'<li><a href="#{operation["operationId"]}">{escape(operation["summary"])}</a></li>'
            for _, _, operation in entries
        )
        lists.append(f"<h2>{escape(tag['name'])}</h2><ul>{links}</ul>")
    start = '<ul><li><a href="#start">Start here</a></li><li><a href="/openapi.json">OpenAPI document</a></li></ul>'
    return f'<nav aria-label="Contents">{start}{"".join(lists)}</nav>'


def _introduction(document: Json) -> str:
    scheme = next(iter(document["components"]["securitySchemes"].values()))
    return "\n".join(
        [
            '<section id="start" aria-labelledby="start-title">',
            '<h2 id="start-title">Start here</h2>',
            _markdown.render(document["info"]["description"]),
            "<h3>Who you are</h3>",
            _markdown.render(scheme["description"]),
            "<p>The examples below take the address of the system from <code>NOTIFY_URL</code>; those with curl a token from "
            "<code>NOTIFY_TOKEN</code>, those with Python an API key from <code>NOTIFY_API_KEY</code>. They use the "
            "official client: <code>pip install notifications-python-client</code>.</p>",
            "<h3>When something is wrong</h3>",
            "<p>Under <code>/v2</code>, the status of the answer says what kind of fault it is, and its body is:</p>",
            _code(
                '{"status_code": 400, "errors": [{"error": "BadRequestError", "message": "Template not found"}]}'
            ),
            "<p>Programs go by <code>status_code</code> and <code>error</code>; the wording of a message may change. Elsewhere, "
            "and for paths that do not exist, it is:</p>",
            _code('{"result": "error", "message": "The method is not allowed for the requested URL."}'),
            "</section>",
        ]
    )


def _group(tag: Json, entries: Iterable[tuple[str, str, Json]], schemas: Json) -> str:
    articles = [_article(method, path, operation, schemas) for method, path, operation in entries]
    title = f"<h2>{escape(tag['name'])}</h2>{_markdown.render(tag['description'])}"
    return f'<section class="group">{title}{"".join(articles)}</section>'


def _article(method: str, path: str, operation: Json, schemas: Json) -> str:
    name = operation["operationId"]
    label = f"{name}-title"
    parts = [
        f'<article id="{name}" aria-labelledby="{label}">',
        f'<h3 id="{label}">{escape(operation["summary"])}</h3>',
        f'<p class="call"><span class="method">{method.upper()}</span> <code>{escape(path)}</code></p>',
        _markdown.render(operation.get("description", "")),
        _parameters(operation["parameters"]),
        *_bodies(operation, schemas),
        *(_sample(code) for code in operation["x-codeSamples"]),
        *_answers(operation["responses"], schemas),
        _errors(operation["responses"]),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _parameters(parameters: Sequence[Json]) -> str:
    rows = [
        _row(
            parameter["name"], _PLACES[parameter["in"]], parameter["schema"], parameter["required"], parameter
        )
        for parameter in parameters
    ]
    return _table("Parameters", rows)


def _bodies(operation: Json, schemas: Json) -> Iterable[str]:
    if "requestBody" not in operation:
        return
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    alternatives = schema.get("oneOf", [schema])
    for position, alternative in enumerate(alternatives):
        title = "Body" if position == 0 else "Or this body"
        yield _table(title, _property_rows(_resolved(alternative, schemas)))


def _property_rows(schema: Json) -> list[str]:
    required = schema.get("required", [])
    return [
        _row(name, "", field, name in required, field) for name, field in schema.get("properties", {}).items()
    ]


def _row(name: str, place: str, schema: Json, required: bool, described: Json) -> str:  # noqa: FBT001 -- a cell of a table
    kind = ", ".join(part for part in (_kind(schema), place, "required" if required else "") if part)
    return (
        f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{escape(kind)}</td>'
        f"<td>{_markdown.renderInline(described.get('description', ''))}{_values(schema)}</td></tr>"
    )


def _table(title: str, rows: Sequence[str]) -> str:
    if not rows:
        return ""
    head = '<tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr>'
    return (
        f'<div class="wide"><table><caption>{title}</caption><thead>{head}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _kind(schema: Json) -> str:
    """A type in words."""
    if "$ref" in schema:
        return "object"
    kinds = schema.get("type", "any value")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    if not names and "anyOf" in schema:
        names = [_kind(one) for one in schema["anyOf"]]
    text = " or ".join(names)
    match schema:
        case {"format": "uuid"}:
            return text.replace("string", "UUID")
        case {"format": "date-time"}:
            return text.replace("string", "time")
        case {"format": "uri"}:
            return text.replace("string", "URL")
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}"
        case {"maxLength": longest}:
            return f"{text} of at most {longest:,} characters"
        case _:
            return text


def _values(schema: Json) -> str:
    """The values of a closed set."""
    values = [value for value in schema.get("items", schema).get("enum", ()) if value is not None]
    return (
        f" One of: {', '.join(f'<code>{escape(str(value))}</code>' for value in values)}." if values else ""
    )


def _sample(code: Json) -> str:
    return f"<h4>With {escape(code['label'])}</h4>{_code(code['source'])}"


def _answers(responses: Json, schemas: Json) -> Iterable[str]:
    for status, response in responses.items():
        if not status.startswith("2"):
            continue
        yield f"<h4>Answer: {status}</h4>{_markdown.render(response['description'])}"
        for kind, content in response.get("content", {}).items():
            if kind == "application/json" and "example" in content:
                yield _code(json.dumps(content["example"], indent=2, ensure_ascii=False))
                yield _fields_of(content["schema"], schemas)


def _fields_of(schema: Json, schemas: Json) -> str:
    """The fields of an answer and of what is in it, one table for each, to be opened by who wants them."""
    tables = []
    seen: list[str] = []
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.append(name)
        inner = schemas[name]
        tables.append(_table(escape(inner.get("description", name)), _property_rows(inner)))
        waiting += [found for field in inner.get("properties", {}).values() for found in _references(field)]
    if not tables:
        return ""
    return f"<details><summary>Its fields</summary>{''.join(tables)}</details>"


def _references(schema: Any) -> Iterable[str]:
    """Names of the schemas that a schema points to."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref":
                yield str(value).removeprefix(REF)
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def _errors(responses: Json) -> str:
    rows = []
    for status, response in responses.items():
        for error in response.get("x-errors", ()):
            shown = error["when"] if error["message"] is None else f"{error['when']}: “{error['message']}”"
            rows.append(
                f'<tr><th scope="row">{status}</th><td><code>{escape(error["error"])}</code></td>'
                f"<td>{escape(shown)}</td></tr>"
            )
    head = '<tr><th scope="col">Status</th><th scope="col">Error</th><th scope="col">When</th></tr>'
    return (
        "<details><summary>Errors</summary>"
        f'<div class="wide"><table><caption>What can go wrong</caption><thead>{head}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _resolved(schema: Json, schemas: Json) -> Json:
    reference = schema.get("$ref")
    return schema if reference is None else schemas[str(reference).removeprefix(REF)]


def _code(text: str) -> str:
    # It may be wider than the page: then it scrolls, and keys can only scroll what can have the focus.
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'
