"""Reading fields of requests at the border: what every servicer checks alike. Not here: what a field means."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

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


def moment_from(stamp: Timestamp, field: str) -> datetime:
    """A time, in UTC. Raises InvalidRequest for one that no calendar has."""
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise invalid(field, f"{field} is not a time") from None


def span_from(duration: Duration, field: str) -> timedelta:
    """A length of time. Raises InvalidRequest for one that is out of range."""
    try:
        return duration.ToTimedelta()
    except (ValueError, OverflowError):
        raise invalid(field, f"{field} is not a length of time") from None


def invalid(field: str, message: str) -> InvalidRequest:
    """A refusal of one field."""
    return InvalidRequest([Violation(field, message)])
