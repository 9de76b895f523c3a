"""Which caller may call which RPC of the notifications service. Everything that is not here is refused."""

_GATEWAY = frozenset({"api_gateway"})
_SENDERS = frozenset({"sms", "email", "letters"})
_TOOLS = frozenset({"notifyctl"})

ALLOWED_CALLERS = {
    "notify.notifications.v1.NotificationsService/CreateNotifications": _GATEWAY | _TOOLS,
    "notify.notifications.v1.NotificationsService/GetKeptAnswer": _GATEWAY | _TOOLS,
    "notify.notifications.v1.NotificationsService/GetNotification": _GATEWAY | _TOOLS,
    "notify.notifications.v1.NotificationsService/ListNotifications": _GATEWAY | _TOOLS,
    "notify.notifications.v1.NotificationsService/ExplainNotification": _TOOLS,
    "notify.notifications.v1.JobsService/CreateJob": _GATEWAY | _TOOLS,
    "notify.notifications.v1.JobsService/GetJob": _GATEWAY | _TOOLS,
    "notify.notifications.v1.JobsService/*": _TOOLS,
    "notify.notifications.v1.DeliveriesService/LeaseDeliveries": _SENDERS,
    "notify.notifications.v1.DeliveriesService/CompleteDeliveries": _SENDERS,
    "notify.notifications.v1.DeliveriesService/ExtendLeases": _SENDERS,
    "notify.notifications.v1.DeliveriesService/ApplyStatuses": _SENDERS,
    "notify.notifications.v1.DeliveriesService/ListDeadDeliveries": _TOOLS,
    "notify.notifications.v1.DeliveriesService/ReplayDeliveries": _TOOLS,
    "notify.notifications.v1.DeliveriesService/GetQueueStatistics": _TOOLS,
    "notify.notifications.v1.DeliveriesService/DropDeliveries": _TOOLS,
    "notify.notifications.v1.DeliveriesService/ListOpenNotifications": _TOOLS,
    "notify.notifications.v1.TemplatesService/GetTemplate": _GATEWAY | _TOOLS,
    "notify.notifications.v1.TemplatesService/ListTemplates": _GATEWAY | _TOOLS,
    "notify.notifications.v1.TemplatesService/PreviewTemplate": _GATEWAY | _TOOLS,
    "notify.notifications.v1.TemplatesService/*": _TOOLS,
    "notify.notifications.v1.ReceivedTextsService/RecordReceivedText": frozenset({"sms"}),
    "notify.notifications.v1.ReceivedTextsService/ListReceivedTexts": _GATEWAY | _TOOLS,
    "notify.notifications.v1.UnsubscribeRequestsService/Unsubscribe": _GATEWAY,
    "notify.notifications.v1.UnsubscribeRequestsService/*": _TOOLS,
    "notify.notifications.v1.CallbacksService/RecordComplaints": frozenset({"email"}),
    "notify.notifications.v1.CallbacksService/*": _TOOLS,
    "notify.notifications.v1.AccountsService/GetServiceCredentials": _GATEWAY,
    "notify.notifications.v1.AccountsService/*": _TOOLS,
}
