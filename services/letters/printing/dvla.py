"""The print provider's API on the wire: sign in, change password and key, take print jobs.

Calls block; `provider` makes them in threads. Nothing is retried here, and no credential is kept. Source: the
public contract, DVLA print API.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import jwt
import msgspec
import requests
from requests.adapters import HTTPAdapter

_CIPHERS: Final = ":".join(
    (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
    )
)
"""Forward secrecy and authenticated encryption only, also where TLS 1.2 is spoken."""

_CONNECT_TIMEOUT_S: Final = 5.0
_MOST_DETAIL: Final = 300


class Fault(StrEnum):
    """Why the provider did not do what it was asked."""

    DUPLICATE = "duplicate"  # 409: it has a job with this id
    THROTTLED = "throttled"  # 429
    NOT_ALLOWED = "not_allowed"  # 401, 403: token, key or password are not (or no longer) good
    REFUSED = "refused"  # any other 4xx: the request itself is wrong
    AWAY = "away"  # 5xx, no connection, no answer in time, or an answer that can't be read


class ProviderFault(Exception):  # noqa: N818 -- says what happened
    """The provider did not do what it was asked."""

    def __init__(self, fault: Fault, code: str, detail: str = "") -> None:
        """`code`: short and fixed, such as `http_500`. `detail`: the provider's own words, which may name people."""
        super().__init__(code)
        self.fault = fault
        self.code = code
        self.detail = detail[:_MOST_DETAIL]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """What signing in gave."""

    token: str = field(repr=False)
    expires_at: datetime | None
    """None where it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """With what calls are made."""

    token: str = field(repr=False)
    api_key: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """The three headers of every call but signing in."""
        return {"Accept": "application/json", "Authorization": self.token, "X-API-Key": self.api_key}


class DvlaClient:
    """Calls the API at a base URL; may be used by any number of threads. Every method raises ProviderFault."""

    def __init__(self, *, base_url: str, timeout_s: float, connections: int) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = (min(_CONNECT_TIMEOUT_S, timeout_s), timeout_s)
        self._session = requests.Session()
        # Neither a .netrc, which would replace the token, nor anybody's proxy.
        self._session.trust_env = False
        adapter = _RestrictedTls(pool_connections=1, pool_maxsize=connections, pool_block=True)
        self._session.mount("https://", adapter)
        self._session.mount("http://", HTTPAdapter(pool_maxsize=connections, pool_block=True))

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    async def aclose(self) -> None:
        """The same, for owners that wait."""
        self.close()

    def authenticate(self, username: str, password: str) -> IdToken:
        """Sign in."""
        answer = self._post(
            "/thirdparty-access/v1/authenticate",
            msgspec.json.encode({"userName": username, "password": password}),
            {"Accept": "application/json"},
        )
        token = _text_in(answer, "id-token")
        return IdToken(token=token, expires_at=_expiry(token))

    def new_api_key(self, authorisation: Authorisation) -> str:
        """Have a new API key made; the old one may end at once."""
        answer = self._post("/thirdparty-access/v1/new-api-key", b"", authorisation.headers())
        return _text_in(answer, "newApiKey")

    def change_password(self, username: str, password: str, new_password: str) -> None:
        """Change the password."""
        body = {"userName": username, "password": password, "newPassword": new_password}
        self._post(
            "/thirdparty-access/v1/password", msgspec.json.encode(body), {"Accept": "application/json"}
        )

    def print_letter(self, authorisation: Authorisation, body: bytes) -> None:
        """Ask for a letter to be printed. `body`: see `print_jobs`."""
        self._post("/print-request/v1/print/jobs", body, authorisation.headers())

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        sent = {**headers, "Content-Type": "application/json"}
        try:
            answer = self._session.post(
                self._base_url + path,
                data=body,
                headers=sent,
                timeout=self._timeout,
                allow_redirects=False,
            )
            content = answer.content
        except requests.Timeout as err:
            raise ProviderFault(Fault.AWAY, "timeout") from err
        except requests.RequestException as err:
            raise ProviderFault(Fault.AWAY, "no_connection") from err
        if 200 <= answer.status_code < 300:
            return content
        raise ProviderFault(_fault_of(answer.status_code), f"http_{answer.status_code}", _detail_in(content))


class _RestrictedTls(HTTPAdapter):
    """HTTPS with the few ciphers that the provider's interface allows."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        kwargs["ssl_context"] = tls_context()
        super().init_poolmanager(*args, **kwargs)


def tls_context() -> ssl.SSLContext:
    """TLS 1.2 or later, the server's certificate checked, restricted ciphers."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    return context


def _fault_of(status: int) -> Fault:
    match status:
        case 409:
            return Fault.DUPLICATE
        case 429:
            return Fault.THROTTLED
        case 401 | 403:
            return Fault.NOT_ALLOWED
        case _ if 400 <= status < 500:
            return Fault.REFUSED
        case _:
            return Fault.AWAY


def _detail_in(content: bytes) -> str:
    """The error's text: `errors[0].detail` of print jobs, `[0].detail` of the other calls."""
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    errors = answer.get("errors") if isinstance(answer, dict) else answer
    first = errors[0] if isinstance(errors, list) and errors else None
    detail = first.get("detail") if isinstance(first, dict) else None
    return detail if isinstance(detail, str) else ""


def _text_in(content: bytes, name: str) -> str:
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise ProviderFault(Fault.AWAY, "unreadable") from err
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise ProviderFault(Fault.AWAY, "unreadable")
    return value


def _expiry(token: str) -> datetime | None:
    """When a token ends. It is the provider's to check; here it only says when to fetch another."""
    try:
        seconds = jwt.decode(token, options={"verify_signature": False, "verify_exp": False}).get("exp")
    except jwt.InvalidTokenError:
        return None
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
