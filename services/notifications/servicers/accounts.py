"""AccountsService: organisations, users, services and what belongs to them."""

from dataclasses import replace
from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import accounts_pb2 as pb
from servicekit.clock import Clock
from servicekit.ids import new_id
from servicekit.invalidation import ALL
from services.notifications import accounts
from services.notifications.accounts_store import AccountsStore
from services.notifications.archiving_store import ArchivingStore
from services.notifications.cached_accounts import CachedAccounts, Kind
from services.notifications.callbacks_endpoints import CallbackEndpoints
from services.notifications.callbacks_limits import Endpoint
from services.notifications.convert import accounts as convert
from services.notifications.convert.values import (
    id_from,
    invalid,
    key_type_from,
    optional_id_from,
    page_size,
    timestamp,
    type_from,
)
from services.notifications.describing import describe
from services.notifications.organisations_store import OrganisationsStore
from services.notifications.received_texts import InboundNumbers
from services.notifications.reply_to_checks import ReplyToChecks
from services.notifications.senders_store import SendersStore
from services.notifications.servicers.accounts_people import PeopleServicer, request_id
from services.notifications.servicers.accounts_senders import SendersServicer
from services.notifications.transactions import AccountTransactions

Context = ServicerContext[Any, Any]

_MAX_PAGE = 1_000
_DEFAULT_PAGE = 100
_DEFAULT_PERMISSIONS = ("email", "sms", "letter")


class AccountsServicer(PeopleServicer, SendersServicer):
    """Keeps organisations, users and services."""

    def __init__(
        self,
        store: AccountsStore,
        transactions: AccountTransactions,
        *,
        cached: CachedAccounts,
        callback_endpoints: CallbackEndpoints,
        inbound_numbers: InboundNumbers,
        reply_to_checks: ReplyToChecks,
    ) -> None:
        self._store = store
        self._clock: Clock = transactions.clock
        self._pool = transactions.pool
        self._cached = cached
        self._organisations = OrganisationsStore(transactions)
        self._archiving = ArchivingStore(transactions)
        self._senders = SendersStore(transactions)
        self._reply_to_checks = reply_to_checks
        self._callback_endpoints = callback_endpoints
        self._inbound_numbers = inbound_numbers

    async def GetServiceCredentials(  # noqa: N802 -- the name of the RPC
        self, request: pb.GetServiceCredentialsRequest, context: Context
    ) -> pb.GetServiceCredentialsResponse:
        return convert.credentials_response(
            await self._store.load_credentials(id_from(request.service_id, "service_id"))
        )

    async def CreateService(  # noqa: N802
        self, request: pb.CreateServiceRequest, context: Context
    ) -> pb.CreateServiceResponse:
        name = accounts.checked_name("name", request.name)
        sender = request.default_sms_sender or accounts.default_sms_sender(name)
        service = accounts.Service(
            id=request_id(request.request_id, present=request.HasField("request_id")),
            name=name,
            active=True,
            restricted=request.restricted,
            permissions=accounts.checked_permissions(request.permissions or _DEFAULT_PERMISSIONS),
            prefix_sms=True,
            contact_link=None,
            rate_limit=accounts.DEFAULT_RATE_LIMIT,
            daily_limits=accounts.TRIAL_LIMITS if request.restricted else accounts.LIVE_LIMITS,
            organisation_id=optional_id_from(
                request.organisation_id, "organisation_id", present=request.HasField("organisation_id")
            ),
            email_sender_name=None,
            branding=None,
            version=1,
            created_at=self._clock.now(),
        )
        await self._store.insert_service(
            service,
            accounts.Sender(
                id=new_id(), value=accounts.checked_sms_sender(sender), is_default=True, archived=False
            ),
            optional_id_from(request.user_id, "user_id", present=request.HasField("user_id")),
        )
        return pb.CreateServiceResponse(service=convert.service(service))

    async def UpdateService(  # noqa: N802
        self, request: pb.UpdateServiceRequest, context: Context
    ) -> pb.UpdateServiceResponse:
        changes = convert.service_changes(request)
        if changes.name is not None:
            changes = replace(changes, name=accounts.checked_name("name", changes.name))
        if changes.permissions is not None:
            changes = replace(changes, permissions=accounts.checked_permissions(changes.permissions))
        if changes.branding is not None:
            accounts.checked_branding(changes.branding)
        accounts.checked_limits(changes.rate_limit, changes.daily_limits)
        updated = await self._store.update_service(
            id_from(request.service_id, "service_id"), request.based_on_version, changes
        )
        return pb.UpdateServiceResponse(service=convert.service(updated))

    async def GetService(  # noqa: N802
        self, request: pb.GetServiceRequest, context: Context
    ) -> pb.GetServiceResponse:
        match request.WhichOneof("which"):
            case "service_id":
                details = await self._store.load_service(service_id=id_from(request.service_id, "service_id"))
            case "name":
                details = await self._store.load_service(name=request.name)
            case _:
                raise invalid("which", "which is not set: give service_id or name")
        return convert.service_response(details)

    async def ListServices(  # noqa: N802
        self, request: pb.ListServicesRequest, context: Context
    ) -> pb.ListServicesResponse:
        limit = page_size(request.page_size, _DEFAULT_PAGE, _MAX_PAGE)
        found = await self._store.list_services(request.page_token, limit)
        return pb.ListServicesResponse(
            services=[convert.service(each) for each in found],
            next_page_token=found[-1].name if len(found) == limit else None,
        )

    async def CreateApiKey(  # noqa: N802
        self, request: pb.CreateApiKeyRequest, context: Context
    ) -> pb.CreateApiKeyResponse:
        service_id = id_from(request.service_id, "service_id")
        secret = accounts.new_secret()
        key = accounts.ApiKey(
            id=new_id(),
            name=accounts.checked_key_name(request.name),
            key_type=key_type_from(request.type, "type"),
            created_at=self._clock.now(),
            revoked_at=None,
        )
        user_id = optional_id_from(request.user_id, "user_id", present=request.HasField("user_id"))
        await self._store.insert_api_key(service_id, key, secret, user_id)
        return pb.CreateApiKeyResponse(
            api_key=convert.api_key(key),
            secret=secret,
            full_key=accounts.full_key(key.name, service_id, secret),
        )

    async def RevokeApiKey(  # noqa: N802
        self, request: pb.RevokeApiKeyRequest, context: Context
    ) -> pb.RevokeApiKeyResponse:
        key = await self._store.revoke_api_key(
            id_from(request.service_id, "service_id"),
            id_from(request.api_key_id, "api_key_id"),
            self._clock.now(),
        )
        return pb.RevokeApiKeyResponse(api_key=convert.api_key(key))

    async def CreateLetterContact(  # noqa: N802
        self, request: pb.CreateLetterContactRequest, context: Context
    ) -> pb.CreateLetterContactResponse:
        lines = [line.strip() for line in request.value.splitlines() if line.strip()]
        if not lines:
            raise invalid("value", "value must not be empty")
        contact = accounts.LetterContact(id=new_id(), value="\n".join(lines))
        await self._store.insert_letter_contact(
            id_from(request.service_id, "service_id"), contact, self._clock.now()
        )
        return pb.CreateLetterContactResponse(letter_contact=convert.letter_contact(contact))

    async def SetGuestList(  # noqa: N802
        self, request: pb.SetGuestListRequest, context: Context
    ) -> pb.SetGuestListResponse:
        guests = accounts.checked_guest_list(request.phone_numbers, request.email_addresses)
        await self._store.replace_guest_list(
            id_from(request.service_id, "service_id"), guests, request.based_on_version
        )
        return pb.SetGuestListResponse()

    async def SetCallback(  # noqa: N802
        self, request: pb.SetCallbackRequest, context: Context
    ) -> pb.SetCallbackResponse:
        kind = convert.callback_kind(request.kind)
        endpoint = Endpoint(id_from(request.service_id, "service_id"), kind.value)
        if not request.url:
            await self._callback_endpoints.remove(endpoint)
            return pb.SetCallbackResponse()
        secret = await self._callback_endpoints.set(endpoint, request.url, request.bearer_token)
        return pb.SetCallbackResponse(callback=convert.callback(kind, request.url), signing_secret=secret)

    async def GoLive(self, request: pb.GoLiveRequest, context: Context) -> pb.GoLiveResponse:  # noqa: N802
        live = await self._archiving.go_live(
            id_from(request.service_id, "service_id"), request.based_on_version
        )
        return pb.GoLiveResponse(service=convert.service(live))

    async def ArchiveService(  # noqa: N802
        self, request: pb.ArchiveServiceRequest, context: Context
    ) -> pb.ArchiveServiceResponse:
        archived = await self._archiving.archive(
            id_from(request.service_id, "service_id"), request.based_on_version, dry_run=request.dry_run
        )
        return pb.ArchiveServiceResponse(
            service=convert.service(archived.service),
            archived_template_count=archived.templates,
            revoked_api_key_count=archived.api_keys,
        )

    async def UnarchiveService(  # noqa: N802
        self, request: pb.UnarchiveServiceRequest, context: Context
    ) -> pb.UnarchiveServiceResponse:
        restored = await self._archiving.unarchive(
            id_from(request.service_id, "service_id"), request.based_on_version, dry_run=request.dry_run
        )
        return pb.UnarchiveServiceResponse(
            service=convert.service(restored.service),
            restored_template_count=restored.templates,
            restored_api_key_count=restored.api_keys,
        )

    async def SetRetention(  # noqa: N802
        self, request: pb.SetRetentionRequest, context: Context
    ) -> pb.SetRetentionResponse:
        updated = await self._archiving.set_retention(
            id_from(request.service_id, "service_id"),
            request.based_on_version,
            type_from(request.type),
            accounts.checked_retention(request.days),
        )
        return pb.SetRetentionResponse(service=convert.service(updated))

    async def DescribeId(  # noqa: N802
        self, request: pb.DescribeIdRequest, context: Context
    ) -> pb.DescribeIdResponse:
        found = await describe(self._pool, id_from(request.id, "id"))
        return pb.DescribeIdResponse(
            kind=found.kind,
            name=found.name,
            service_id=None if found.service_id is None else str(found.service_id),
            create_time=timestamp(found.created_at),
        )

    def _user_changed(self) -> None:
        self._cached.invalidations.tell(Kind.USERS, ALL)
