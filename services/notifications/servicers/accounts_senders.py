"""The part of AccountsService that is about senders: of texts, for answers to emails, and inbound numbers."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import accounts_pb2 as pb
from notify.notifications.v1.accounts_pb2_grpc import AccountsServiceServicer
from servicekit.ids import new_id
from services.notifications import accounts
from services.notifications.convert import accounts as convert
from services.notifications.convert.received_texts import inbound_number
from services.notifications.convert.values import id_from, optional_id_from, page_size
from services.notifications.received_texts import LOW_STOCK_BELOW, InboundNumbers
from services.notifications.reply_to_checks import CheckState, ReplyToChecks
from services.notifications.senders_store import SenderChanges, SenderKind, SendersStore

Context = ServicerContext[Any, Any]

_MAX_PAGE = 1_000
_DEFAULT_PAGE = 100
_STATES = {
    CheckState.PENDING: pb.VERIFICATION_STATE_PENDING,
    CheckState.VERIFIED: pb.VERIFICATION_STATE_VERIFIED,
    CheckState.FAILED: pb.VERIFICATION_STATE_FAILED,
}


class SendersServicer(AccountsServiceServicer):
    """Keeps senders and inbound numbers."""

    _senders: SendersStore
    _reply_to_checks: ReplyToChecks
    _inbound_numbers: InboundNumbers

    async def CreateSmsSender(  # noqa: N802 -- the name of the RPC
        self, request: pb.CreateSmsSenderRequest, context: Context
    ) -> pb.CreateSmsSenderResponse:
        sender = _new_sender(accounts.checked_sms_sender(request.value), is_default=request.is_default)
        await self._senders.insert(SenderKind.SMS, id_from(request.service_id, "service_id"), sender)
        return pb.CreateSmsSenderResponse(sms_sender=convert.sms_sender(sender))

    async def ArchiveSmsSender(  # noqa: N802
        self, request: pb.ArchiveSmsSenderRequest, context: Context
    ) -> pb.ArchiveSmsSenderResponse:
        archived = await self._senders.update(
            SenderKind.SMS,
            id_from(request.service_id, "service_id"),
            id_from(request.sms_sender_id, "sms_sender_id"),
            0,
            SenderChanges(archived=True),
        )
        return pb.ArchiveSmsSenderResponse(sms_sender=convert.sms_sender(archived))

    async def CreateEmailReplyTo(  # noqa: N802
        self, request: pb.CreateEmailReplyToRequest, context: Context
    ) -> pb.CreateEmailReplyToResponse:
        address = accounts.checked_email_address("value", request.value)
        sender = _new_sender(address, is_default=request.is_default)
        await self._senders.insert(
            SenderKind.EMAIL_REPLY_TO, id_from(request.service_id, "service_id"), sender
        )
        return pb.CreateEmailReplyToResponse(email_reply_to=convert.email_reply_to(sender))

    async def ArchiveEmailReplyTo(  # noqa: N802
        self, request: pb.ArchiveEmailReplyToRequest, context: Context
    ) -> pb.ArchiveEmailReplyToResponse:
        archived = await self._senders.update(
            SenderKind.EMAIL_REPLY_TO,
            id_from(request.service_id, "service_id"),
            id_from(request.email_reply_to_id, "email_reply_to_id"),
            0,
            SenderChanges(archived=True),
        )
        return pb.ArchiveEmailReplyToResponse(email_reply_to=convert.email_reply_to(archived))

    async def VerifyEmailReplyTo(  # noqa: N802
        self, request: pb.VerifyEmailReplyToRequest, context: Context
    ) -> pb.VerifyEmailReplyToResponse:
        check = await self._reply_to_checks.check(
            id_from(request.request_id, "request_id"),
            id_from(request.service_id, "service_id"),
            accounts.checked_email_address("value", request.value),
            is_default=request.is_default,
        )
        return pb.VerifyEmailReplyToResponse(
            state=_STATES[check.state],
            email_reply_to=None if check.reply_to is None else convert.email_reply_to(check.reply_to),
            notification_id=str(check.notification_id),
        )

    async def UpdateSender(  # noqa: N802
        self, request: pb.UpdateSenderRequest, context: Context
    ) -> pb.UpdateSenderResponse:
        kind = convert.sender_kind(request.kind)
        value = None
        if request.HasField("value") and kind is SenderKind.SMS:
            value = accounts.checked_sms_sender(request.value)
        elif request.HasField("value"):
            value = accounts.checked_email_address("value", request.value)
        updated = await self._senders.update(
            kind,
            id_from(request.service_id, "service_id"),
            id_from(request.sender_id, "sender_id"),
            request.based_on_version,
            SenderChanges(
                value=value, is_default=request.is_default if request.HasField("is_default") else None
            ),
        )
        return pb.UpdateSenderResponse(sender=convert.sender(request.kind, updated))

    async def AddInboundNumber(  # noqa: N802
        self, request: pb.AddInboundNumberRequest, context: Context
    ) -> pb.AddInboundNumberResponse:
        service_id = optional_id_from(
            request.service_id, "service_id", present=request.HasField("service_id")
        )
        added = await self._inbound_numbers.add(request.number, request.provider, service_id)
        return pb.AddInboundNumberResponse(inbound_number=inbound_number(added))

    async def AssignInboundNumber(  # noqa: N802
        self, request: pb.AssignInboundNumberRequest, context: Context
    ) -> pb.AssignInboundNumberResponse:
        service_id = optional_id_from(
            request.service_id, "service_id", present=request.HasField("service_id")
        )
        assigned = await self._inbound_numbers.assign(request.number, service_id)
        return pb.AssignInboundNumberResponse(inbound_number=inbound_number(assigned))

    async def ListInboundNumbers(  # noqa: N802
        self, request: pb.ListInboundNumbersRequest, context: Context
    ) -> pb.ListInboundNumbersResponse:
        limit = page_size(request.page_size, _DEFAULT_PAGE, _MAX_PAGE)
        found = await self._inbound_numbers.list(
            service_id=optional_id_from(
                request.service_id, "service_id", present=request.HasField("service_id")
            ),
            free_only=request.free_only,
            after=request.page_token,
            limit=limit,
        )
        return pb.ListInboundNumbersResponse(
            inbound_numbers=[inbound_number(number) for number in found],
            next_page_token=found[-1].number if len(found) == limit else None,
        )

    async def ImportInboundNumbers(  # noqa: N802
        self, request: pb.ImportInboundNumbersRequest, context: Context
    ) -> pb.ImportInboundNumbersResponse:
        added, known = await self._inbound_numbers.add_many(
            request.numbers, request.provider, dry_run=request.dry_run
        )
        return pb.ImportInboundNumbersResponse(added_count=added, known_count=known)

    async def ReleaseInboundNumber(  # noqa: N802
        self, request: pb.ReleaseInboundNumberRequest, context: Context
    ) -> pb.ReleaseInboundNumberResponse:
        await self._inbound_numbers.release(request.number)
        return pb.ReleaseInboundNumberResponse()

    async def GetInboundNumberStock(  # noqa: N802
        self, request: pb.GetInboundNumberStockRequest, context: Context
    ) -> pb.GetInboundNumberStockResponse:
        stock = await self._inbound_numbers.stock()
        return pb.GetInboundNumberStockResponse(
            free_count=stock.free,
            assigned_count=stock.assigned,
            low_below_count=LOW_STOCK_BELOW,
            low=stock.free < LOW_STOCK_BELOW,
        )


def _new_sender(value: str, *, is_default: bool) -> accounts.Sender:
    return accounts.Sender(id=new_id(), value=value, is_default=is_default, archived=False)
