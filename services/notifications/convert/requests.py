"""requests.proto ⇄ values."""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from notify.notifications.v1 import requests_pb2 as pb
from servicekit.ids import first_id_at, time_of
from services.notifications.convert.reports import LAST_ID, london_date_from
from services.notifications.convert.values import id_from, invalid, moment_from, optional_id_from, timestamp
from services.notifications.reports_store import RefusedRow
from services.notifications.requests_store import RefusedRequests, RequestCount

_MAX_DAYS: Final = 10
_MAX_REFUSED: Final = 1_000
_MAX_COUNT: Final = 2**62
_WORD: Final = re.compile(r"[A-Za-z0-9_/{}.:-]{0,200}", re.ASCII)
_FIELD: Final = re.compile(r"[a-z_]{1,50}", re.ASCII)
_MAX_FIELDS: Final = 20
_BEGINNING: Final = datetime(1971, 1, 1, tzinfo=UTC)


def counts(request: pb.RecordRequestsRequest) -> list[RequestCount]:
    """Counts of days. Raises InvalidRequest."""
    if len(request.counts) > _MAX_DAYS:
        raise invalid("counts", f"counts can be of {_MAX_DAYS} days")
    found = {count.london_date: _count(count) for count in request.counts}
    return list(found.values())


def _count(given: pb.RequestCount) -> RequestCount:
    if not 0 <= given.failed <= given.requests <= _MAX_COUNT:
        raise invalid("counts", "requests and failed must be counts, and failed not the larger")
    return RequestCount(
        day=london_date_from(given.london_date, "counts.london_date"),
        requests=given.requests,
        failed=given.failed,
    )


def refused(request: pb.RecordRequestsRequest) -> list[RefusedRequests]:
    """Refused requests, each id once. Raises InvalidRequest."""
    if len(request.refused) > _MAX_REFUSED:
        raise invalid("refused", f"there can be {_MAX_REFUSED} refused requests in a call")
    found = [_refused(each) for each in request.refused]
    return list({each.id: each for each in found}.values())


def _refused(given: pb.RefusedRequests) -> RefusedRequests:
    id = id_from(given.id, "refused.id")
    if id.version != 7:
        raise invalid("refused.id", "refused.id must be a UUID of version 7")
    words = (given.method, given.route, given.error, given.reason)
    if not all(_WORD.fullmatch(word) for word in words):
        raise invalid("refused", "method, route, error and reason are words of at most 200 characters")
    if len(given.fields) > _MAX_FIELDS or not all(_FIELD.fullmatch(name) for name in given.fields):
        raise invalid("refused.fields", "fields are names in small letters")
    if not 100 <= given.status <= 599 or not 1 <= given.count <= _MAX_COUNT:
        raise invalid("refused", "status must be one of HTTP's, and count 1 or more")
    return RefusedRequests(
        id=id,
        service_id=optional_id_from(
            given.service_id, "refused.service_id", present=given.HasField("service_id")
        ),
        api_key_id=optional_id_from(
            given.api_key_id, "refused.api_key_id", present=given.HasField("api_key_id")
        ),
        method=given.method,
        route=given.route,
        status=given.status,
        error=given.error,
        reason=given.reason,
        fields=tuple(given.fields),
        count=given.count,
        last_at=moment_from(given.last_time, "refused.last_time"),
    )


def first_id(request: pb.ListRefusedRequestsRequest) -> UUID:
    """The first id that is wanted. Raises InvalidRequest."""
    if not request.HasField("from_time"):
        return UUID(int=0)
    return first_id_at(max(moment_from(request.from_time, "from_time"), _BEGINNING))


def before(request: pb.ListRefusedRequestsRequest) -> UUID:
    """The id that the wanted ones are before. Raises InvalidRequest."""
    end = LAST_ID
    if request.HasField("until_time"):
        end = first_id_at(max(moment_from(request.until_time, "until_time"), _BEGINNING))
    if request.HasField("page_token"):
        end = min(end, id_from(request.page_token, "page_token"))
    return end


def refused_row(found: RefusedRow) -> pb.RefusedRequests:
    """Refused requests that are alike."""
    return pb.RefusedRequests(
        id=str(found.id),
        service_id=None if found.service_id is None else str(found.service_id),
        api_key_id=None if found.api_key_id is None else str(found.api_key_id),
        method=found.method,
        route=found.route,
        status=found.status,
        error=found.error,
        reason=found.reason,
        fields=found.fields,
        count=found.count,
        first_time=timestamp(time_of(found.id)),
        last_time=timestamp(found.last_at),
    )
