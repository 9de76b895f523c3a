"""The small parts of the documentation's page: tables of fields, code, text. `page` puts them together."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt

from services.api_gateway.openapi_samples import REF

Json = Mapping[str, Any]

_markdown: Final = MarkdownIt("commonmark", {"html": False})
_PLACES: Final = {"path": "in the path", "query": "in the query", "header": "a header"}


def prose(text: str) -> str:
    """CommonMark as paragraphs."""
    return str(_markdown.render(text))


def code(text: str) -> str:
    """A block of code."""
    # It may be wider than the page: then it scrolls, and keys can only scroll what can have the focus.
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def table(title: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    """A table of rows that are made; nothing when there are none."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    return (
        f'<div class="wide"><table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def row(first: str, second: str, third: str) -> str:
    """One row, of three cells of HTML."""
    return f'<tr><th scope="row">{first}</th><td>{second}</td><td>{third}</td></tr>'


class Fields:
    """Tables of fields; knows the document's named schemas."""

    def __init__(self, schemas: Json) -> None:
        self._schemas = schemas

    def parameters(self, title: str, parameters: Iterable[Json]) -> str:
        """Parameters of a request."""
        rows = [
            self._row(
                found["name"],
                found["schema"],
                _PLACES[found["in"]],
                "required" if found["required"] else "",
                about=found.get("description", ""),
            )
            for found in parameters
        ]
        return _fields_table(title, rows)

    def headers(self, title: str, headers: Json) -> str:
        """Headers of an answer."""
        rows = [
            self._row(name, header["schema"], about=header.get("description", ""))
            for name, header in headers.items()
        ]
        return _fields_table(title, rows)

    def request(self, title: str, schema: Json) -> str:
        """Fields of a body that is sent."""
        found = self.resolved(schema)
        required = found.get("required", ())
        rows = [
            self._row(name, field, "required" if name in required else "")
            for name, field in found.get("properties", {}).items()
        ]
        return _fields_table(title, rows)

    def answer(self, schema: Any) -> str:
        """Fields of a body that is answered, and of what is in it: one table for each thing."""
        tables = []
        seen: list[str] = []
        waiting = list(_references(schema))
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.append(name)
            found = self._schemas[name]
            required = found.get("required", ())
            rows = [
                self._row(field, inner, "" if field in required else "may be missing")
                for field, inner in found.get("properties", {}).items()
            ]
            tables.append(_fields_table(found.get("description", name), rows))
            waiting += _references(found.get("properties", {}))
        return "".join(tables)

    def resolved(self, schema: Json) -> Json:
        """The schema that a reference points to."""
        if "$ref" not in schema:
            return schema
        found: Json = self._schemas[str(schema["$ref"]).removeprefix(REF)]
        return found

    def _row(self, name: str, schema: Json, *remarks: str, about: str | None = None) -> str:
        kind = ", ".join(part for part in (kind_of(schema), *remarks) if part)
        if about is None:
            about = schema.get("description") or self.resolved(schema).get("description", "")
        return row(
            f"<code>{escape(name)}</code>", escape(kind), f"{_markdown.renderInline(about)}{_values(schema)}"
        )


def _fields_table(title: str, rows: Sequence[str]) -> str:
    return table(title, ("Name", "Type", "Meaning"), rows)


def kind_of(schema: Json) -> str:
    """A type in words."""
    if "$ref" in schema:
        return "object"
    if "anyOf" in schema:
        return " or ".join(kind_of(one) for one in schema["anyOf"])
    kinds = schema.get("type", "any value")
    text = kinds if isinstance(kinds, str) else " or ".join(kinds)
    match schema:
        case {"format": "uuid"}:
            return text.replace("string", "UUID")
        case {"format": "date-time"}:
            return text.replace("string", "time")
        case {"format": "uri"}:
            return text.replace("string", "URL")
        case {"type": "array", "items": items}:
            return f"list of {kind_of(items)}"
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


def _references(schema: Any) -> Iterable[str]:
    """Names of the schemas that a schema points to, at any depth."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref":
                yield str(value).removeprefix(REF)
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)
