"""Placeholders: `((name))` and `((name??text))` in a template, and the values that fill them.

What a message then does with the filled text (markdown, typography, counting) lives with that kind of
message. Called from `notifyrules.templates`, and by services that compare names of personalisation.

A text is compiled once and filled many times. Values are put in once: a placeholder inside a value stays as
it is. The rules are those of the public contract, "Templates and personalisation".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from notifyrules.text import escape_html, formatted_list, strip_and_remove_obscure_whitespace

PLACEHOLDER = re.compile(r"\(\(([^()]+)\)\)")

_TRUE_VALUES = frozenset({"yes", "y", "true", "t", "1", "include", "show"})
_MARKUP = re.compile(r"[&<>]")


def normalise_key(name: str) -> str:
    """Return `name` in the form that is compared: no spaces, `_` or `-`, lower case."""
    return name.replace(" ", "").replace("_", "").replace("-", "").lower()


def _comparison_key(name: str) -> str:
    # Names of placeholders are escaped with the rest of the content of an HTML part, so both sides are.
    return normalise_key(escape_html(name) if _MARKUP.search(name) else name)


def is_shown(value: object) -> bool:
    """Return whether a conditional placeholder with this value shows its text."""
    return str(value).lower() in _TRUE_VALUES


class Personalisation:
    """The values for one message, found by the name of a placeholder however it is spelt.

    `values` are what the API was given: text, numbers, booleans, None, lists, objects. Where two names are
    the same to `normalise_key`, the later one counts. False where there are no values at all.
    """

    __slots__ = ("_by_key",)

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        self._by_key = {_comparison_key(name): value for name, value in (values or {}).items()}

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def get(self, name: str) -> object | None:
        """Return the value for a placeholder's name, or None where it is missing or null."""
        return self._by_key.get(_comparison_key(name))

    def value_of(self, field: "Field") -> object | None:
        """Return the value for a compiled placeholder, or None where it is missing or null."""
        return self._by_key.get(field.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One placeholder as it stands in a text."""

    name: str  # as written, spaces included
    key: str  # the name as it is compared
    conditional_text: (
        str | None
    )  # what a conditional shows when its value is true; None for a plain placeholder


def _field(body: str) -> Field:
    name, separator, text = body.partition("??")
    return Field(name=name, key=_comparison_key(name), conditional_text=text if separator else None)


class CompiledText:
    """A text with its placeholders found."""

    __slots__ = ("_fields", "_parts", "content", "placeholders")

    content: str
    placeholders: tuple[str, ...]  # names in order of first use, each once, as first written

    def __init__(self, content: str) -> None:
        # Splitting at a pattern with one group gives text, body, text, body, …, text.
        parts: list[str | Field] = list(PLACEHOLDER.split(content))
        parts[1::2] = [_field(str(body)) for body in parts[1::2]]
        self.content = content
        self._parts = tuple(part for part in parts if part)
        self._fields = tuple(part for part in self._parts if isinstance(part, Field))
        self.placeholders = _each_once(self._fields)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every placeholder, in order, repeated ones too."""
        return self._fields

    def fill(
        self,
        personalisation: Personalisation,
        *,
        show: Callable[[object], str],
        mark: Callable[[Field], str],
    ) -> str:
        """Return the text with values put in.

        `show` turns a value into text and is one of `inline_text`, `bulleted_text`, `inline_html` or
        `bulleted_html`; `mark` gives what stands for a placeholder without a value, such as `mark_in_html`.
        """
        if not self._fields:
            return self.content
        filled: list[str] = []
        for part in self._parts:
            if isinstance(part, str):
                filled.append(part)
                continue
            value = personalisation.value_of(part)
            if value is None:
                filled.append(mark(part))
            elif part.conditional_text is None:
                filled.append(show(value))
            elif is_shown(value):
                filled.append(part.conditional_text)
        return "".join(filled)


def compile_text(content: str) -> CompiledText:
    """Return `content` compiled, to be filled as it is: for texts, plain text and what the API answers."""
    return CompiledText(content)


def compile_html(content: str) -> CompiledText:
    """Return `content` compiled with its markup escaped: for HTML, to be filled with escaped values."""
    return CompiledText(escape_html(content))


def _each_once(fields: Iterable[Field]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for field in fields:
        names.setdefault(field.key, field.name)
    return tuple(names.values())


def all_placeholders(*texts: CompiledText) -> tuple[str, ...]:
    """Return the names used in `texts`, in order of first use, each once, as first written."""
    return _each_once(field for text in texts for field in text.fields)


def missing_placeholders(placeholders: Iterable[str], personalisation: Personalisation) -> list[str]:
    """Return those of `placeholders` that have no value or null, as written."""
    return [name for name in placeholders if personalisation.get(name) is None]


# What a value looks like.


def _items(values: Iterable[object]) -> list[str]:
    cleaned = (strip_and_remove_obscure_whitespace(str(value)) for value in values if value is not None)
    return [item for item in cleaned if item]


def _listed(items: list[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def _bulleted(items: list[str]) -> str:
    return "".join(["\n", *(f"\n* {item}" for item in items)]) if items else ""


def inline_text(value: object) -> str:
    """Return a value as text: a list as `a, b and c`, others as Python writes them."""
    if isinstance(value, str):
        return value
    return _listed(_items(value)) if isinstance(value, list | tuple) else str(value)


def bulleted_text(value: object) -> str:
    """Return a value as text: a list as a blank line and markdown bullets, others as Python writes them."""
    if isinstance(value, str):
        return value
    return _bulleted(_items(value)) if isinstance(value, list | tuple) else str(value)


def inline_html(value: object) -> str:
    """Return a value as escaped HTML: a list as `a, b and c`."""
    if isinstance(value, list | tuple):
        return formatted_list(_items(value), before_each="", after_each="")
    return escape_html(str(value))


def bulleted_html(value: object) -> str:
    """Return a value as escaped HTML: a list as a blank line and markdown bullets."""
    return escape_html(bulleted_text(value))


# What stands for a placeholder that has no value.


def mark_in_html(field: Field) -> str:
    """Return the placeholder as web pages show it: brackets as entities, so that it is not found again."""
    if field.conditional_text is None:
        return f"<span class='placeholder'>&#40;&#40;{field.name}&#41;&#41;</span>"
    return (
        f"<span class='placeholder-conditional'>&#40;&#40;{field.name}??</span>"
        f"{field.conditional_text}&#41;&#41;"
    )


def mark_in_html_without_brackets(field: Field) -> str:
    """Return the placeholder as `mark_in_html` does, a plain one without its brackets."""
    if field.conditional_text is None:
        return f"<span class='placeholder-no-brackets'>{field.name}</span>"
    return mark_in_html(field)


def mark_in_text(field: Field) -> str:
    """Return the placeholder as it was typed."""
    if field.conditional_text is None:
        return f"(({field.name}))"
    return f"(({field.name}??{field.conditional_text}))"


def mark_in_text_without_brackets(field: Field) -> str:
    """Return the name of a plain placeholder, or a conditional as it was typed."""
    return field.name if field.conditional_text is None else mark_in_text(field)


def redact_in_html(_field: Field) -> str:
    """Return what hides that there is a placeholder's value to be seen, as HTML."""
    return "<span class='placeholder-redacted'>hidden</span>"


def redact_in_text(_field: Field) -> str:
    """Return what hides that there is a placeholder's value to be seen, as text."""
    return "[hidden]"
