"""Enums, ids, times and errors, as all four servicers have them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar, cast
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import types_pb2 as pb
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import ServiceError, parts_of
from servicekit.fields import id_from as id_from
from servicekit.fields import invalid as invalid
from servicekit.fields import known_id_from as known_id_from
from servicekit.fields import moment_from as moment_from
from servicekit.fields import span_from as span_from
from services.notifications.deliveries import Lane

DOMAIN = "notifications.notify"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400
_MICROSECOND_NS = 1_000

E = TypeVar("E", bound=StrEnum)


def _table(enum: type[E], prefix: str, values: Mapping[str, int]) -> Mapping[int, E]:
    """Our enum by the number of the proto enum: members have the same names."""
    return MappingProxyType(
        {values[f"{prefix}_{member.name}"]: member for member in enum if f"{prefix}_{member.name}" in values}
    )


TYPES = _table(NotificationType, "NOTIFICATION_TYPE", dict(pb.NotificationType.items()))
KEY_TYPES = _table(KeyType, "KEY_TYPE", dict(pb.KeyType.items()))
STATUSES = _table(NotificationStatus, "NOTIFICATION_STATUS", dict(pb.NotificationStatus.items()))
TYPE_NUMBERS = {member: cast("pb.NotificationType", number) for number, member in TYPES.items()}
KEY_TYPE_NUMBERS = {member: cast("pb.KeyType", number) for number, member in KEY_TYPES.items()}
STATUS_NUMBERS = {member: cast("pb.NotificationStatus", number) for number, member in STATUSES.items()}
LANE_NUMBERS = {
    Lane.PRIORITY: pb.LANE_PRIORITY,
    Lane.NORMAL: pb.LANE_NORMAL,
    Lane.BULK: pb.LANE_BULK,
}


def type_from(number: int, field: str = "type") -> NotificationType:
    """A channel. Raises InvalidRequest for none or an unknown one."""
    return _known(TYPES, number, field)


def key_type_from(number: int, field: str = "key_type") -> KeyType:
    """A kind of key. Raises InvalidRequest for none or an unknown one."""
    return _known(KEY_TYPES, number, field)


def status_from(number: int, field: str = "status") -> NotificationStatus:
    """A status. Raises InvalidRequest for none or an unknown one."""
    return _known(STATUSES, number, field)


def postage_from(text: str, field: str = "postage") -> Postage:
    """How a letter is posted. Raises InvalidRequest."""
    try:
        return Postage(text)
    except ValueError:
        raise invalid(field, f"{field} must be one of {', '.join(Postage)}") from None


def optional_id_from(text: str, field: str, *, present: bool) -> UUID | None:
    """An id that may be absent. Raises InvalidRequest."""
    return id_from(text, field) if present else None


def timestamp(moment: datetime) -> Timestamp:
    """An aware time on the wire."""
    since = moment - _EPOCH  # `Timestamp.FromDatetime` takes several times as long
    return Timestamp(seconds=since.days * _DAY_S + since.seconds, nanos=since.microseconds * _MICROSECOND_NS)


def item_error(error: ServiceError) -> pb.ItemError:
    """An error of one item of a batch."""
    parts = parts_of(error, DOMAIN)
    return pb.ItemError(
        code=parts.code.value[0],
        message=parts.message,
        reason=parts.reason,
        metadata=dict(parts.metadata),
        violations=[
            pb.FieldViolation(field=fault.field, message=fault.message) for fault in parts.violations
        ],
    )


def page_size(given: int, default: int, maximum: int) -> int:
    """How many to list. Raises InvalidRequest when it is more than is allowed."""
    if given < 0 or given > maximum:
        raise invalid("page_size", f"page_size must be between 0 and {maximum}")
    return given or default


def _known(table: Mapping[int, E], number: int, field: str) -> E:
    member = table.get(number)
    if member is None:
        raise invalid(field, f"{field} is not set, or not known")
    return member
