"""The other services, by gRPC: batching, deadlines and retries of the gateway's calls. Implements `ports`.

Items of concurrent requests travel together (`servicekit.batching`): a gRPC call costs Python as much as
the rest of a request. Conversions are in `convert`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc

from notify.email.v1 import email_pb2, email_pb2_grpc
from notify.letters.v1 import letters_pb2, letters_pb2_grpc
from notify.notifications.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    notifications_pb2,
    notifications_pb2_grpc,
    templates_pb2,
    templates_pb2_grpc,
)
from notify.sms.v1 import sms_pb2, sms_pb2_grpc
from notifyrules.statuses import KeyType
from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.errors import DeadlineExceeded, InternalError, ServiceError, Unavailable
from servicekit.grpc_client import Channel
from services.api_gateway import convert
from services.api_gateway.credentials import Credentials
from services.api_gateway.idempotency import RequestKey
from services.api_gateway.messages import NotificationsFilter
from services.api_gateway.ports import EmailReceiptOutcome, InboundAnswer, InboundResult, SmsProvider

PAGE_SIZE: Final = 250

_MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
"""A quarter of the longest gRPC message: answers hold the filled-in texts, which may be longer than what
was sent."""
_CREATE_TIMEOUT_S: Final = 10.0
_MAX_WAIT_S: Final = 15.0
"""An item that waited so long for its turn is given up: its client has, or will have before it could be
answered."""
_MAX_WAITING: Final = 5_000
_MIN_BESIDE: Final = 16
"""A second call beside one under way is made for so many items: a call costs about 1.1 ms of CPU in all processes
together, and with 64 connections they went 20 at a time instead of 30."""
_RECEIPT_TIMEOUT_S: Final = 10.0
_UPLOAD_TIMEOUT_S: Final = 20.0
_CREDENTIALS_TIMEOUT_S: Final = 2.0
"""Short, as every request waits for it, and an older entry will often do."""
_HEALTH_TIMEOUT_S: Final = 1.0


class _Sized(Protocol):
    def ByteSize(self) -> int:  # noqa: N802 -- protobuf's name
        ...


M = TypeVar("M", bound=_Sized)
R = TypeVar("R")


Send = Callable[[Sequence[M]], Awaitable[list[R | Exception]]]
"""Makes one call for items; one result for each, in order."""


@dataclass(slots=True)
class _Waiting(Generic[M]):
    """An item and since when it waits."""

    item: M
    since: float


class Notifications:
    """Messages of the notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = notifications_pb2_grpc.NotificationsServiceStub(channel.grpc)
        self._new: Batcher[
            _Waiting[notifications_pb2.NewNotification], notifications_pb2.CreatedNotification
        ] = Batcher(
            lambda waiting: _send_fresh(waiting, self._create),
            name="new notifications",
            max_items=64,
            max_in_flight=2,
            min_beside=_MIN_BESIDE,
            max_waiting=_MAX_WAITING,
        )
        self._reads: Batcher[_Waiting[notifications_pb2.NotificationRef], notifications_pb2.Notification] = (
            Batcher(
                lambda waiting: _send_fresh(waiting, self._get),
                name="read notifications",
                max_items=64,
                max_in_flight=2,
                min_beside=_MIN_BESIDE,
                max_waiting=_MAX_WAITING,
            )
        )

    async def create(self, item: notifications_pb2.NewNotification) -> notifications_pb2.CreatedNotification:
        """Store and queue one notification, in the same call as others that are waiting."""
        return await self._new.submit(_Waiting(item, monotonic()))

    async def check_letter_upload(self, service_id: str, key_type: KeyType) -> None:
        """Ask whether letters may be sent with a kind of key. Raises RuleBroken."""
        request = notifications_pb2.CheckLetterUploadRequest(
            service_id=service_id, key_type=convert.KEY_TYPE_TO_PB[key_type]
        )
        await self._channel.call(self._stub.CheckLetterUpload, request, idempotent=True)

    async def kept_answer(self, service_id: str, key: RequestKey) -> notifications_pb2.CreatedNotification:
        """Read what the first request with a key was answered. Raises NotFound."""
        request = notifications_pb2.GetKeptAnswerRequest(
            service_id=service_id, idempotency=convert.idempotency_key(key)
        )
        response = await self._channel.call(self._stub.GetKeptAnswer, request, idempotent=True)
        return response.notification

    async def get(self, service_id: str, notification_id: str) -> notifications_pb2.Notification:
        """Read one, in the same call as others that are waiting. Raises NotFound."""
        ref = notifications_pb2.NotificationRef(service_id=service_id, notification_id=notification_id)
        return await self._reads.submit(_Waiting(ref, monotonic()))

    async def page(self, wanted: NotificationsFilter) -> Sequence[notifications_pb2.Notification]:
        """Read a page, newest first."""
        request = convert.list_request(wanted, PAGE_SIZE)
        response = await self._channel.call(self._stub.ListNotifications, request, idempotent=True)
        return response.notifications

    async def close(self) -> None:
        """Finish what was accepted."""
        await self._new.close()
        await self._reads.close()

    async def _create(
        self, items: Sequence[notifications_pb2.NewNotification]
    ) -> list[notifications_pb2.CreatedNotification | Exception]:
        request = notifications_pb2.CreateNotificationsRequest(notifications=items)
        response = await self._channel.call(
            self._stub.CreateNotifications, request, timeout_s=_CREATE_TIMEOUT_S, idempotent=True
        )
        return [convert.item_result(result) for result in response.results]

    async def _get(
        self, refs: Sequence[notifications_pb2.NotificationRef]
    ) -> list[notifications_pb2.Notification | Exception]:
        request = notifications_pb2.GetNotificationsRequest(notifications=refs)
        response = await self._channel.call(self._stub.GetNotifications, request, idempotent=True)
        return [
            result.notification if result.HasField("notification") else convert.item_error(result.error)
            for result in response.results
        ]


async def _send_fresh(waiting: Sequence[_Waiting[M]], send: Send[M, R]) -> Sequence[R | Exception]:
    """Send what waited; what did so for too long is given up instead."""
    oldest = monotonic() - _MAX_WAIT_S
    fresh = [entry.item for entry in waiting if entry.since >= oldest]
    results = await _in_parts(fresh, send)
    if len(fresh) == len(waiting):
        return results
    remaining = iter(results)
    return [next(remaining) if entry.since >= oldest else DeadlineExceeded() for entry in waiting]


async def _in_parts(items: Sequence[M], send: Send[M, R]) -> list[R | Exception]:
    """Send items in calls of an allowed length; a call that ends as a bug or grew too long is made again in
    halves, so that one item can't take the others down. Only for calls that may be repeated.
    """
    results: list[R | Exception] = []
    for part in _by_size(items):
        try:
            results += await send(part)
        except InternalError as err:
            if len(part) == 1:
                results.append(err)
                continue
            half = len(part) // 2
            results += await _in_parts(part[:half], send)
            results += await _in_parts(part[half:], send)
        except ServiceError as err:
            results += [err] * len(part)
    return results


def _by_size(items: Sequence[M]) -> list[Sequence[M]]:
    """Cut a list so that each part fits a call; a part has at least one item."""
    parts: list[Sequence[M]] = []
    begin = size = 0
    for position, item in enumerate(items):
        length = item.ByteSize()
        if position > begin and size + length > _MAX_BATCH_BYTES:
            parts.append(items[begin:position])
            begin, size = position, 0
        size += length
    if begin < len(items):
        parts.append(items[begin:])
    return parts


class Templates:
    """Templates of the notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = templates_pb2_grpc.TemplatesServiceStub(channel.grpc)

    async def get(self, service_id: str, template_id: str, version: int) -> templates_pb2.Template:
        """Read a version; 0 is the current one. Raises NotFound."""
        request = templates_pb2.GetTemplateRequest(
            service_id=service_id, template_id=template_id, version=version
        )
        response = await self._channel.call(self._stub.GetTemplate, request, idempotent=True)
        return response.template

    async def all(self, request: templates_pb2.ListTemplatesRequest) -> Sequence[templates_pb2.Template]:
        """Read all templates of a service, or all of a type."""
        response = await self._channel.call(self._stub.ListTemplates, request, idempotent=True)
        return response.templates

    async def preview(
        self, service_id: str, template_id: str, personalisation_json: str
    ) -> templates_pb2.PreviewTemplateResponse:
        """Fill a template in. Raises NotFound, RuleBroken."""
        request = templates_pb2.PreviewTemplateRequest(
            service_id=service_id, template_id=template_id, personalisation_json=personalisation_json
        )
        return await self._channel.call(self._stub.PreviewTemplate, request, idempotent=True)


class Accounts:
    """Accounts of the notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = accounts_pb2_grpc.AccountsServiceStub(channel.grpc)

    async def credentials(self, service_id: UUID) -> Credentials:
        """A service's keys, state and limits. Raises NotFound."""
        request = accounts_pb2.GetServiceCredentialsRequest(service_id=str(service_id))
        response = await self._channel.call(
            self._stub.GetServiceCredentials, request, timeout_s=_CREDENTIALS_TIMEOUT_S, idempotent=True
        )
        return convert.credentials_from(response)


class Sms:
    """Receipts of text providers, for the sms service."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._stub = sms_pb2_grpc.SmsServiceStub(channel.grpc)
        self._batcher: Batcher[sms_pb2.RawReceipt, Sequence[str]] = Batcher(
            self._flush, name="sms receipts", max_in_flight=1
        )

    async def hand_receipt(self, provider: SmsProvider, body: bytes) -> Sequence[str]:
        """Hand a receipt over, in the same call as others that are waiting; answers what is wrong with it."""
        number = _SMS_PROVIDERS[provider]
        receipt = sms_pb2.RawReceipt(provider=number, body=body, receive_time=_now(self._clock))
        return await self._batcher.submit(receipt)

    async def hand_inbound(
        self, provider: SmsProvider, body: bytes, authorization: str | None
    ) -> InboundResult:
        """Hand a received text over. A call that is lost is not repeated here: the provider comes again."""
        request = sms_pb2.HandleInboundRequest(
            provider=_SMS_PROVIDERS[provider],
            body=body,
            authorization=authorization,
            receive_time=_now(self._clock),
        )
        response = await self._channel.call(self._stub.HandleInbound, request, timeout_s=_RECEIPT_TIMEOUT_S)
        answer = _INBOUND_ANSWERS.get(response.answer)
        if answer is None:
            raise InternalError
        return InboundResult(answer, list(response.faults))

    async def close(self) -> None:
        """Finish what was accepted."""
        await self._batcher.close()

    async def _flush(self, receipts: list[sms_pb2.RawReceipt]) -> Sequence[Sequence[str] | Exception]:
        return await _in_parts(receipts, self._hand)

    async def _hand(self, receipts: Sequence[sms_pb2.RawReceipt]) -> list[Sequence[str] | Exception]:
        request = sms_pb2.HandleReceiptsRequest(receipts=receipts)
        response = await self._channel.call(
            self._stub.HandleReceipts, request, timeout_s=_RECEIPT_TIMEOUT_S, idempotent=True
        )
        return [list(result.faults) for result in response.results]


_INBOUND_ANSWERS: Final = {
    sms_pb2.INBOUND_ANSWER_OK: InboundAnswer.OK,
    sms_pb2.INBOUND_ANSWER_RECEIVED: InboundAnswer.RECEIVED,
    sms_pb2.INBOUND_ANSWER_NO_CREDENTIALS: InboundAnswer.NO_CREDENTIALS,
    sms_pb2.INBOUND_ANSWER_WRONG_CREDENTIALS: InboundAnswer.WRONG_CREDENTIALS,
    sms_pb2.INBOUND_ANSWER_MALFORMED: InboundAnswer.MALFORMED,
}
_SMS_PROVIDERS: Final = {
    SmsProvider.MMG: sms_pb2.SMS_PROVIDER_MMG,
    SmsProvider.FIRETEXT: sms_pb2.SMS_PROVIDER_FIRETEXT,
}


class Email:
    """Messages of the email provider, for the email service."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._stub = email_pb2_grpc.EmailServiceStub(channel.grpc)
        self._batcher: Batcher[email_pb2.RawReceipt, EmailReceiptOutcome] = Batcher(
            self._flush, name="email receipts", max_in_flight=1
        )

    async def hand_receipt(self, body: bytes) -> EmailReceiptOutcome:
        """Hand an SNS message over, in the same call as others that are waiting."""
        return await self._batcher.submit(email_pb2.RawReceipt(body=body, receive_time=_now(self._clock)))

    async def close(self) -> None:
        """Finish what was accepted."""
        await self._batcher.close()

    async def _flush(self, receipts: list[email_pb2.RawReceipt]) -> Sequence[EmailReceiptOutcome | Exception]:
        return await _in_parts(receipts, self._hand)

    async def _hand(self, receipts: Sequence[email_pb2.RawReceipt]) -> list[EmailReceiptOutcome | Exception]:
        request = email_pb2.HandleReceiptsRequest(receipts=receipts)
        response = await self._channel.call(
            self._stub.HandleReceipts, request, timeout_s=_RECEIPT_TIMEOUT_S, idempotent=True
        )
        return [_EMAIL_OUTCOMES.get(result.outcome, InternalError()) for result in response.results]


_EMAIL_OUTCOMES: Final = {
    email_pb2.RECEIPT_OUTCOME_ACCEPTED: EmailReceiptOutcome.ACCEPTED,
    email_pb2.RECEIPT_OUTCOME_MALFORMED: EmailReceiptOutcome.MALFORMED,
    email_pb2.RECEIPT_OUTCOME_FORBIDDEN: EmailReceiptOutcome.FORBIDDEN,
}


class Letters:
    """The letters service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = letters_pb2_grpc.LettersServiceStub(channel.grpc)

    async def hand_receipt(self, body: bytes, token: str) -> None:
        """Hand over a report of the printer. Raises NotAuthenticated, InvalidRequest, Unimplemented."""
        request = letters_pb2.HandleReceiptRequest(body=body, token=token)
        await self._channel.call(self._stub.HandleReceipt, request, timeout_s=_RECEIPT_TIMEOUT_S)

    async def upload(self, service_id: str, notification_id: str, content: bytes) -> None:
        """Hand over the PDF of a letter whose notification is made next. Raises InvalidRequest."""
        request = letters_pb2.UploadLetterRequest(
            service_id=service_id, notification_id=notification_id, content=content
        )
        await self._channel.call(
            self._stub.UploadLetter, request, timeout_s=_UPLOAD_TIMEOUT_S, idempotent=True
        )

    async def pdf(self, service_id: str, notification_id: str) -> bytes:
        """The PDF of a letter. Raises RuleBroken."""
        request = letters_pb2.GetLetterPdfRequest(service_id=service_id, notification_id=notification_id)
        response = await self._channel.call(self._stub.GetLetterPdf, request, idempotent=True)
        return response.pdf


class NotificationsHealth:
    """Asks the notifications service how it is."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = health_pb2_grpc.HealthStub(channel.grpc)

    async def is_serving(self) -> bool:
        """Whether it answers, and says that it is well."""
        try:
            response = await self._channel.call(
                self._stub.Check, health_pb2.HealthCheckRequest(), timeout_s=_HEALTH_TIMEOUT_S
            )
        except (Unavailable, DeadlineExceeded):
            return False
        return bool(response.status == health_pb2.HealthCheckResponse.SERVING)


def _now(clock: Clock) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(clock.now())
    return made
