"""Reading fields of requests at the border: what every servicer checks alike. Not here: what a field means."""

from uuid import UUID

from servicekit.errors import InvalidRequest, Violation
from servicekit.ids import parse_id


def id_from(text: str, field: str) -> UUID:
    """An id. Raises InvalidRequest, which names the field."""
    try:
        return parse_id(text)
    except ValueError:
        raise invalid(field, f"{field} is not a valid UUID") from None


def invalid(field: str, message: str) -> InvalidRequest:
    """A refusal of one field."""
    return InvalidRequest([Violation(field, message)])
