"""What a rule of a field accepts, as JSON Schema: said beside the rule, and read where the OpenAPI document is made.

Not here: the rules themselves (`schemas`), the document (`openapi`).
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

JsonSchema = Mapping[str, Any]

C = TypeVar("C", bound=Callable[..., Any])

# Weak, because some rules are made anew for each clock.
_accepted: WeakKeyDictionary[Callable[..., Any], JsonSchema] = WeakKeyDictionary()


def accepts(schema: JsonSchema) -> Callable[[C], C]:
    """Mark a rule with the JSON Schema (draft 2020-12) of what it lets pass. The schema may allow more than the rule,
    never less; a `format` in it is a hint for people and generators of clients.
    """

    def mark(check: C) -> C:
        _accepted[check] = schema
        return check

    return mark


def accepted_by(check: Callable[..., Any]) -> JsonSchema:
    """What a rule was marked with; an empty schema (anything) for one that was not."""
    return _accepted.get(check, {})
