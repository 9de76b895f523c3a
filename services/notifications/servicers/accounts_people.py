"""The part of AccountsService that is about organisations, users and members."""

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
from services.notifications.archiving_store import ArchivingStore
from services.notifications.convert import accounts as convert
from services.notifications.convert.values import id_from, moment_from, page_size
from services.notifications.organisations_store import OrganisationChanges, OrganisationsStore, UserChanges

Context = ServicerContext[Any, Any]

_MAX_PAGE = 1_000
_DEFAULT_PAGE = 100
_MAX_AGREEMENT_CHARACTERS = 50


class PeopleServicer(AccountsServiceServicer):
    """Keeps organisations, users and who is a member of which service."""

    _store: AccountsStore
    _organisations: OrganisationsStore
    _archiving: ArchivingStore
    _clock: Clock

    async def CreateOrganisation(  # noqa: N802 -- the name of the RPC
        self, request: pb.CreateOrganisationRequest, context: Context
    ) -> pb.CreateOrganisationResponse:
        organisation = accounts.Organisation(
            id=request_id(request.request_id, present=request.HasField("request_id")),
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
            id=request_id(request.request_id, present=request.HasField("request_id")),
            name=accounts.checked_name("name", request.name),
            email_address=format_email_address(address),
            mobile_number=request.mobile_number if request.HasField("mobile_number") else None,
        )
        await self._store.insert_user(user, self._clock.now())
        return pb.CreateUserResponse(user=convert.user(user))

    async def GetUser(self, request: pb.GetUserRequest, context: Context) -> pb.GetUserResponse:  # noqa: N802
        return pb.GetUserResponse(user=convert.user(await self._store.find_user(request.email_address)))

    async def GetOrganisation(  # noqa: N802
        self, request: pb.GetOrganisationRequest, context: Context
    ) -> pb.GetOrganisationResponse:
        found = await self._organisations.load(id_from(request.organisation_id, "organisation_id"))
        return pb.GetOrganisationResponse(organisation=convert.organisation(found))

    async def UpdateOrganisation(  # noqa: N802
        self, request: pb.UpdateOrganisationRequest, context: Context
    ) -> pb.UpdateOrganisationResponse:
        type = None
        if request.HasField("organisation_type"):
            type = accounts.checked_organisation_type(request.organisation_type)
        changes = OrganisationChanges(
            name=accounts.checked_name("name", request.name) if request.HasField("name") else None,
            organisation_type=type,
        )
        updated = await self._organisations.update(
            id_from(request.organisation_id, "organisation_id"), request.based_on_version, changes
        )
        return pb.UpdateOrganisationResponse(organisation=convert.organisation(updated))

    async def SignAgreement(  # noqa: N802
        self, request: pb.SignAgreementRequest, context: Context
    ) -> pb.SignAgreementResponse:
        behalf = request.HasField("on_behalf_of")
        agreement = accounts.Agreement(
            version=accounts.checked_name("agreement_version", request.agreement_version)[
                :_MAX_AGREEMENT_CHARACTERS
            ],
            signed_by=id_from(request.signed_by_user_id, "signed_by_user_id"),
            on_behalf_of=accounts.checked_name("on_behalf_of", request.on_behalf_of) if behalf else None,
            signed_at=moment_from(request.sign_time, "sign_time")
            if request.HasField("sign_time")
            else self._clock.now(),
        )
        signed = await self._organisations.update(
            id_from(request.organisation_id, "organisation_id"),
            request.based_on_version,
            OrganisationChanges(agreement=agreement),
        )
        return pb.SignAgreementResponse(organisation=convert.organisation(signed))

    async def ListUsers(  # noqa: N802
        self, request: pb.ListUsersRequest, context: Context
    ) -> pb.ListUsersResponse:
        limit = page_size(request.page_size, _DEFAULT_PAGE, _MAX_PAGE)
        found = await self._organisations.list_users(request.page_token, limit)
        return pb.ListUsersResponse(
            users=[convert.user(each) for each in found],
            next_page_token=found[-1].email_address if len(found) == limit else None,
        )

    async def UpdateUser(  # noqa: N802
        self, request: pb.UpdateUserRequest, context: Context
    ) -> pb.UpdateUserResponse:
        address = None
        if request.HasField("email_address"):
            checked = accounts.checked_email_address("email_address", request.email_address)
            address = format_email_address(checked)
        changes = UserChanges(
            name=accounts.checked_name("name", request.name) if request.HasField("name") else None,
            email_address=address,
            mobile_number=request.mobile_number if request.HasField("mobile_number") else None,
        )
        updated = await self._organisations.update_user(
            id_from(request.user_id, "user_id"), request.based_on_version, changes
        )
        self._user_changed()
        return pb.UpdateUserResponse(user=convert.user(updated))

    async def AddServiceMember(  # noqa: N802
        self, request: pb.AddServiceMemberRequest, context: Context
    ) -> pb.AddServiceMemberResponse:
        await self._store.add_member(
            id_from(request.service_id, "service_id"), id_from(request.user_id, "user_id")
        )
        return pb.AddServiceMemberResponse()

    async def SetMemberPermissions(  # noqa: N802
        self, request: pb.SetMemberPermissionsRequest, context: Context
    ) -> pb.SetMemberPermissionsResponse:
        member = await self._archiving.set_member_permissions(
            id_from(request.service_id, "service_id"),
            id_from(request.user_id, "user_id"),
            request.based_on_version,
            accounts.checked_member_permissions(request.permissions),
        )
        return pb.SetMemberPermissionsResponse(member_permissions=convert.member_permissions(member))

    async def RemoveServiceMember(  # noqa: N802
        self, request: pb.RemoveServiceMemberRequest, context: Context
    ) -> pb.RemoveServiceMemberResponse:
        await self._archiving.remove_member(
            id_from(request.service_id, "service_id"), id_from(request.user_id, "user_id")
        )
        return pb.RemoveServiceMemberResponse()

    def _user_changed(self) -> None:
        """Users are kept with the services that they are members of."""


def request_id(text: str, *, present: bool) -> UUID:
    """The id of what is made: the caller's, or a new one. Raises InvalidRequest."""
    return id_from(text, "request_id") if present else new_id()
