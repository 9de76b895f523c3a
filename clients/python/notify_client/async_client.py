"""The asynchronous client: one method for each call. `client.NotifyClient` is the same for code that is not
asynchronous.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Self
from uuid import UUID, uuid4

from clients.python.notify_client import convert, convert_jobs
from clients.python.notify_client.requests import (
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
    Explanation,
    Job,
    NewApiKey,
    Notification,
    Page,
    Queue,
    Sent,
    Service,
    ServiceDetails,
    Template,
    TemplatePreview,
)
from notify.notifications.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    deliveries_pb2,
    deliveries_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
    notifications_pb2,
    notifications_pb2_grpc,
    templates_pb2,
    templates_pb2_grpc,
    types_pb2,
)
from notifyrules.statuses import KeyType, NotificationType
from servicekit.errors import ServiceError
from servicekit.grpc_client import make_channel
from servicekit.identity import CallerTokens

MAX_BATCH: Final = 1_000
"""Messages in one call."""
CREATE_JOB_TIMEOUT_S: Final = 60.0
"""A table of 100,000 rows takes some seconds to check, and may have to wait for another one."""
DEFAULT_CALLER: Final = "notifyctl"


class AsyncNotifyClient:
    """Calls of the notifications service. Make it inside a running event loop, and close it or use `async with`.

    All methods raise the `ServiceError` that the service raised, `Unavailable` when it cannot be reached, and
    `DeadlineExceeded` when it took too long. Calls that change nothing, or may be repeated without harm, are made again
    by themselves when they were lost on the way.
    """

    def __init__(
        self, target: str, *, caller_keys: str, caller: str = DEFAULT_CALLER, timeout_s: float = 10.0
    ) -> None:
        """`target` is `host:port`, or `dns:///name:port` for all addresses of a name; it connects at the first call.

        `caller_keys` is the system's setting NOTIFY_CALLER_KEYS, `caller` the name that the service knows this tool by.
        """
        self._channel = make_channel(
            target, caller=CallerTokens(caller, caller_keys), default_timeout_s=timeout_s
        )
        grpc = self._channel.grpc
        self._notifications = notifications_pb2_grpc.NotificationsServiceStub(grpc)
        self._deliveries = deliveries_pb2_grpc.DeliveriesServiceStub(grpc)
        self._jobs = jobs_pb2_grpc.JobsServiceStub(grpc)
        self._templates = templates_pb2_grpc.TemplatesServiceStub(grpc)
        self._accounts = accounts_pb2_grpc.AccountsServiceStub(grpc)

    async def close(self) -> None:
        """Cancel what is under way and disconnect."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Sending

    async def send_text(self, text: NewText) -> Sent:
        """Send a text. What refuses it is raised: InvalidRequest, RuleBroken (with its `reason`), QuotaExceeded."""
        return await self._send(text)

    async def send_email(self, email: NewEmail) -> Sent:
        """Send an email. Raises as `send_text` does."""
        return await self._send(email)

    async def send_letter(self, letter: NewLetter) -> Sent:
        """Send a letter from a template. Raises as `send_text` does."""
        return await self._send(letter)

    async def send_many(
        self, messages: Sequence[NewText | NewEmail | NewLetter]
    ) -> list[Sent | ServiceError]:
        """Send messages together; one that is refused does not hold up the others.

        Answers for each, in order, what became of it: an error is in the list and not raised. Calls of 1,000 messages
        are made one after the other; a call that fails is raised, and then nothing is known of the messages in it.
        """
        outcomes: list[Sent | ServiceError] = []
        for start in range(0, len(messages), MAX_BATCH):
            request = notifications_pb2.CreateNotificationsRequest(
                notifications=[
                    convert.new_notification(message) for message in messages[start : start + MAX_BATCH]
                ]
            )
            answer = await self._channel.call(
                self._notifications.CreateNotifications, request, idempotent=True
            )
            outcomes += [convert.outcome(result) for result in answer.results]
        return outcomes

    async def _send(self, message: NewText | NewEmail | NewLetter) -> Sent:
        (outcome,) = await self.send_many([message])
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome

    # Reading

    async def get_notification(self, service_id: str, notification_id: str) -> Notification:
        """One message of a service. Raises NotFound."""
        request = notifications_pb2.GetNotificationRequest(
            service_id=service_id, notification_id=notification_id
        )
        answer = await self._channel.call(self._notifications.GetNotification, request, idempotent=True)
        return convert.notification(answer.notification)

    async def list_notifications(self, wanted: NotificationFilter) -> Page[Notification]:
        """A page of a service's messages, newest first."""
        answer = await self._channel.call(
            self._notifications.ListNotifications, convert.list_request(wanted), idempotent=True
        )
        return Page(
            items=tuple(convert.notification(pb) for pb in answer.notifications),
            next_page_token=answer.next_page_token if answer.HasField("next_page_token") else None,
        )

    async def all_notifications(self, wanted: NotificationFilter) -> AsyncIterator[Notification]:
        """All messages of a service that the filter finds, newest first, page after page."""
        while True:
            page = await self.list_notifications(wanted)
            for notification in page.items:
                yield notification
            if page.next_page_token is None:
                return
            wanted = replace(wanted, page_token=page.next_page_token)

    async def explain_notification(self, notification_id: str) -> Explanation:
        """Everything that happened to a message, whoever sent it. Raises NotFound."""
        request = notifications_pb2.ExplainNotificationRequest(notification_id=notification_id)
        answer = await self._channel.call(self._notifications.ExplainNotification, request, idempotent=True)
        return convert.explanation(answer)

    async def queue_statistics(self) -> tuple[Queue, ...]:
        """What waits, for each channel and lane that has anything."""
        answer = await self._channel.call(
            self._deliveries.GetQueueStatistics, deliveries_pb2.GetQueueStatisticsRequest(), idempotent=True
        )
        return tuple(convert.queue(pb) for pb in answer.queues)

    # Jobs

    async def create_job(self, new: NewJob) -> CreatedJob:
        """Send to a table of recipients. Bad rows are in the answer; they keep all from being sent, unless they are to
        be left out. Raises InvalidRequest, RuleBroken, QuotaExceeded, NotFound; ValueError without a table. Never
        repeated by itself: a call that was lost may have made the job.
        """
        parts = convert_jobs.create_job_parts(new, convert_jobs.table_of(new))
        answer = await self._channel.send_stream(self._jobs.CreateJob, parts, timeout_s=CREATE_JOB_TIMEOUT_S)
        return convert_jobs.created_job(answer)

    async def get_job(self, service_id: str, job_id: str) -> Job:
        """A job with its progress and what was wrong with rows that were left out. Raises NotFound."""
        request = jobs_pb2.GetJobRequest(service_id=service_id, job_id=job_id, with_row_faults=True)
        answer = await self._channel.call(self._jobs.GetJob, request, idempotent=True)
        return convert_jobs.job(answer.job, answer.row_faults)

    async def list_jobs(
        self, service_id: str, *, page_size: int = 50, page_token: str | None = None
    ) -> Page[Job]:
        """A page of a service's jobs, newest first."""
        request = jobs_pb2.ListJobsRequest(service_id=service_id, page_size=page_size, page_token=page_token)
        answer = await self._channel.call(self._jobs.ListJobs, request, idempotent=True)
        return Page(
            items=tuple(convert_jobs.job(pb) for pb in answer.jobs),
            next_page_token=answer.next_page_token if answer.HasField("next_page_token") else None,
        )

    async def cancel_job(self, service_id: str, job_id: str) -> Job:
        """End a job: no more messages are made of it; again changes nothing. Raises NotFound, RuleBroken JOB_ENDED."""
        request = jobs_pb2.CancelJobRequest(service_id=service_id, job_id=job_id)
        answer = await self._channel.call(self._jobs.CancelJob, request, idempotent=True)
        return convert_jobs.job(answer.job)

    # Templates

    async def create_template(self, new: NewTemplate) -> Template:
        """Make a template. Raises InvalidRequest, NotFound for the service."""
        request = convert.create_template_request(new, str(uuid4()))
        answer = await self._channel.call(self._templates.CreateTemplate, request, idempotent=True)
        return convert.template(answer.template)

    async def update_template(self, change: TemplateChange) -> Template:
        """Make a new version. Raises NotFound, InvalidRequest, Conflict when somebody else was faster."""
        answer = await self._channel.call(
            self._templates.UpdateTemplate, convert.update_template_request(change)
        )
        return convert.template(answer.template)

    async def archive_template(self, service_id: str, template_id: str) -> Template:
        """Archive a template: it can be read, and not sent. Raises NotFound."""
        request = templates_pb2.ArchiveTemplateRequest(service_id=service_id, template_id=template_id)
        return convert.template((await self._channel.call(self._templates.ArchiveTemplate, request)).template)

    async def get_template(self, service_id: str, template_id: str, version: int = 0) -> Template:
        """A version of a template; 0 is the current one. Raises NotFound."""
        request = templates_pb2.GetTemplateRequest(
            service_id=service_id, template_id=template_id, version=version
        )
        answer = await self._channel.call(self._templates.GetTemplate, request, idempotent=True)
        return convert.template(answer.template)

    async def list_templates(
        self, service_id: str, kind: NotificationType | None = None
    ) -> tuple[Template, ...]:
        """All templates that are not archived, by name; only those of one type where `kind` is given."""
        request = templates_pb2.ListTemplatesRequest(
            service_id=service_id,
            type=types_pb2.NOTIFICATION_TYPE_UNSPECIFIED if kind is None else convert.TYPE_TO_PB[kind],
        )
        answer = await self._channel.call(self._templates.ListTemplates, request, idempotent=True)
        return tuple(convert.template(pb) for pb in answer.templates)

    async def preview_template(
        self, service_id: str, template_id: str, personalisation: Mapping[str, Any]
    ) -> TemplatePreview:
        """Fill in a template without sending it. Raises NotFound, RuleBroken MISSING_PERSONALISATION."""
        request = templates_pb2.PreviewTemplateRequest(
            service_id=service_id,
            template_id=template_id,
            personalisation_json=convert.personalisation_json(personalisation),
        )
        answer = await self._channel.call(self._templates.PreviewTemplate, request, idempotent=True)
        return convert.template_preview(answer)

    # Services and keys

    async def create_service(self, new: NewService) -> Service:
        """Make a service. Raises InvalidRequest, Conflict when the name is taken."""
        request = convert.create_service_request(new, str(uuid4()))
        answer = await self._channel.call(self._accounts.CreateService, request, idempotent=True)
        return convert.service(answer.service)

    async def get_service(self, id_or_name: str) -> ServiceDetails:
        """A service by its id or its exact name, with its keys and senders. Raises NotFound."""
        request = accounts_pb2.GetServiceRequest(name=id_or_name)
        if _is_id(id_or_name):
            request = accounts_pb2.GetServiceRequest(service_id=id_or_name)
        answer = await self._channel.call(self._accounts.GetService, request, idempotent=True)
        return convert.service_details(answer)

    async def list_services(self, page_token: str | None = None) -> Page[Service]:
        """A page of all services, by name."""
        request = accounts_pb2.ListServicesRequest(page_token=page_token)
        answer = await self._channel.call(self._accounts.ListServices, request, idempotent=True)
        return Page(
            items=tuple(convert.service(pb) for pb in answer.services),
            next_page_token=answer.next_page_token if answer.HasField("next_page_token") else None,
        )

    async def create_key(self, service_id: str, name: str, kind: KeyType = KeyType.NORMAL) -> NewApiKey:
        """Make an API key; its secret is shown this once. Raises NotFound, InvalidRequest, Conflict for the name."""
        request = accounts_pb2.CreateApiKeyRequest(
            service_id=service_id, name=name, type=convert.KEY_TYPE_TO_PB[kind]
        )
        answer = await self._channel.call(self._accounts.CreateApiKey, request)
        return NewApiKey(key=convert.api_key(answer.api_key), full_key=answer.full_key)

    async def revoke_key(self, service_id: str, api_key_id: str) -> ApiKey:
        """Revoke an API key; again changes nothing. Raises NotFound."""
        request = accounts_pb2.RevokeApiKeyRequest(service_id=service_id, api_key_id=api_key_id)
        answer = await self._channel.call(self._accounts.RevokeApiKey, request, idempotent=True)
        return convert.api_key(answer.api_key)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
