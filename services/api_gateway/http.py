"""One HTTP request and its answer, as endpoints see them; the ASGI forms stop here.

Not here: which endpoint gets a request (`routes`), errors' bodies (`errors`), the server itself
(`http_server`). Starlette's request and response objects were measured at 22 µs a request; these cost 3.
"""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from servicekit.errors import RuleBroken, ServiceError

if TYPE_CHECKING:
    from services.api_gateway.auth import Caller

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

BODY_TOO_LARGE: Final = "BODY_TOO_LARGE"
_MAX_FORM_BYTES: Final = 8 * 1024

_COMMON_HEADERS: Final[tuple[Header, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"Content-Type,Authorization"),
    (b"access-control-allow-methods", b"GET,PUT,POST,DELETE"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload"),
    (b"cache-control", b"no-store, no-cache, private, must-revalidate"),
)
JSON: Final = b"application/json"
PDF: Final = b"application/pdf"
HTML: Final = b"text/html; charset=utf-8"
CSS: Final = b"text/css; charset=utf-8"
TEXT: Final = b"text/plain; charset=utf-8"
_HEADERS: Final = {kind: (*_COMMON_HEADERS, (b"content-type", kind)) for kind in (JSON, PDF, HTML, CSS, TEXT)}


class ClientGone(Exception):  # noqa: N818 -- nothing is wrong here: whoever asked has left
    """The connection ended before the request had arrived; nobody waits for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOptions:
    """What is the same for all requests."""

    max_body_bytes: int
    max_bulk_body_bytes: int = 32 * 1024 * 1024
    """Of requests that send many messages."""
    max_letter_body_bytes: int = 15 * 1024 * 1024
    """Of requests that send a letter."""
    max_email_body_bytes: int = 16 * 1024 * 1024
    """Of requests that send an email, with files."""
    public_url: str | None = None
    """Scheme and host for links, without a slash at the end; None: those of the request."""


class Request:
    """One request, read as far as its endpoint asks."""

    __slots__ = (
        "_body",
        "_options",
        "_receive",
        "_scope",
        "caller",
        "claimed_service_id",
        "message_id",
        "method",
        "path",
        "path_values",
        "refusal",
    )

    def __init__(self, scope: Scope, receive: Receive, options: RequestOptions) -> None:
        self._scope = scope
        self._receive = receive
        self._options = options
        self._body: bytes | None = None
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        """Percent-decoded."""
        self.path_values: tuple[str, ...] = ()
        """The variable parts of the path, in order."""
        self.caller: Caller | None = None
        """Who sent it, once the token was checked; for the log line."""
        self.claimed_service_id: str | None = None
        """The service that a refused token names, where there is such a one."""
        self.refusal: ServiceError | None = None
        """Why it was refused."""
        self.message_id: str | None = None
        """The message that it made, whose trace it begins; None where it made none."""

    def header(self, name: bytes) -> str | None:
        """The first header of this name (lower case), or None."""
        for key, value in self._scope["headers"]:
            if key == name:
                return str(value, "latin-1")
        return None

    @property
    def root(self) -> str:
        """Scheme and host that links begin with."""
        if self._options.public_url is not None:
            return self._options.public_url
        host = self.header(b"host")
        if not host:
            name, port = self._scope["server"] or ("localhost", None)
            host = name if port is None else f"{name}:{port}"
        return f"{self._scope['scheme']}://{host}"

    def query(self) -> list[tuple[str, str]]:
        """Names and values of the query, in order; empty values are kept."""
        text = self._scope["query_string"].decode("latin-1")
        return parse_qsl(text, keep_blank_values=True) if text else []

    async def body(self) -> bytes:
        """The whole body; asked for again, the same.

        Raises RuleBroken BODY_TOO_LARGE as soon as it is known to be too long, with at most the allowed
        length (and one read) in memory; ClientGone when the connection ends first.
        """
        if self._body is None:
            self._body = await self._read_body(self._options.max_body_bytes)
        return self._body

    async def letter_body(self) -> bytes:
        """As `body`, of a request that may hold a PDF."""
        if self._body is None:
            self._body = await self._read_body(self._options.max_letter_body_bytes)
        return self._body

    async def bulk_body(self) -> bytes:
        """The body of a request that sends many messages, which may be longer. Raises as `body` does."""
        return await self._read_body(self._options.max_bulk_body_bytes)

    async def email_body(self) -> bytes:
        """The body of a request that sends an email, which may hold files. Raises as `body` does.

        Asked for again by `body`, the same.
        """
        if self._body is None:
            self._body = await self._read_body(self._options.max_email_body_bytes)
        return self._body

    def check_length_without_files(self, size_bytes: int) -> None:
        """Raise RuleBroken BODY_TOO_LARGE when so much of a request is no file that it is too long without them."""
        if size_bytes > self._options.max_body_bytes:
            raise _too_large(self._options.max_body_bytes)

    @property
    def most_email_bytes(self) -> int:
        """How long the body of a request that sends an email may turn out to be: what it says, or the limit."""
        declared = self.header(b"content-length")
        limit = self._options.max_email_body_bytes
        return min(int(declared), limit) if declared is not None and declared.isdecimal() else limit

    async def form(self) -> dict[str, str]:
        """The fields of a small form as browsers send it; of fields of the same name the first. Raises as `body`
        does."""
        text = (await self._read_body(_MAX_FORM_BYTES)).decode("utf-8", "replace")
        fields: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            fields.setdefault(name, value)
        return fields

    async def _read_body(self, limit: int) -> bytes:
        declared = self.header(b"content-length")
        if declared is not None and declared.isdecimal() and int(declared) > limit:
            raise _too_large(limit)
        message = await self._receive()
        if not message.get("more_body") and message["type"] == "http.request":
            body: bytes = message.get("body", b"")
            if len(body) > limit:
                raise _too_large(limit)
            return body
        parts = []
        size = 0
        while True:
            if message["type"] != "http.request":
                raise ClientGone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise _too_large(limit)
            if not message.get("more_body"):
                return b"".join(parts)
            message = await self._receive()


def _too_large(limit: int) -> RuleBroken:
    return RuleBroken(BODY_TOO_LARGE, f"Request body is too large. It must be no more than {limit} bytes.")


class Answer:
    """Status, body and headers, ready to be sent."""

    __slots__ = ("body", "content_type", "extra_headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes,
        *,
        content_type: bytes = JSON,
        extra_headers: Sequence[Header] = (),
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.extra_headers = extra_headers

    def headers(self) -> list[Header]:
        """All headers: those that every answer has, type and length of the body, and its own."""
        return [
            *_HEADERS[self.content_type],
            (b"content-length", b"%d" % len(self.body)),
            *self.extra_headers,
        ]

    async def send(self, send: Send) -> None:
        """Send it. A server leaves the body out for HEAD."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers()})
        await send({"type": "http.response.body", "body": self.body})


_encode = msgspec.json.Encoder().encode


def json_answer(status: int, value: object, *, extra_headers: Sequence[Header] = ()) -> Answer:
    """An answer of what we made ourselves. Text in it must be storable (no halves of surrogate pairs)."""
    return Answer(status, _encode(value), extra_headers=extra_headers)
