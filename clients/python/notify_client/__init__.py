"""A client of the notifications service for internal tools in Python, over gRPC: typed calls, asynchronous or not.

    from clients.python.notify_client import NewText, NotifyClient

    with NotifyClient("127.0.0.1:6021", caller_keys=keys) as notify:
        sent = notify.send_text(NewText(service_id=..., template_id=..., phone_number="07700 900123"))

README.md of the folder above has an example for everything. No protobuf is seen from outside. What refuses a call is
raised as the `ServiceError` that the service itself raised.
"""

from clients.python.notify_client.async_client import AsyncNotifyClient
from clients.python.notify_client.client import NotifyClient
from clients.python.notify_client.letter_values import (
    Attachment,
    Fault,
    Letter,
    LetterPage,
    LetterPreview,
    LetterState,
)
from clients.python.notify_client.letters import AsyncLettersClient, LettersClient
from clients.python.notify_client.requests import (
    LetterTexts,
    NewEmail,
    NewJob,
    NewLetter,
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
    "AsyncLettersClient",
    "AsyncNotifyClient",
    "Attachment",
    "Conflict",
    "CreatedJob",
    "DailyLimits",
    "DeadlineExceeded",
    "Event",
    "Explanation",
    "Fault",
    "InvalidRequest",
    "Job",
    "JobStatus",
    "KeyType",
    "Lane",
    "Letter",
    "LetterPage",
    "LetterPreview",
    "LetterState",
    "LetterTexts",
    "LettersClient",
    "NewApiKey",
    "NewEmail",
    "NewJob",
    "NewLetter",
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
