"""The client for code that is not asynchronous: every method of `AsyncNotifyClient`, with an event loop in a thread of
its own. It may be used from several threads.
"""

from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar

from clients.python.notify_client.async_client import DEFAULT_CALLER, AsyncNotifyClient
from clients.python.notify_client.loop_thread import LoopThread
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
from notifyrules.statuses import KeyType, NotificationType
from servicekit.errors import ServiceError

T = TypeVar("T")


class NotifyClient:
    """Calls of the notifications service; what each does and raises is said in `AsyncNotifyClient`. Close it, or use
    `with`.
    """

    def __init__(
        self, target: str, *, caller_keys: str, caller: str = DEFAULT_CALLER, timeout_s: float = 10.0
    ) -> None:
        """Takes the same as `AsyncNotifyClient`."""
        self._loop = LoopThread()

        async def make() -> AsyncNotifyClient:
            return AsyncNotifyClient(target, caller_keys=caller_keys, caller=caller, timeout_s=timeout_s)

        try:
            self._client = self._wait(make())
        except BaseException:
            self._loop.close()
            raise

    def close(self) -> None:
        """Disconnect. Again changes nothing."""
        if not self._loop.is_closed:
            self._wait(self._client.close())
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send_text(self, text: NewText) -> Sent:
        """Send a text."""
        return self._wait(self._client.send_text(text))

    def send_email(self, email: NewEmail) -> Sent:
        """Send an email."""
        return self._wait(self._client.send_email(email))

    def send_letter(self, letter: NewLetter) -> Sent:
        """Send a letter from a template."""
        return self._wait(self._client.send_letter(letter))

    def send_many(self, messages: Sequence[NewText | NewEmail | NewLetter]) -> list[Sent | ServiceError]:
        """Send messages together; one that is refused does not hold up the others."""
        return self._wait(self._client.send_many(messages))

    def get_notification(self, service_id: str, notification_id: str) -> Notification:
        """One message of a service."""
        return self._wait(self._client.get_notification(service_id, notification_id))

    def list_notifications(self, wanted: NotificationFilter) -> Page[Notification]:
        """A page of a service's messages, newest first."""
        return self._wait(self._client.list_notifications(wanted))

    def all_notifications(self, wanted: NotificationFilter) -> Iterator[Notification]:
        """All messages of a service that the filter finds, newest first, page after page."""
        while True:
            page = self.list_notifications(wanted)
            yield from page.items
            if page.next_page_token is None:
                return
            wanted = replace(wanted, page_token=page.next_page_token)

    def explain_notification(self, notification_id: str) -> Explanation:
        """Everything that happened to a message."""
        return self._wait(self._client.explain_notification(notification_id))

    def queue_statistics(self) -> tuple[Queue, ...]:
        """What waits, for each channel and lane that has anything."""
        return self._wait(self._client.queue_statistics())

    def create_job(self, new: NewJob) -> CreatedJob:
        """Send to a table of recipients."""
        return self._wait(self._client.create_job(new))

    def get_job(self, service_id: str, job_id: str) -> Job:
        """A job with its progress."""
        return self._wait(self._client.get_job(service_id, job_id))

    def list_jobs(self, service_id: str, *, page_size: int = 50, page_token: str | None = None) -> Page[Job]:
        """A page of a service's jobs, newest first."""
        return self._wait(self._client.list_jobs(service_id, page_size=page_size, page_token=page_token))

    def cancel_job(self, service_id: str, job_id: str) -> Job:
        """End a job."""
        return self._wait(self._client.cancel_job(service_id, job_id))

    def create_template(self, new: NewTemplate) -> Template:
        """Make a template."""
        return self._wait(self._client.create_template(new))

    def update_template(self, change: TemplateChange) -> Template:
        """Make a new version of a template."""
        return self._wait(self._client.update_template(change))

    def archive_template(self, service_id: str, template_id: str) -> Template:
        """Archive a template."""
        return self._wait(self._client.archive_template(service_id, template_id))

    def get_template(self, service_id: str, template_id: str, version: int = 0) -> Template:
        """A version of a template; 0 is the current one."""
        return self._wait(self._client.get_template(service_id, template_id, version))

    def list_templates(self, service_id: str, kind: NotificationType | None = None) -> tuple[Template, ...]:
        """All templates that are not archived, by name."""
        return self._wait(self._client.list_templates(service_id, kind))

    def preview_template(
        self, service_id: str, template_id: str, personalisation: Mapping[str, Any]
    ) -> TemplatePreview:
        """Fill in a template without sending it."""
        return self._wait(self._client.preview_template(service_id, template_id, personalisation))

    def create_service(self, new: NewService) -> Service:
        """Make a service."""
        return self._wait(self._client.create_service(new))

    def get_service(self, id_or_name: str) -> ServiceDetails:
        """A service by its id or its exact name."""
        return self._wait(self._client.get_service(id_or_name))

    def list_services(self, page_token: str | None = None) -> Page[Service]:
        """A page of all services, by name."""
        return self._wait(self._client.list_services(page_token))

    def create_key(self, service_id: str, name: str, kind: KeyType = KeyType.NORMAL) -> NewApiKey:
        """Make an API key; its secret is shown this once."""
        return self._wait(self._client.create_key(service_id, name, kind))

    def revoke_key(self, service_id: str, api_key_id: str) -> ApiKey:
        """Revoke an API key."""
        return self._wait(self._client.revoke_key(service_id, api_key_id))

    def _wait(self, call: Coroutine[Any, Any, T]) -> T:
        """The result of a call that runs in the client's own loop."""
        return self._loop.wait(call)
