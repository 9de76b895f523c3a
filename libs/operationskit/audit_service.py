"""AuditService: the record of changes of the service that registers it, and the rules of asking for it."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from google.protobuf.timestamp_pb2 import Timestamp
from grpc.aio import ServicerContext

from notify.operations.v1 import audit_pb2 as pb
from notify.operations.v1 import audit_pb2_grpc
from operationskit.audit import AuditEvent, AuditStore, EventFilter, Values
from servicekit.access import Access, reads
from servicekit.database import Pool
from servicekit.fields import id_from, invalid, moment_from
from servicekit.grpc_server import ServiceRegistration

AUDIT_ACCESS: Final[Mapping[str, Access]] = {
    "notify.operations.v1.AuditService/SearchEvents": reads("notifyctl")
}
"""The rows of a service's table of callers."""

_PAGE: Final = 50
_MAX_PAGE: Final = 1_000


def audit_registration(pool: Pool, *, recorded_by: str) -> ServiceRegistration:
    """What a service registers. `recorded_by`: its name, such as "notifications"."""
    return ServiceRegistration(
        add=audit_pb2_grpc.add_AuditServiceServicer_to_server,
        servicer=AuditServicer(AuditStore(pool), recorded_by=recorded_by),
    )


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    """Reads the record of changes."""

    def __init__(self, store: AuditStore, *, recorded_by: str) -> None:
        self._store = store
        self._recorded_by = recorded_by

    async def SearchEvents(  # noqa: N802 -- the name of the RPC
        self, request: pb.SearchEventsRequest, context: ServicerContext[Any, Any]
    ) -> pb.SearchEventsResponse:
        """Find events."""
        wanted = event_filter(request)
        events = await self._store.search(wanted)
        return pb.SearchEventsResponse(
            events=[_event(event, self._recorded_by) for event in events],
            next_page_token=str(events[-1].id) if len(events) == wanted.limit else None,
        )


def event_filter(request: pb.SearchEventsRequest) -> EventFilter:
    """What is asked for. Raises InvalidRequest."""
    if not 0 <= request.page_size <= _MAX_PAGE:
        raise invalid("page_size", f"page_size must be between 0 and {_MAX_PAGE}")
    if any("\0" in text for text in (request.type, request.actor, request.subject)):
        raise invalid("type", "type, actor and subject must not hold NUL")
    return EventFilter(
        type=request.type if request.HasField("type") else None,
        actor=request.actor if request.HasField("actor") else None,
        service_id=id_from(request.service_id, "service_id") if request.HasField("service_id") else None,
        subject=request.subject if request.HasField("subject") else None,
        since=moment_from(request.from_time, "from_time") if request.HasField("from_time") else None,
        until=moment_from(request.until_time, "until_time") if request.HasField("until_time") else None,
        fields=[_nested(name, value) for name, value in sorted(request.field_values.items())],
        older_than=id_from(request.page_token, "page_token") if request.HasField("page_token") else None,
        limit=request.page_size or _PAGE,
    )


def _nested(name: str, value: str) -> Values:
    """`limits.sms` and `5` → `{"limits": {"sms": 5}}`."""
    if "\\u0000" in value:  # no JSON in the database can hold it
        raise invalid("field_values", "field_values must not hold NUL")
    try:
        inner: Any = json.loads(value)
    except (ValueError, RecursionError):
        raise invalid("field_values", "field_values must hold JSON values") from None
    for part in reversed(name.split(".")):
        if not part or "\0" in part:
            raise invalid("field_values", "field_values must name fields")
        inner = {part: inner}
    return inner if isinstance(inner, dict) else {}


def _event(event: AuditEvent, recorded_by: str) -> pb.AuditEvent:
    at = Timestamp()
    at.FromDatetime(event.happened_at)
    return pb.AuditEvent(
        id=str(event.id),
        event_time=at,
        type=event.type,
        actor=event.actor,
        actor_is_person=event.actor_is_person,
        service_id=None if event.service_id is None else str(event.service_id),
        subject=event.subject,
        reason=event.reason,
        request_id=event.request_id,
        before_json=_json(event.before),
        after_json=_json(event.after),
        recorded_by=recorded_by,
    )


def _json(values: Values | None) -> str:
    return "" if values is None else msgspec.json.encode(values).decode()
