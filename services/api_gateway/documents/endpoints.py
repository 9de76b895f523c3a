"""Pages for recipients of files: `/d/<service>/<document>?key=<key>` and what follows from it.

    GET  /d/…            what the link leads to          GET  /d/…/confirm   asks for the address
    POST /d/…/confirm    checks it: a cookie, go on      GET  /d/…/download  what follows a right address
    POST /d/…/download   the file itself

Nothing is counted by looking: programs that open the links of emails, and HEAD requests, see the first page and no
more. Only the form that a person sends begins a download. Keys, names and addresses are in no log: the gateway logs
routes, not paths. HTML is in `pages`; what a link opens is the documents service's to say.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlencode
from uuid import UUID

from notifyrules.email_addresses import InvalidEmailAddress, parse_email_address
from notifyrules.ids import base64_to_bytes, base64_to_uuid, bytes_to_base64, uuid_to_base64
from servicekit.clock import Clock
from servicekit.errors import NotFound
from servicekit.ids import parse_id
from services.api_gateway.credentials import Credentials
from services.api_gateway.documents import pages
from services.api_gateway.documents.file_names import content_disposition
from services.api_gateway.errors import public_error
from services.api_gateway.http import CSS, HTML, Answer, Header, Request, Send
from services.api_gateway.ports import (
    Confirmation,
    ConfirmOutcome,
    DocumentsPort,
    DocumentState,
    FileDescription,
    FileDownload,
    FileLink,
)

_COOKIE: Final = "document_pass"
_COOKIE_LIFE_S: Final = 3_600
_COMMON: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload"),
    (b"cache-control", b"no-store, no-cache, private, must-revalidate"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_PAGE_POLICY: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
)
_FILE_POLICY: Final[Header] = (b"content-security-policy", b"default-src 'none'; sandbox")
_STATUSES: Final = {DocumentState.EXPIRED: 410, DocumentState.BLOCKED: 403}


class ServicesPort(Protocol):
    """What is known of sending services."""

    async def get(self, service_id: UUID) -> Credentials | None:
        """The service; None when there is no such one."""
        ...


class PageAnswer(Answer):
    """A page or a redirect, with headers that suit a browser."""

    def headers(self) -> list[Header]:
        return [
            *_COMMON,
            _PAGE_POLICY,
            (b"content-type", self.content_type),
            (b"content-length", b"%d" % len(self.body)),
            *self.extra_headers,
        ]


class FileAnswer(PageAnswer):
    """A file that is passed on as it comes, piece by piece."""

    def __init__(self, download: FileDownload) -> None:
        super().__init__(200, b"", content_type=download.mime_type.encode("ascii"))
        self._download = download

    def headers(self) -> list[Header]:
        return [
            *_COMMON,
            _FILE_POLICY,
            (b"content-type", self.content_type),
            (b"content-length", b"%d" % self._download.size_bytes),
            (b"content-disposition", content_disposition(self._download.file_name)),
        ]

    async def send(self, send: Send) -> None:
        """Send it. What breaks off on the way ends the connection early, so that a browser sees that it failed."""
        async with contextlib.aclosing(self._download.pieces) as pieces:
            await send({"type": "http.response.start", "status": self.status, "headers": self.headers()})
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A request with a link that may be right."""

    link: FileLink
    sender: pages.Sender
    links: pages.Links
    path: str
    """Of the first page, without the key: where the cookie belongs."""


class DocumentPages:
    """The pages."""

    def __init__(self, documents: DocumentsPort, services: ServicesPort, clock: Clock) -> None:
        self._documents = documents
        self._services = services
        self._clock = clock
        self._style = Path(__file__).with_name("style.css").read_bytes()

    async def landing(self, request: Request) -> Answer:
        """GET /d/<service>/<document>."""
        visit = await self._visit(request)
        file = await self._describe(visit)
        if visit is None or file is None:
            return await self._missing(request)
        if file.state is not DocumentState.AVAILABLE:
            return _unavailable(visit, file)
        return _page(200, pages.landing_page(visit.sender, file, visit.links))

    async def confirm(self, request: Request) -> Answer:
        """GET /d/<service>/<document>/confirm."""
        visit = await self._visit(request)
        file = await self._describe(visit)
        if visit is None or file is None:
            return await self._missing(request)
        if file.state is not DocumentState.AVAILABLE or not file.confirmation_needed:
            return _see(visit.links.landing)
        return _page(200, pages.confirm_page(visit.sender, visit.links))

    async def check(self, request: Request) -> Answer:
        """POST /d/<service>/<document>/confirm."""
        visit = await self._visit(request)
        if visit is None:
            return await self._missing(request)
        typed = (await request.form()).get(pages.FIELD, "").strip()
        try:
            parse_email_address(typed)
        except InvalidEmailAddress:
            fault = pages.NOT_AN_ADDRESS if typed else pages.EMPTY
            return _page(400, pages.confirm_page(visit.sender, visit.links, typed=typed, fault=fault))
        try:
            confirmation = await self._documents.confirm(visit.link, typed)
        except NotFound:
            return await self._missing(request)
        return self._checked(request, visit, confirmation, typed)

    async def ready(self, request: Request) -> Answer:
        """GET /d/<service>/<document>/download: also where old links and bookmarks of it lead."""
        visit = await self._visit(request)
        file = await self._describe(visit)
        if visit is None or file is None:
            return await self._missing(request)
        if file.state is not DocumentState.AVAILABLE or not file.confirmation_needed:
            return _see(visit.links.landing)
        if not _pass_of(request):
            return _see(visit.links.confirm)
        return _page(200, pages.ready_page(visit.sender, file, visit.links))

    async def download(self, request: Request) -> Answer:
        """POST /d/<service>/<document>/download."""
        visit = await self._visit(request)
        if visit is None:
            return await self._missing(request)
        try:
            download = await self._documents.download(visit.link, _pass_of(request))
        except NotFound:
            return await self._missing(request)
        if download.state is DocumentState.AVAILABLE:
            return FileAnswer(download)
        await download.pieces.aclose()
        if download.state is DocumentState.CONFIRMATION_NEEDED:
            return _see(visit.links.confirm)
        return _see(visit.links.landing)

    async def incomplete(self, request: Request) -> Answer:
        """GET /d/<anything>: a link that was cut off."""
        return _page(404, pages.missing_page(None))

    async def test(self, request: Request) -> Answer:
        """GET /services/<id>/documents/test-document."""
        try:
            service_id = parse_id(request.path_values[0])
        except ValueError:
            return _page(404, pages.missing_page(None))
        return _page(200, pages.test_page(await self._sender(service_id)))

    async def style(self, request: Request) -> Answer:
        """GET /d/style.css."""
        return PageAnswer(200, self._style, content_type=CSS)

    def problem(self, exc: BaseException) -> Answer:
        """What an error becomes for somebody with a browser."""
        return _page(public_error(exc).status, pages.problem_page())

    async def _visit(self, request: Request) -> _Visit | None:
        """What the request's link says; None when it can't be one."""
        key_text = next((value for name, value in request.query() if name == "key"), "")
        try:
            service_id, document_id = map(base64_to_uuid, request.path_values[:2])
            key = base64_to_bytes(key_text)
        except ValueError:
            return None
        sender = await self._sender(service_id)
        if sender is None:
            return None
        path = f"/d/{uuid_to_base64(service_id)}/{uuid_to_base64(document_id)}"
        query = urlencode({"key": bytes_to_base64(key)})
        return _Visit(
            link=FileLink(service_id=str(service_id), document_id=str(document_id), key=key),
            sender=sender,
            links=pages.Links(
                landing=f"{path}?{query}",
                confirm=f"{path}/confirm?{query}",
                download=f"{path}/download?{query}",
            ),
            path=path,
        )

    async def _describe(self, visit: _Visit | None) -> FileDescription | None:
        if visit is None:
            return None
        try:
            return await self._documents.describe(visit.link)
        except NotFound:
            return None

    async def _missing(self, request: Request) -> Answer:
        """No such file; with the service to ask, where the link names one."""
        try:
            sender = await self._sender(base64_to_uuid(request.path_values[0]))
        except ValueError:
            sender = None
        return _page(404, pages.missing_page(sender))

    async def _sender(self, service_id: UUID) -> pages.Sender | None:
        service = await self._services.get(service_id)
        return None if service is None else pages.Sender(name=service.name, contact_link=service.contact_link)

    def _checked(self, request: Request, visit: _Visit, confirmation: Confirmation, typed: str) -> Answer:
        match confirmation.outcome:
            case ConfirmOutcome.CONFIRMED:
                return _see(visit.links.download, _cookie(request, visit, confirmation.pass_token))
            case ConfirmOutcome.WRONG:
                page = pages.confirm_page(visit.sender, visit.links, typed=typed, fault=pages.WRONG)
                return _page(400, page)
            case ConfirmOutcome.LOCKED:
                now = self._clock.now()
                until = confirmation.locked_until or now
                wait = max(1, round((until - now).total_seconds()))
                return _page(429, pages.locked_page(visit.sender, until), (b"retry-after", b"%d" % wait))
            case ConfirmOutcome.NOT_ASKED_FOR:
                return _see(visit.links.landing)


def _page(status: int, html: str, *headers: Header) -> Answer:
    return PageAnswer(status, html.encode(), content_type=HTML, extra_headers=headers)


def _see(path: str, *headers: Header) -> Answer:
    """Have the browser get another page."""
    return PageAnswer(303, b"", content_type=HTML, extra_headers=((b"location", path.encode()), *headers))


def _unavailable(visit: _Visit, file: FileDescription) -> Answer:
    if file.state is DocumentState.BLOCKED:
        return _page(_STATUSES[file.state], pages.blocked_page(visit.sender))
    return _page(_STATUSES[DocumentState.EXPIRED], pages.expired_page(visit.sender, file))


def _cookie(request: Request, visit: _Visit, pass_token: str) -> Header:
    secure = "; Secure" if request.root.startswith("https:") else ""
    value = f"{_COOKIE}={pass_token}; Path={visit.path}; Max-Age={_COOKIE_LIFE_S}; HttpOnly; SameSite=Strict"
    return b"set-cookie", (value + secure).encode("ascii")


def _pass_of(request: Request) -> str:
    for part in (request.header(b"cookie") or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == _COOKIE:
            return value
    return ""
