"""Examples for the documentation: the call with curl and with Python, and what comes back.

Made of the fields' own examples; a sample answer is made of its schema. Called by `openapi`.
"""

import json
import shlex
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from services.api_gateway.openapi_fields import JsonSchema
from services.api_gateway.openapi_types import Operation
from services.api_gateway.routes import Route

REF: Final = "#/components/schemas/"


def request_example(operation: Operation) -> dict[str, Any] | None:
    """A body with every field that has an example; None where there is no body."""
    if not operation.bodies:
        return None
    in_path = {field.name for field in operation.path}
    _, schema = operation.bodies[0]
    return {
        field.name: field.example
        for field in schema.fields
        if field.example is not None and field.name not in in_path
    }


def code_samples(route: Route, operation: Operation) -> list[dict[str, str]]:
    """The same call in two languages, in the form of the extension `x-codeSamples`. They take the address of the system
    from NOTIFY_URL, and a token (curl) from NOTIFY_TOKEN or an API key (Python) from NOTIFY_API_KEY."""
    samples = [{"lang": "Shell", "label": "curl", "source": _curl(route, operation)}]
    if route.needs_token:
        samples.append({"lang": "Python", "label": "Python", "source": _python(route, operation)})
    return samples


def _curl(route: Route, operation: Operation) -> str:
    query = urlencode(_query_example(operation))
    url = "$NOTIFY_URL" + _path_example(route, operation) + (f"?{query}" if query else "")
    parts = [f'curl "{url}"']
    body = request_example(operation)
    if route.method != "GET" and not body:
        parts[0] = f'curl -X {route.method} "{url}"'
    if route.needs_token:
        parts.append('-H "Authorization: Bearer $NOTIFY_TOKEN"')
    if body:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d {shlex.quote(_printed(body))}")
    if any(not reply.content_type.startswith(("application/json", "text/")) for reply in operation.replies):
        parts.append("-o answer")
    return " \\\n  ".join(parts)


def _python(route: Route, operation: Operation) -> str:
    call = _client_call(operation) if operation.python else _plain_call(route, operation)
    return "\n".join(
        [
            "import os",
            "from notifications_python_client import NotificationsAPIClient",
            "",
            'client = NotificationsAPIClient(os.environ["NOTIFY_API_KEY"], base_url=os.environ["NOTIFY_URL"])',
            f"answer = {call}",
        ]
    )


def _client_call(operation: Operation) -> str:
    """The official client's own method. Its arguments are mostly called as the fields are."""
    values = {
        **{field.name: field.example for field in operation.path},
        **_query_example(operation),
        **(request_example(operation) or {}),
    }
    method, *arguments = operation.python
    lines = []
    for argument in arguments:
        name, _, field = argument.partition("=")
        lines.append(f"    {name}={_literal(values[field or name], 4)},")
    return "\n".join([f"client.{method}(", *lines, ")"]) if lines else f"client.{method}()"


def _plain_call(route: Route, operation: Operation) -> str:
    """What the official client has for paths that it does not know."""
    path = json.dumps(_path_example(route, operation))
    if route.method == "GET":
        query = _query_example(operation)
        return f"client.get({path}, params={_literal(query, 0)})" if query else f"client.get({path})"
    return f"client.post({path}, data={_literal(request_example(operation) or {}, 0)})"


def _path_example(route: Route, operation: Operation) -> str:
    path = route.path
    for field in operation.path:
        path = path.replace(f"{{{field.name}}}", str(field.example))
    return path


def _query_example(operation: Operation) -> dict[str, Any]:
    fields = () if operation.query is None else operation.query.fields
    return {field.name: field.example for field in fields if field.example is not None}


def _printed(value: Any, indent: int = 2) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)


def _literal(value: Any, indent: int) -> str:
    """A value as a person would write it in Python: double quotes, and dictionaries over several lines."""
    text = _printed(value, 4).replace("\n", "\n" + " " * indent)
    return text.replace(": true", ": True").replace(": false", ": False").replace(": null", ": None")


def sample(schema: JsonSchema, components: Mapping[str, JsonSchema]) -> Any:
    """A value that a schema allows: the examples in it where there are some."""
    if "$ref" in schema:
        return sample(components[schema["$ref"].removeprefix(REF)], components)
    for key in ("examples", "enum"):
        if key in schema:
            return None if None in schema[key] else schema[key][0]
    if "const" in schema:
        return schema["const"]
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        return sample(alternatives[0], components)
    kinds = schema.get("type", "object")
    if "null" in kinds:
        return None
    match kinds:
        case "object":
            return {name: sample(inner, components) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return [sample(schema["items"], components)]
        case _:
            return {"integer": 1, "number": 0.0, "boolean": False, "null": None}.get(kinds, "…")
