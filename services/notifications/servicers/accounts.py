"""AccountsService: organisations, users, services and what belongs to them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from grpc.aio import ServicerContext

from notify.notifications.v1 import accounts_pb2 as pb
from notify.notifications.v1.accounts_pb2_grpc import AccountsServiceServicer
from notifyrules.email_addresses import format_email_address
from servicekit.clock import Clock
from servicekit.ids import new_id
from services.notifications import accounts
from services.notifications.accounts_store import AccountsStore
from services.notifications.callbacks_endpoints import CallbackEndpoints
from services.notifications.callbacks_limits import Endpoint
from services.notifications.convert import accounts as convert
from services.notifications.convert.received_texts import inbound_number
from services.notifications.convert.values import id_from, invalid, key_type_from, optional_id_from, page_size
from services.notifications.received_texts import InboundNumbers

Context = ServicerContext[Any, Any]

_MAX_PAGE = 1_000
_DEFAULT_PAGE = 100
_DEFAULT_PERMISSIONS = ("email", "sms", "letter")


class AccountsServicer(AccountsServiceServicer):
    """Keeps organisations, users and services."""

    def __init__(
        self,
        store: AccountsStore,
        clock: Clock,
        *,
        callback_endpoints: CallbackEndpoints,
        inbound_numbers: InboundNumbers,
    ) -> None:
        self._store = store
        self._clock = clock
        self._callback_endpoints = callback_endpoints
        self._inbound_numbers = inbound_numbers

    async def GetServiceCredentials(  # noqa: N802 -- the name of the RPC
        self, request: pb.GetServiceCredentialsRequest, context: Context
    ) -> pb.GetServiceCredentialsResponse:
        return convert.credentials_response(
            await self._store.load_credentials(id_from(request.service_id, "service_id"))
        )

    async def CreateOrganisation(  # noqa: N802
        self, request: pb.CreateOrganisationRequest, context: Context
    ) -> pb.CreateOrganisationResponse:
        organisation = accounts.Organisation(
            id=_request_id(request.request_id, present=request.HasField("request_id")),
            name=accounts.checked_name("name", request.name),
            organisation_type=accounts.checked_organisation_type(request.organisation_type),
        )
        await self._store.insert_organisation(organisation, self._clock.now())
        return pb.CreateOrganisationResponse(organisation=convert.organisation(organisation))

    async def ListOrganisations(  # noqa: N802
        self, request: pb.ListOrganisationsRequest, context: Context
    ) -> pb.ListOrganisationsResponse:
        limit = page_size(request.page_size, _DEFAULT_PAGE, _MAX_PAGE)
        name = request.name if request.HasField("name") else None
        found = await self._store.list_organisations(name, request.page_token, limit)
        return pb.ListOrganisationsResponse(
            organisations=[convert.organisation(each) for each in found],
            next_page_token=found[-1].name if len(found) == limit else None,
        )

    async def CreateUser(  # noqa: N802
        self, request: pb.CreateUserRequest, context: Context
    ) -> pb.CreateUserResponse:
        address = accounts.checked_email_address("email_address", request.email_address)
        user = accounts.User(
            id=_request_id(request.request_id, present=request.HasField("request_id")),
            name=accounts.checked_name("name", request.name),
            email_address=format_email_address(address),
            mobile_number=request.mobile_number if request.HasField("mobile_number") else None,
        )
        await self._store.insert_user(user, self._clock.now())
        return pb.CreateUserResponse(user=convert.user(user))

    async def GetUser(self, request: pb.GetUserRequest, context: Context) -> pb.GetUserResponse:  # noqa: N802
        return pb.GetUserResponse(user=convert.user(await self._store.find_user(request.email_address)))

    async def CreateService(  # noqa: N802
        self, request: pb.CreateServiceRequest, context: Context
    ) -> pb.CreateServiceResponse:
        name = accounts.checked_name("name", request.name)
        sender = request.default_sms_sender or accounts.default_sms_sender(name)
        service = accounts.Service(
            id=_request_id(request.request_id, present=request.HasField("request_id")),
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

    async def AddServiceMember(  # noqa: N802
        self, request: pb.AddServiceMemberRequest, context: Context
    ) -> pb.AddServiceMemberResponse:
        await self._store.add_member(
            id_from(request.service_id, "service_id"), id_from(request.user_id, "user_id")
        )
        return pb.AddServiceMemberResponse()

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

    async def CreateSmsSender(  # noqa: N802
        self, request: pb.CreateSmsSenderRequest, context: Context
    ) -> pb.CreateSmsSenderResponse:
        sender = _new_sender(accounts.checked_sms_sender(request.value), is_default=request.is_default)
        await self._store.insert_sender(
            "sms", id_from(request.service_id, "service_id"), sender, self._clock.now()
        )
        return pb.CreateSmsSenderResponse(sms_sender=convert.sms_sender(sender))

    async def ArchiveSmsSender(  # noqa: N802
        self, request: pb.ArchiveSmsSenderRequest, context: Context
    ) -> pb.ArchiveSmsSenderResponse:
        archived = await self._store.archive_sender(
            "sms", id_from(request.service_id, "service_id"), id_from(request.sms_sender_id, "sms_sender_id")
        )
        return pb.ArchiveSmsSenderResponse(sms_sender=convert.sms_sender(archived))

    async def CreateEmailReplyTo(  # noqa: N802
        self, request: pb.CreateEmailReplyToRequest, context: Context
    ) -> pb.CreateEmailReplyToResponse:
        address = accounts.checked_email_address("value", request.value)
        sender = _new_sender(address, is_default=request.is_default)
        await self._store.insert_sender(
            "email", id_from(request.service_id, "service_id"), sender, self._clock.now()
        )
        return pb.CreateEmailReplyToResponse(email_reply_to=convert.email_reply_to(sender))

    async def ArchiveEmailReplyTo(  # noqa: N802
        self, request: pb.ArchiveEmailReplyToRequest, context: Context
    ) -> pb.ArchiveEmailReplyToResponse:
        archived = await self._store.archive_sender(
            "email",
            id_from(request.service_id, "service_id"),
            id_from(request.email_reply_to_id, "email_reply_to_id"),
        )
        return pb.ArchiveEmailReplyToResponse(email_reply_to=convert.email_reply_to(archived))

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
        await self._store.replace_guest_list(id_from(request.service_id, "service_id"), guests)
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


def _request_id(text: str, *, present: bool) -> UUID:
    return id_from(text, "request_id") if present else new_id()


def _new_sender(value: str, *, is_default: bool) -> accounts.Sender:
    return accounts.Sender(id=new_id(), value=value, is_default=is_default, archived=False)
