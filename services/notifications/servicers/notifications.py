"""NotificationsService: making and reading notifications."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import notifications_pb2 as pb
from notify.notifications.v1.notifications_pb2_grpc import NotificationsServiceServicer
from services.notifications.cancelling import Cancelling
from services.notifications.convert import letters as convert_letters
from services.notifications.convert import notifications as convert
from services.notifications.convert.deliveries import check_batch
from services.notifications.convert.values import id_from, key_type_from
from services.notifications.creating import Creating
from services.notifications.explaining import explain
from services.notifications.importing import Importing
from services.notifications.reading import Reading
from services.notifications.store import Store

Context = ServicerContext[Any, Any]


class NotificationsServicer(NotificationsServiceServicer):
    """Makes notifications and tells what became of them."""

    def __init__(
        self,
        creating: Creating,
        reading: Reading,
        store: Store,
        *,
        cancelling: Cancelling,
        importing: Importing,
    ) -> None:
        self._creating = creating
        self._reading = reading
        self._store = store
        self._cancelling = cancelling
        self._importing = importing

    async def CreateNotifications(  # noqa: N802 -- the name of the RPC
        self, request: pb.CreateNotificationsRequest, context: Context
    ) -> pb.CreateNotificationsResponse:
        check_batch(len(request.notifications), "notifications")
        results = await self._creating.create(
            [convert.new_notification(item) for item in request.notifications]
        )
        return pb.CreateNotificationsResponse(results=[convert.create_result(result) for result in results])

    async def CheckLetterUpload(  # noqa: N802
        self, request: pb.CheckLetterUploadRequest, context: Context
    ) -> pb.CheckLetterUploadResponse:
        await self._creating.check_letter_upload(
            id_from(request.service_id, "service_id"), key_type_from(request.key_type)
        )
        return pb.CheckLetterUploadResponse()

    async def GetKeptAnswer(  # noqa: N802
        self, request: pb.GetKeptAnswerRequest, context: Context
    ) -> pb.GetKeptAnswerResponse:
        service_id = id_from(request.service_id, "service_id")
        key = convert.idempotency_from(request.idempotency, service_id)
        kept = await self._creating.kept_answer(service_id, key)
        return pb.GetKeptAnswerResponse(notification=convert.created(kept))

    async def GetNotification(  # noqa: N802
        self, request: pb.GetNotificationRequest, context: Context
    ) -> pb.GetNotificationResponse:
        read = await self._reading.get(
            id_from(request.service_id, "service_id"), id_from(request.notification_id, "notification_id")
        )
        return pb.GetNotificationResponse(notification=convert.notification(read))

    async def GetNotifications(  # noqa: N802
        self, request: pb.GetNotificationsRequest, context: Context
    ) -> pb.GetNotificationsResponse:
        check_batch(len(request.notifications), "notifications")
        refs = convert.notification_refs(request)
        found = iter(await self._reading.get_many([ref for ref in refs if ref is not None]))
        return pb.GetNotificationsResponse(
            results=[convert.get_result(next(found) if ref is not None else None) for ref in refs]
        )

    async def ListNotifications(  # noqa: N802
        self, request: pb.ListNotificationsRequest, context: Context
    ) -> pb.ListNotificationsResponse:
        wanted = convert.notification_filter(request)
        return convert.list_response(await self._reading.list(wanted), wanted.limit)

    async def ExplainNotification(  # noqa: N802
        self, request: pb.ExplainNotificationRequest, context: Context
    ) -> pb.ExplainNotificationResponse:
        explanation = await explain(self._store, id_from(request.notification_id, "notification_id"))
        return convert.explain_response(explanation)

    async def CancelNotifications(  # noqa: N802
        self, request: pb.CancelNotificationsRequest, context: Context
    ) -> pb.CancelNotificationsResponse:
        check_batch(len(request.notification_ids), "notification_ids")
        results = await self._cancelling.cancel(
            id_from(request.service_id, "service_id"),
            [id_from(id, "notification_ids") for id in request.notification_ids],
        )
        return pb.CancelNotificationsResponse(
            results=[convert_letters.cancel_result(outcome, status) for outcome, status in results]
        )

    async def ImportNotifications(  # noqa: N802
        self, request: pb.ImportNotificationsRequest, context: Context
    ) -> pb.ImportNotificationsResponse:
        check_batch(len(request.notifications), "notifications")
        results = await self._importing.put_in_place(
            [convert_letters.imported_notification(item) for item in request.notifications]
        )
        return pb.ImportNotificationsResponse(
            results=[convert_letters.import_result(result) for result in results]
        )
