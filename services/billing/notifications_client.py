"""What billing asks the notifications service: the feed, a day's facts, services and organisations."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar, cast
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    status_changes_pb2,
    status_changes_pb2_grpc,
    types_pb2,
)
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.grpc_client import Channel
from services.billing.facts import Change, ChangesPage, FactsGroup, FactsLot, NotificationFacts
from services.billing.usage_store import KnownService

E = TypeVar("E", bound=StrEnum)

_FEED_TIMEOUT_S: Final = 10.0
_DAY_TIMEOUT_S: Final = 600.0
_PAGE: Final = 1_000


def _table(enum: type[E], prefix: str, values: Mapping[str, int]) -> Mapping[int, E]:
    return {
        values[f"{prefix}_{member.name}"]: member for member in enum if f"{prefix}_{member.name}" in values
    }


_TYPES: Final = _table(NotificationType, "NOTIFICATION_TYPE", dict(types_pb2.NotificationType.items()))
_KEY_TYPES: Final = _table(KeyType, "KEY_TYPE", dict(types_pb2.KeyType.items()))
_STATUSES: Final = _table(
    NotificationStatus, "NOTIFICATION_STATUS", dict(types_pb2.NotificationStatus.items())
)
_STATUS_NUMBERS: Final = {
    status: cast("types_pb2.NotificationStatus", number) for number, status in _STATUSES.items()
}


class NotificationsClient:
    """The notifications service. All raise `Unavailable`, `DeadlineExceeded` and what the server raises."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._changes = status_changes_pb2_grpc.StatusChangesServiceStub(channel.grpc)
        self._accounts = accounts_pb2_grpc.AccountsServiceStub(channel.grpc)

    async def changes(
        self, position: str | None, statuses: tuple[NotificationStatus, ...], limit: int
    ) -> ChangesPage:
        """A page of the feed. Raises RuleBroken where the position is lost."""
        request = status_changes_pb2.ListStatusChangesRequest(page_size=limit, page_token=position)
        request.statuses.extend(_STATUS_NUMBERS[status] for status in statuses)
        answer = await self._channel.call(
            self._changes.ListStatusChanges, request, timeout_s=_FEED_TIMEOUT_S, idempotent=True
        )
        return ChangesPage(
            changes=tuple(
                Change(
                    id=UUID(change.notification_id),
                    facts=_facts(change.facts) if change.HasField("facts") else None,
                )
                for change in answer.changes
            ),
            position=answer.next_page_token,
            has_more=answer.has_more,
        )

    async def facts(
        self, from_time: datetime, until_time: datetime, service_id: UUID | None, *, counts_only: bool
    ) -> AsyncIterator[FactsLot]:
        """What is billed of all notifications made in a span of time, in lots by id."""
        request = status_changes_pb2.ReadNotificationFactsRequest(
            from_time=_stamp(from_time),
            until_time=_stamp(until_time),
            service_id=None if service_id is None else str(service_id),
            counts_only=counts_only,
        )
        answers = self._channel.stream(self._changes.ReadNotificationFacts, request, timeout_s=_DAY_TIMEOUT_S)
        async for answer in answers:
            yield FactsLot(
                groups=tuple(
                    FactsGroup(
                        facts=_facts(group.facts),
                        count=group.count,
                        ids=group.ids,
                        versions=group.versions,
                    )
                    for group in answer.groups
                ),
                last_id=UUID(answer.last_id),
            )

    async def services(self) -> Sequence[KnownService]:
        """Every service, with its organisation."""
        organisations = await self._organisations()
        found: list[KnownService] = []
        request = accounts_pb2.ListServicesRequest(page_size=_PAGE)
        while True:
            answer = await self._channel.call(self._accounts.ListServices, request, idempotent=True)
            for service in answer.services:
                of = (
                    organisations.get(service.organisation_id)
                    if service.HasField("organisation_id")
                    else None
                )
                found.append(
                    KnownService(
                        id=UUID(service.id),
                        name=service.name,
                        organisation_id=UUID(of.id) if of else None,
                        organisation_name=of.name if of else None,
                        organisation_type=of.organisation_type if of else None,
                    )
                )
            if not answer.HasField("next_page_token"):
                return found
            request.page_token = answer.next_page_token

    async def _organisations(self) -> dict[str, accounts_pb2.Organisation]:
        found: dict[str, accounts_pb2.Organisation] = {}
        request = accounts_pb2.ListOrganisationsRequest(page_size=_PAGE)
        while True:
            answer = await self._channel.call(self._accounts.ListOrganisations, request, idempotent=True)
            found |= {organisation.id: organisation for organisation in answer.organisations}
            if not answer.HasField("next_page_token"):
                return found
            request.page_token = answer.next_page_token


def _facts(pb: status_changes_pb2.NotificationFacts) -> NotificationFacts:
    return NotificationFacts(
        version=pb.version,
        service_id=UUID(pb.service_id),
        template_id=UUID(pb.template_id),
        type=_TYPES[pb.type],
        key_type=_KEY_TYPES[pb.key_type],
        status=_STATUSES[pb.status],
        provider=pb.provider if pb.HasField("provider") else None,
        billable_units=pb.billable_units,
        rate_multiplier=pb.rate_multiplier,
        postage=pb.postage if pb.HasField("postage") else None,
    )


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
