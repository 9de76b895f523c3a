"""UnsubscribeRequestsService: pages, times and outcomes as they travel."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from notify.notifications.v1 import unsubscribe_requests_pb2 as pb
from servicekit.errors import InvalidRequest
from servicekit.ids import new_id
from services.notifications.convert.received_texts import unsubscribe_outcome
from services.notifications.servicers.received_texts import UnsubscribeRequestsServicer
from services.notifications.unsubscribing import UnsubscribeOutcome
from services.notifications.unsubscribing_store import UnsubscribeRequest
from tests.unit.notifications.builders import NOW, SERVICE_ID


class FakeUnsubscribing:
    """Has one request, and notes what it is asked."""

    def __init__(self) -> None:
        self.request = UnsubscribeRequest(
            id=new_id(at=NOW),
            notification_id=new_id(),
            template_id=new_id(),
            template_version=3,
            email_address="Ada@example.com",
            closed_at=None,
        )
        self.asked: list[object] = []

    async def list(
        self, service_id: UUID, *, include_closed: bool, before: UUID | None, limit: int
    ) -> list[UnsubscribeRequest]:
        self.asked.append((service_id, include_closed, before, limit))
        return [self.request]

    async def close(self, service_id: UUID, until: datetime) -> int:
        self.asked.append((service_id, until))
        return 1


def servicer(unsubscribing: FakeUnsubscribing) -> UnsubscribeRequestsServicer:
    return UnsubscribeRequestsServicer(unsubscribing)  # type: ignore[arg-type]  # has what is used


async def test_a_page_of_requests() -> None:
    fake = FakeUnsubscribing()
    request = pb.ListUnsubscribeRequestsRequest(service_id=str(SERVICE_ID), page_size=1, include_closed=True)
    answer = await servicer(fake).ListUnsubscribeRequests(request, None)  # type: ignore[arg-type]  # no context is used
    (found,) = answer.unsubscribe_requests
    assert (found.id, found.email_address, found.template_version) == (
        str(fake.request.id),
        "Ada@example.com",
        3,
    )
    assert found.create_time.ToDatetime(UTC) == NOW
    assert not found.HasField("close_time")
    assert answer.next_page_token == str(fake.request.id)
    assert fake.asked == [(SERVICE_ID, True, None, 1)]


async def test_requests_are_closed_up_to_a_time() -> None:
    fake = FakeUnsubscribing()
    request = pb.CloseUnsubscribeRequestsRequest(service_id=str(SERVICE_ID))
    with pytest.raises(InvalidRequest):
        await servicer(fake).CloseUnsubscribeRequests(request, None)  # type: ignore[arg-type]  # no context is used
    request.until_time.FromDatetime(NOW)
    answer = await servicer(fake).CloseUnsubscribeRequests(request, None)  # type: ignore[arg-type]  # no context is used
    assert answer.closed_count == 1
    assert fake.asked == [(SERVICE_ID, NOW)]


@pytest.mark.parametrize("outcome", UnsubscribeOutcome)
def test_every_outcome_travels(outcome: UnsubscribeOutcome) -> None:
    assert pb.UnsubscribeOutcome.Name(unsubscribe_outcome(outcome)) == f"UNSUBSCRIBE_OUTCOME_{outcome.name}"
