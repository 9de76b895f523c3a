"""Which caller may call which RPC of the notifications service. Everything that is not here is refused.

Rows are `servicekit.access`'s: services by name, people by the lowest role. docs/roles.md is made from them.
"""

from collections.abc import Mapping
from typing import Final

from operationskit.callers import OPERATIONS_CALLERS
from servicekit.access import Access, Role, changes, only, reads

_TOOL: Final = "notifyctl"
"""An internal tool that holds the callers' key, such as the Python client."""
_GATEWAY: Final = "api_gateway"
_SENDERS: Final = only("sms", "email", "letters")
_LOOKS: Final = reads(_TOOL)
_BILLING_LOOKS: Final = reads("billing", _TOOL)
_GATEWAY_LOOKS: Final = reads(_GATEWAY, _TOOL)
_SENDS: Final = Access(frozenset({_GATEWAY, _TOOL}), Role.OPERATOR)
_EMAILS: Final = Access(_SENDS.services | {"letters"}, Role.OPERATOR)
"""The letters service tells the printer of volumes."""
"""Makes messages: kept as messages, and no change of how anything is set up."""
_CHANGES: Final = changes(Role.OPERATOR, _TOOL)
_DECIDES: Final = changes(Role.ADMIN, _TOOL)

_NOTIFICATIONS: Final[dict[str, Access]] = {
    "NotificationsService/CreateNotifications": _EMAILS,
    "NotificationsService/GetKeptAnswer": _GATEWAY_LOOKS,
    "NotificationsService/GetNotification": _GATEWAY_LOOKS,
    "NotificationsService/GetNotifications": _GATEWAY_LOOKS,
    "NotificationsService/ListNotifications": _GATEWAY_LOOKS,
    "NotificationsService/ExplainNotification": _LOOKS,
    "NotificationsService/CheckLetterUpload": only(_GATEWAY),
    "NotificationsService/CancelNotifications": _CHANGES,
    "NotificationsService/ImportNotifications": _DECIDES,
    "LetterPrintingService/GetPrintFacts": only("letters"),
    "LetterCareService/FindLetters": _LOOKS,
    "LetterCareService/EndLetters": _CHANGES,
    "LetterLogosService/SetLetterLogo": _CHANGES,
    "LetterLogosService/GetLetterLogo": reads("letters", _TOOL),
    "ReturnedLettersService/RecordReturnedLetters": _CHANGES,
    "ReturnedLettersService/ListReturnedLetters": _LOOKS,
    "JobsService/CreateJob": _SENDS,
    "JobsService/GetJob": _GATEWAY_LOOKS,
    "JobsService/ListJobs": _LOOKS,
    "JobsService/CancelJob": _CHANGES,
    "JobsService/PauseJob": _CHANGES,
    "JobsService/ResumeJob": _CHANGES,
    "JobsService/ReadJobResults": _LOOKS,
    "DeliveriesService/LeaseDeliveries": _SENDERS,
    "DeliveriesService/CompleteDeliveries": _SENDERS,
    "DeliveriesService/ExtendLeases": _SENDERS,
    "DeliveriesService/ApplyStatuses": _SENDERS,
    "DeliveriesService/ListDeadDeliveries": _LOOKS,
    "DeliveriesService/ReplayDeliveries": _CHANGES,
    "DeliveriesService/GetQueueStatistics": _LOOKS,
    "DeliveriesService/DropDeliveries": _CHANGES,
    "DeliveriesService/MarkHandedOver": _CHANGES,
    "DeliveriesService/ListOpenNotifications": _LOOKS,
    "TemplatesService/GetTemplate": reads(_GATEWAY, _TOOL, "letters"),
    "TemplatesService/ListTemplates": _GATEWAY_LOOKS,
    "TemplatesService/PreviewTemplate": _GATEWAY_LOOKS,
    "TemplatesService/CreateTemplate": _CHANGES,
    "TemplatesService/UpdateTemplate": _CHANGES,
    "TemplatesService/ArchiveTemplate": _CHANGES,
    "ReceivedTextsService/RecordReceivedText": only("sms"),
    "ReceivedTextsService/ListReceivedTexts": _GATEWAY_LOOKS,
    "UnsubscribeRequestsService/Unsubscribe": only(_GATEWAY),
    "UnsubscribeRequestsService/ListUnsubscribeRequests": _LOOKS,
    "UnsubscribeRequestsService/CloseUnsubscribeRequests": _CHANGES,
    "CallbacksService/RecordComplaints": only("email"),
    "CallbacksService/ListCallbackEndpoints": _LOOKS,
    "CallbacksService/ListCallbackAttempts": _LOOKS,
    "CallbacksService/RotateCallbackSecret": _CHANGES,
    "CallbacksService/RetireCallbackSecret": _CHANGES,
    "CallbacksService/ReplayCallbacks": _CHANGES,
    "ReportsService/ReadStatusSummary": _LOOKS,
    "ReportsService/ReadDeliveryTimes": _LOOKS,
    "ReportsService/ReadProcessingTimes": _LOOKS,
    "ReportsService/FindFailingServices": _LOOKS,
    "ReportsService/FindServicesTextingDramaNumbers": _LOOKS,
    "ReportsService/ReadAvailability": _LOOKS,
    "ReportsService/ReadNotificationsReport": _LOOKS,
    "ReportsService/ListDeliveryRecords": _LOOKS,
    "ReportsService/ReadUsersReport": _LOOKS,
    "RequestsService/RecordRequests": only(_GATEWAY),
    "RequestsService/ListRefusedRequests": _LOOKS,
    "StatusChangesService/ListStatusChanges": _BILLING_LOOKS,
    "StatusChangesService/WatchNotifications": _LOOKS,
    "StatusChangesService/ReadNotificationFacts": _BILLING_LOOKS,
}
_ACCOUNTS: Final[dict[str, Access]] = {
    "AccountsService/GetServiceCredentials": only(_GATEWAY),
    "AccountsService/ListOrganisations": _BILLING_LOOKS,
    "AccountsService/GetOrganisation": _LOOKS,
    "AccountsService/CreateOrganisation": _DECIDES,
    "AccountsService/UpdateOrganisation": _DECIDES,
    "AccountsService/SignAgreement": _DECIDES,
    "AccountsService/GetUser": _LOOKS,
    "AccountsService/ListUsers": _LOOKS,
    "AccountsService/CreateUser": _DECIDES,
    "AccountsService/UpdateUser": _DECIDES,
    "AccountsService/AddServiceMember": _DECIDES,
    "AccountsService/SetMemberPermissions": _DECIDES,
    "AccountsService/RemoveServiceMember": _DECIDES,
    "AccountsService/GetService": _LOOKS,
    "AccountsService/ListServices": _BILLING_LOOKS,
    "AccountsService/CreateService": _CHANGES,
    "AccountsService/UpdateService": _CHANGES,
    "AccountsService/GoLive": _DECIDES,
    "AccountsService/ArchiveService": _DECIDES,
    "AccountsService/UnarchiveService": _DECIDES,
    "AccountsService/SetRetention": _CHANGES,
    "AccountsService/CreateApiKey": _DECIDES,
    "AccountsService/RevokeApiKey": _CHANGES,
    "AccountsService/CreateSmsSender": _CHANGES,
    "AccountsService/ArchiveSmsSender": _CHANGES,
    "AccountsService/CreateEmailReplyTo": _CHANGES,
    "AccountsService/ArchiveEmailReplyTo": _CHANGES,
    "AccountsService/VerifyEmailReplyTo": _CHANGES,
    "AccountsService/CreateLetterContact": _CHANGES,
    "AccountsService/UpdateSender": _CHANGES,
    "AccountsService/SetGuestList": _CHANGES,
    "AccountsService/SetCallback": _CHANGES,
    "AccountsService/AddInboundNumber": _CHANGES,
    "AccountsService/ImportInboundNumbers": _CHANGES,
    "AccountsService/AssignInboundNumber": _CHANGES,
    "AccountsService/ReleaseInboundNumber": _CHANGES,
    "AccountsService/ListInboundNumbers": _LOOKS,
    "AccountsService/GetInboundNumberStock": _LOOKS,
    "AccountsService/DescribeId": reads("letters", _TOOL),
    "LimitsService/GetLimits": _LOOKS,
    "LimitsService/SetLimit": _CHANGES,
    "LimitsService/EndTemporaryLimit": _CHANGES,
    "LimitsService/ListRaisedLimits": _LOOKS,
    "LimitsService/CheckCapacity": _LOOKS,
    "CachesService/PurgeCaches": _CHANGES,
    "CachesService/CheckCaches": _LOOKS,
}
_TOKENS: Final[dict[str, Access]] = {
    # Anybody's own: it says nothing that the token does not.
    "TokensService/RecordToken": Access(role=Role.VIEWER),
    "TokensService/ListTokens": _LOOKS,
    "TokensService/RevokeTokens": _DECIDES,
    "TokensService/ListRevocations": only("sms", "email", "letters", "documents", "billing"),
}
ALLOWED_CALLERS: Final[Mapping[str, Access]] = {
    **{f"notify.notifications.v1.{name}": row for name, row in (_NOTIFICATIONS | _ACCOUNTS).items()},
    **{f"notify.operations.v1.{name}": row for name, row in _TOKENS.items()},
    **OPERATIONS_CALLERS,
}
