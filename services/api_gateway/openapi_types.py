"""What the documentation says of an endpoint: an `Operation` stands beside its route, and the document is made of
nothing else than routes with their operations.

Not here: the operations themselves (`openapi_operations`), how they become OpenAPI (`openapi`).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from servicekit.errors import ServiceError
from services.api_gateway.schemas import Field, Schema


class Tag(Enum):
    """The parts of the documentation, in their order: title and what stands below it."""

    SENDING = (
        "Sending messages",
        "A message that was answered with 201 is stored and will be sent. Only these calls count towards limits.",
    )
    READING = ("Reading messages", "What was sent, and what became of it.")
    TEMPLATES = ("Templates", "What messages say.")
    RECEIVED_TEXTS = ("Received texts", "Texts that people sent to your numbers.")
    WITHOUT_TOKEN = ("Without a token", "Calls that anybody may make.")

    @property
    def title(self) -> str:
        """As shown."""
        return str(self.value[0])

    @property
    def description(self) -> str:
        """A sentence or two."""
        return str(self.value[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer that is no error."""

    status: int
    description: str
    bodies: tuple[Any, ...] = ()
    """Types of `answers`, or others that msgspec can tell the JSON Schema of. Several: any of them; none: no JSON."""
    content_type: str = "application/json"
    headers: tuple[Field, ...] = ()


ErrorKey = str | type[ServiceError]
"""A key of `errors.BY_REASON` or `errors.BY_TYPE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint, as the documentation tells of it. What every endpoint with a token or a body can answer besides is
    added in `openapi`."""

    id: str
    """A name that no other has, in camel case; generators of clients name their methods after it."""
    tag: Tag
    summary: str
    """A few words."""
    description: str = ""
    """Sentences in CommonMark."""
    path: tuple[Field, ...] = ()
    """The variable parts of the path."""
    query: Schema | None = None
    headers: tuple[Field, ...] = ()
    """Headers that a request may have."""
    bodies: tuple[tuple[str, Schema], ...] = ()
    """What its body may be, each with a name for the schema in the document. Several: any of them."""
    body_required: bool = True
    replies: tuple[Reply, ...]
    errors: tuple[ErrorKey, ...] = ()
    """What it refuses, besides what is added for all."""
    python: tuple[str, ...] = ()
    """The official Python client's method, then its arguments: names of fields, or `argument=field`. Empty where the
    client has no such method."""
