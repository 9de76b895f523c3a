"""Reading fields of requests at the border: what every servicer checks alike. Not here: what a field means."""

from functools import lru_cache
from uuid import UUID

from servicekit.errors import InvalidRequest, Violation
from servicekit.ids import parse_id


def id_from(text: str, field: str) -> UUID:
    """An id. Raises InvalidRequest, which names the field."""
    try:
        return parse_id(text)
    except ValueError:
        raise invalid(field, f"{field} is not a valid UUID") from None


def known_id_from(text: str, field: str) -> UUID:
    """As `id_from`, for ids that come again and again (services, keys, templates): read once, and one object for all
    rows of a batch. Raises InvalidRequest.
    """
    try:
        return _read_once(text)
    except ValueError:
        raise invalid(field, f"{field} is not a valid UUID") from None


_read_once = lru_cache(maxsize=16_384)(parse_id)


def invalid(field: str, message: str) -> InvalidRequest:
    """A refusal of one field."""
    return InvalidRequest([Violation(field, message)])
