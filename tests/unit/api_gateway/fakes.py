"""Stand-ins for what is around the gateway's endpoints, and a client that calls the application without a
network."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt

from notify.notifications.v1 import jobs_pb2, notifications_pb2, received_texts_pb2, templates_pb2, types_pb2
from notifyrules.statuses import KeyType, NotificationType
from servicekit.clock import FixedClock
from servicekit.errors import NotFound, ServiceError
from servicekit.ids import bucket_of
from services.api_gateway.admission import Door
from services.api_gateway.app import App
from services.api_gateway.auth import Authenticator, Caller
from services.api_gateway.bulk import NewJob
from services.api_gateway.credentials import ApiKey, Credentials, CredentialsCache
from services.api_gateway.http import RequestOptions
from services.api_gateway.idempotency import RequestKey
from services.api_gateway.large_bodies import LargeBodies
from services.api_gateway.limits import Limits
from services.api_gateway.messages import NotificationsFilter
from services.api_gateway.ports import (
    Confirmation,
    ConfirmOutcome,
    DocumentState,
    EmailReceiptOutcome,
    FileDescription,
    FileDownload,
    FileLink,
    InboundAnswer,
    InboundResult,
    NewFile,
    SmsProvider,
    StoredFile,
    UnsubscribeOutcome,
)
from services.api_gateway.recording import DayCount, Kind, Recorder, Refused
from services.api_gateway.status import Build
from services.api_gateway.wiring import Ports, make_routes

NOW = datetime(2026, 3, 4, 12, 30, 15, 250_000, tzinfo=UTC)
NOW_S = NOW.timestamp()
SERVICE_ID = "2ebe4da8-17be-49fe-b02f-dff2760261a0"
DOCUMENT_ID = "0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c77"
DOCUMENT_KEY = bytes(range(32))
TEMPLATE_ID = "8b9c6c2b-4ed5-4b1e-9d0a-0d8c8b3b7a11"
JOB_ID = "0195c6a0-0000-7abc-8000-00000000000b"
NOTIFICATION_ID = "0195c6a0-0000-7abc-8000-000000000001"
SECRETS = {
    "normal": "11111111-aaaa-4aaa-8aaa-111111111111",
    "team": "22222222-aaaa-4aaa-8aaa-222222222222",
    "test": "33333333-aaaa-4aaa-8aaa-333333333333",
    "revoked": "44444444-aaaa-4aaa-8aaa-444444444444",
}


def a_key(name: str = "normal", **changes: Any) -> ApiKey:
    """A key; its name is its type, or `revoked`."""
    values: dict[str, Any] = {
        "id": f"key-{name}",
        "type": KeyType.NORMAL if name == "revoked" else KeyType(name),
        "secret": SECRETS[name].encode(),
        "revoked": name == "revoked",
    }
    return ApiKey(**{**values, **changes})


def a_service(service_id: str = SERVICE_ID, **changes: Any) -> Credentials:
    """A live service with a key of each type and a revoked one."""
    values: dict[str, Any] = {
        "service_id": service_id,
        "name": "Parking Permits",
        "contact_link": "https://example.gov.uk/ask",
        "bucket": bucket_of(UUID(service_id)),
        "active": True,
        "restricted": False,
        "rate_limit": 3_000,
        "daily_limits": dict.fromkeys(NotificationType, 1_000),
        "keys": tuple(a_key(name) for name in SECRETS),
    }
    return Credentials(**{**values, **changes})


def a_token(secret: str = SECRETS["normal"], *, algorithm: str | None = "HS256", **claims: Any) -> str:
    """A token as clients make it; a claim that is given as ... is left out."""
    payload = {"iss": SERVICE_ID, "iat": int(NOW_S), **claims}
    payload = {name: value for name, value in payload.items() if value is not ...}
    return jwt.encode(payload, "" if algorithm == "none" else secret, algorithm=algorithm)


class FakeAccounts:
    """Knows the services it was given."""

    def __init__(self, *services: Credentials) -> None:
        self.services = {service.service_id: service for service in services}
        self.lookups = 0
        self.failure: ServiceError | None = None

    async def credentials(self, service_id: UUID) -> Credentials:
        self.lookups += 1
        if self.failure is not None:
            raise self.failure
        try:
            return self.services[str(service_id)]
        except KeyError:
            raise NotFound("service") from None


@dataclass
class FakeNotifications:
    """Accepts everything, unless told otherwise, and remembers it."""

    created: list[notifications_pb2.NewNotification] = field(default_factory=list)
    filters: list[NotificationsFilter] = field(default_factory=list)
    stored: list[notifications_pb2.Notification] = field(default_factory=list)
    failure: Exception | None = None
    simulated: bool = False
    letter_refusal: Exception | None = None
    kept: dict[tuple[str, str, bytes], notifications_pb2.CreatedNotification] = field(default_factory=dict)

    async def create(self, item: notifications_pb2.NewNotification) -> notifications_pb2.CreatedNotification:
        if self.failure is not None:
            raise self.failure
        given = item.idempotency
        name = (item.service_id, given.key, given.fingerprint)
        if name in self.kept:
            return self.kept[name]
        made = self._make(item)
        if item.HasField("idempotency"):
            self.kept[name] = notifications_pb2.CreatedNotification()
            self.kept[name].CopyFrom(made)
            self.kept[name].replayed = True
            self.kept[name].context = given.context
        return made

    async def check_letter_upload(self, service_id: str, key_type: KeyType) -> None:
        if self.letter_refusal is not None:
            raise self.letter_refusal

    async def kept_answer(self, service_id: str, key: RequestKey) -> notifications_pb2.CreatedNotification:
        try:
            return self.kept[service_id, key.key, key.fingerprint]
        except KeyError:
            raise NotFound("answer") from None

    def _make(self, item: notifications_pb2.NewNotification) -> notifications_pb2.CreatedNotification:
        self.created.append(item)
        is_sms = item.type == types_pb2.NOTIFICATION_TYPE_SMS
        return notifications_pb2.CreatedNotification(
            id=item.id,
            reference=item.reference if item.HasField("reference") else None,
            body="Hello Ada",
            subject=None if is_sms else "A subject",
            sender="GOVUK" if is_sms else "a.service@notify.example",
            template_id=item.template_id,
            template_version=3,
            one_click_unsubscribe_url=item.one_click_unsubscribe_url or None,
            simulated=self.simulated,
            is_precompiled=item.HasField("precompiled"),
            postage=item.precompiled.postage if item.HasField("precompiled") else None,
        )

    async def get(self, service_id: str, notification_id: str) -> notifications_pb2.Notification:
        if self.failure is not None:
            raise self.failure
        for notification in self.stored:
            if (notification.service_id, notification.id) == (service_id, notification_id):
                return notification
        raise NotFound("notification")

    async def page(self, wanted: NotificationsFilter) -> Sequence[notifications_pb2.Notification]:
        self.filters.append(wanted)
        return self.stored


@dataclass
class FakeJobs:
    """Accepts everything, unless told otherwise, and remembers it."""

    created: list[tuple[NewJob, Caller]] = field(default_factory=list)
    faults: Mapping[str, Sequence[int]] = field(default_factory=dict)
    failure: Exception | None = None
    replayed_context: str | None = None
    stored: list[jobs_pb2.Job] = field(default_factory=list)

    async def create(self, job: NewJob, caller: Caller) -> jobs_pb2.CreateJobResponse:
        if self.failure is not None:
            raise self.failure
        self.created.append((job, caller))
        faults = [jobs_pb2.RowFault(reason=reason, rows=rows) for reason, rows in self.faults.items()]
        refused = bool(faults) and not job.skip_bad_rows
        return jobs_pb2.CreateJobResponse(
            job=None if refused else a_job(name=job.name),
            row_faults=faults,
            row_count=3,
            replayed=self.replayed_context is not None,
            context=self.replayed_context or "",
        )

    async def get(self, service_id: str, job_id: str) -> jobs_pb2.Job:
        for job in self.stored:
            if (job.service_id, job.id) == (service_id, job_id):
                return job
        raise NotFound("job")


@dataclass
class FakeTemplates:
    """Has one template."""

    template: templates_pb2.Template = field(default_factory=lambda: a_template())
    asked: list[Any] = field(default_factory=list)

    async def get(self, service_id: str, template_id: str, version: int) -> templates_pb2.Template:
        self.asked.append((service_id, template_id, version))
        if template_id != self.template.id or version not in (0, self.template.version):
            raise NotFound("template")
        return self.template

    async def all(self, request: templates_pb2.ListTemplatesRequest) -> Sequence[templates_pb2.Template]:
        self.asked.append(request)
        return [self.template]

    async def preview(
        self, service_id: str, template_id: str, personalisation_json: str
    ) -> templates_pb2.PreviewTemplateResponse:
        self.asked.append((service_id, template_id, personalisation_json))
        return templates_pb2.PreviewTemplateResponse(template=self.template, body="Hello Ada")


@dataclass
class FakeSms:
    """Takes receipts."""

    faults: Sequence[str] = ()
    failure: Exception | None = None
    receipts: list[tuple[SmsProvider, bytes]] = field(default_factory=list)
    inbound: InboundResult = field(default_factory=lambda: InboundResult(InboundAnswer.OK))
    inbound_texts: list[tuple[SmsProvider, bytes, str | None]] = field(default_factory=list)

    async def hand_receipt(self, provider: SmsProvider, body: bytes) -> Sequence[str]:
        if self.failure is not None:
            raise self.failure
        self.receipts.append((provider, body))
        return self.faults

    async def hand_inbound(
        self, provider: SmsProvider, body: bytes, authorization: str | None
    ) -> InboundResult:
        if self.failure is not None:
            raise self.failure
        self.inbound_texts.append((provider, body, authorization))
        return self.inbound


@dataclass
class FakeReceivedTexts:
    """Has what it was given."""

    stored: list[received_texts_pb2.ReceivedText] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def page(
        self, service_id: str, older_than: str | None
    ) -> Sequence[received_texts_pb2.ReceivedText]:
        self.asked.append((service_id, older_than))
        return self.stored


@dataclass
class FakeUnsubscribing:
    """Makes of every link what it was told to."""

    outcome: UnsubscribeOutcome = UnsubscribeOutcome.ACCEPTED
    links: list[tuple[str, str]] = field(default_factory=list)

    async def unsubscribe(self, notification_id: str, token: str) -> UnsubscribeOutcome:
        self.links.append((notification_id, token))
        return self.outcome


@dataclass
class FakeEmail:
    """Takes SNS messages."""

    outcome: EmailReceiptOutcome = EmailReceiptOutcome.ACCEPTED

    async def hand_receipt(self, body: bytes) -> EmailReceiptOutcome:
        return self.outcome


@dataclass
class FakeLetters:
    """Says of everything what it was told to."""

    failure: Exception | None = None
    uploads: list[tuple[str, bytes]] = field(default_factory=list)

    async def hand_receipt(self, body: bytes, token: str) -> None:
        if self.failure is not None:
            raise self.failure

    async def upload(self, service_id: str, notification_id: str, content: bytes) -> None:
        if self.failure is not None:
            raise self.failure
        self.uploads.append((notification_id, content))

    async def pdf(self, service_id: str, notification_id: str) -> bytes:
        if self.failure is not None:
            raise self.failure
        return b"%PDF-1.7"


@dataclass
class FakeHealth:
    """Is as well as it was told to be."""

    serving: bool = True

    async def is_serving(self) -> bool:
        return self.serving


def a_template(**changes: Any) -> templates_pb2.Template:
    """A template for texts."""
    values: dict[str, Any] = {
        "id": TEMPLATE_ID,
        "service_id": SERVICE_ID,
        "type": types_pb2.NOTIFICATION_TYPE_SMS,
        "name": "A template",
        "version": 2,
        "body": "Hello ((name))",
        "placeholders": ["name"],
    }
    template = templates_pb2.Template(**{**values, **changes})
    template.create_time.FromDatetime(NOW)
    return template


def a_notification(**changes: Any) -> notifications_pb2.Notification:
    """A text that was just accepted."""
    values: dict[str, Any] = {
        "id": NOTIFICATION_ID,
        "service_id": SERVICE_ID,
        "type": types_pb2.NOTIFICATION_TYPE_SMS,
        "key_type": types_pb2.KEY_TYPE_NORMAL,
        "status": types_pb2.NOTIFICATION_STATUS_CREATED,
        "recipient": "07700900123",
        "template_id": TEMPLATE_ID,
        "template_version": 2,
        "body": "Hello Ada",
        "rate_multiplier": 1,
        "rate_ten_thousandths": 240,
    }
    notification = notifications_pb2.Notification(**{**values, **changes})
    notification.create_time.FromDatetime(NOW)
    return notification


def a_job(**changes: Any) -> jobs_pb2.Job:
    """A job of texts that was just accepted."""
    values: dict[str, Any] = {
        "id": JOB_ID,
        "service_id": SERVICE_ID,
        "type": types_pb2.NOTIFICATION_TYPE_SMS,
        "key_type": types_pb2.KEY_TYPE_NORMAL,
        "template_id": TEMPLATE_ID,
        "template_version": 2,
        "name": "Reminders",
        "status": jobs_pb2.JOB_STATUS_PENDING,
        "row_count": 3,
    }
    job = jobs_pb2.Job(**{**values, **changes})
    job.create_time.FromDatetime(NOW)
    return job


@dataclass
class Response:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class FakeDocuments:
    """One file behind one link."""

    def __init__(self) -> None:
        self.stored: list[NewFile] = []
        self.deleted: list[str] = []
        self.tried: list[str] = []
        self.passes: list[str] = []
        self.failure: ServiceError | None = None
        self.refusals: dict[int, ServiceError] = {}
        """By position of the file that is refused."""
        self.file = FileDescription(
            state=DocumentState.AVAILABLE,
            file_name="Report <b>.pdf",
            mime_type="application/pdf",
            size_bytes=52_429,
            expires_at=datetime(2027, 1, 2, 15, 4, tzinfo=UTC),
            confirmation_needed=False,
        )
        self.confirmation = Confirmation(outcome=ConfirmOutcome.WRONG)
        self.closed = 0

    async def store(self, file: NewFile) -> StoredFile:
        refusal = self.refusals.get(len(self.stored))
        if refusal is not None:
            raise refusal
        self.stored.append(file)
        number = len(self.stored)
        return StoredFile(document_id=f"document-{number}", url=f"https://files.example/d/s/{number}?key=k")

    async def delete(self, service_id: str, document_id: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.deleted.append(document_id)

    async def describe(self, link: FileLink) -> FileDescription:
        self._check(link)
        return self.file

    async def confirm(self, link: FileLink, email_address: str) -> Confirmation:
        self._check(link)
        self.tried.append(email_address)
        return self.confirmation

    async def download(self, link: FileLink, pass_token: str) -> FileDownload:
        self._check(link)
        self.passes.append(pass_token)

        async def pieces() -> AsyncGenerator[bytes, None]:
            yield b"%PDF"
            yield b"-1.7"

        return FileDownload(
            state=self.file.state,
            file_name=self.file.file_name,
            mime_type=self.file.mime_type,
            size_bytes=8,
            pieces=pieces(),
        )

    def _check(self, link: FileLink) -> None:
        if self.failure is not None:
            raise self.failure
        if (link.service_id, link.document_id, link.key) != (SERVICE_ID, DOCUMENT_ID, DOCUMENT_KEY):
            raise NotFound("document")


class FakeRecords:
    """Keeps what it is told of requests, unless told otherwise."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int]] = {}
        self.refused: dict[UUID, tuple[Kind, int]] = {}
        self.calls = 0
        self.failure: ServiceError | None = None

    async def record(self, process_id: UUID, counts: Sequence[DayCount], refused: Sequence[Refused]) -> None:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        self.counts |= {count.day.isoformat(): (count.requests, count.failed) for count in counts}
        self.refused |= {each.id: (each.kind, each.count) for each in refused}


class Gateway:
    """The application among fakes."""

    def __init__(
        self,
        *services: Credentials,
        max_body_bytes: int = 100_000,
        public_url: str | None = None,
        sending: Door | None = None,
    ) -> None:
        self.clock = FixedClock(NOW)
        self.accounts = FakeAccounts(*(services or (a_service(),)))
        self.notifications = FakeNotifications()
        self.jobs = FakeJobs()
        self.templates = FakeTemplates()
        self.received_texts = FakeReceivedTexts()
        self.unsubscribing = FakeUnsubscribing()
        self.sms = FakeSms()
        self.email = FakeEmail()
        self.letters = FakeLetters()
        self.documents = FakeDocuments()
        self.health = FakeHealth()
        ports = Ports(
            notifications=self.notifications,
            jobs=self.jobs,
            templates=self.templates,
            received_texts=self.received_texts,
            unsubscribing=self.unsubscribing,
            sms=self.sms,
            email=self.email,
            letters=self.letters,
            documents=self.documents,
            health=self.health,
        )
        known = CredentialsCache(self.accounts)
        routes = make_routes(
            ports,
            Authenticator(known, self.clock),
            Limits(None, self.clock),
            self.clock,
            Build(git_commit="abc", build_time="today"),
            large_bodies=LargeBodies(1_000_000),
            services=known,
            sending=sending,
        )
        options = RequestOptions(
            max_body_bytes=max_body_bytes, max_email_body_bytes=4 * max_body_bytes, public_url=public_url
        )
        self.records = FakeRecords()
        self.recorder = Recorder(self.records, self.clock, max_kinds=5)
        self.app = App(routes, options, self.recorder)

    async def call(
        self,
        method: str,
        target: str,
        *,
        body: bytes | Sequence[bytes] = b"",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One request. A list of bodies arrives in pieces, without a declared length."""
        path, _, query = target.partition("?")
        sent = {"host": "api.example", **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        pieces = [body] if isinstance(body, bytes) else list(body)
        if isinstance(body, bytes) and body:
            sent["content-length"] = str(len(body))
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "scheme": "https",
            "server": ("127.0.0.1", 6011),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        }
        messages: list[dict[str, Any]] = []
        waiting = [
            {"type": "http.request", "body": piece, "more_body": position < len(pieces)}
            for position, piece in enumerate(pieces, 1)
        ]

        async def receive() -> dict[str, Any]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        if not messages:
            return Response(0, {}, b"")
        start, *pieces_sent = messages
        answered = {name.decode(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], answered, b"".join(piece["body"] for piece in pieces_sent))

    async def get(self, target: str, *, token: str | None = None) -> Response:
        """GET with a good token."""
        return await self.call("GET", target, token=token or a_token())

    async def post(
        self,
        target: str,
        value: object,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """POST of JSON (bytes as they are) with a good token."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return await self.call("POST", target, body=body, token=token or a_token(), headers=headers)


def v2_error(status: int, *errors: tuple[str, str]) -> dict[str, object]:
    """The body of an error under /v2."""
    return {"status_code": status, "errors": [{"error": kind, "message": said} for kind, said in errors]}


def invalid(*messages: str) -> dict[str, object]:
    """The body for faults of the schema."""
    return v2_error(400, *(("ValidationError", message) for message in messages))
