"""A client of the notifications service for internal tools in Python, over gRPC: typed calls, asynchronous or not.

    from clients.python.notify_client import NewText, NotifyClient

    with NotifyClient("127.0.0.1:6021", caller_keys=keys) as notify:
        sent = notify.send_text(NewText(service_id=..., template_id=..., phone_number="07700 900123"))

README.md of the folder above has an example for everything. No protobuf is seen from outside. What refuses a call is
raised as the `ServiceError` that the service itself raised.
"""

from clients.python.notify_client.async_client import AsyncNotifyClient
from clients.python.notify_client.client import NotifyClient
from clients.python.notify_client.requests import (
    NewEmail,
    NewJob,
    NewService,
    NewTemplate,
    NewText,
    NotificationFilter,
    TemplateChange,
)
from clients.python.notify_client.values import (
    ApiKey,
    CreatedJob,
    DailyLimits,
    Event,
    Explanation,
    Job,
    JobStatus,
    Lane,
    NewApiKey,
    Notification,
    Page,
    Queue,
    QueuedDelivery,
    RowFault,
    SanitisedValue,
    Sent,
    Service,
    ServiceDetails,
    SmsSender,
    Template,
    TemplatePreview,
)
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import (
    Conflict,
    DeadlineExceeded,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    QuotaExceeded,
    RateLimited,
    RuleBroken,
    ServiceError,
    Unavailable,
)

__all__ = [
    "ApiKey",
    "AsyncNotifyClient",
    "Conflict",
    "CreatedJob",
    "DailyLimits",
    "DeadlineExceeded",
    "Event",
    "Explanation",
    "InvalidRequest",
    "Job",
    "JobStatus",
    "KeyType",
    "Lane",
    "NewApiKey",
    "NewEmail",
    "NewJob",
    "NewService",
    "NewTemplate",
    "NewText",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "Notification",
    "NotificationFilter",
    "NotificationStatus",
    "NotificationType",
    "NotifyClient",
    "Page",
    "Queue",
    "QueuedDelivery",
    "QuotaExceeded",
    "RateLimited",
    "RowFault",
    "RuleBroken",
    "SanitisedValue",
    "Sent",
    "Service",
    "ServiceDetails",
    "ServiceError",
    "SmsSender",
    "Template",
    "TemplateChange",
    "TemplatePreview",
    "Unavailable",
]
