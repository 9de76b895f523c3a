"""Signing in to the print provider: user names, passwords, API keys and tokens.

Any user name, password and key are good until they are changed; from then on only what they were changed to. In
memory: after a restart anything is good again.
"""

import secrets
import string

import jwt
import msgspec

from simulators.http_server import Request, Response, json_response
from simulators.outcomes import Fault
from simulators.provider import Provider
from simulators.times import now_us

TOKEN_LIFETIME_S = 3600
_TOKEN_KEY = b"simulators: this key is no secret, so that tokens outlive a restart"
_MIN_PASSWORD = 8
_ALPHABETS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation)


def account_error(status: int, title: str, detail: str) -> Response:
    """Return an error as the account's calls have it: a list."""
    return json_response([{"status": str(status), "title": title, "detail": detail}], status=status)


ANSWERS = {
    Fault.ERROR: account_error(500, "Internal Server Error", "simulated failure"),
    Fault.THROTTLE: account_error(429, "Too Many Requests", "simulated throttling"),
}


class _SignIn(msgspec.Struct, rename="camel"):
    user_name: str
    password: str


class _PasswordChange(_SignIn, rename="camel"):
    new_password: str


class DvlaAccount:
    """`POST /dvla/thirdparty-access/v1/…`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._passwords: dict[str, str] = {}
        self._api_key = ""

    def authenticate(self, request: Request) -> Response:
        """Answer a user name and its password with a token."""
        refusal = self._refuse_by_mode()
        if refusal is not None:
            return refusal
        try:
            body = msgspec.json.decode(request.body, type=_SignIn)
        except msgspec.DecodeError as error:
            return account_error(400, "Bad Request", str(error))
        if not self._knows(body):
            return account_error(401, "Unauthorized", "Authentication failure")
        expires_at_s = now_us() // 1_000_000 + TOKEN_LIFETIME_S
        return json_response({"id-token": jwt.encode({"exp": expires_at_s}, _TOKEN_KEY, algorithm="HS256")})

    def change_password(self, request: Request) -> Response:
        """Take a new password, with at least eight characters of all four kinds."""
        refusal = self._refuse_by_mode()
        if refusal is not None:
            return refusal
        try:
            body = msgspec.json.decode(request.body, type=_PasswordChange)
        except msgspec.DecodeError as error:
            return account_error(400, "Bad Request", str(error))
        if not self._knows(body):
            return account_error(401, "Unauthorized", "Authentication failure")
        if not _is_strong(body.new_password):
            return account_error(400, "Bad Request", "The new password is too weak")
        self._passwords[body.user_name] = body.new_password
        return json_response({"message": "Password successfully changed."})

    def change_api_key(self, request: Request) -> Response:
        """Answer with a new API key; the old one ends."""
        refusal = self._refuse_by_mode()
        if refusal is not None:
            return refusal
        intruder = self.find_intruder(request)
        if intruder is not None:
            return account_error(*intruder)
        self._api_key = secrets.token_hex(20)
        return json_response({"newApiKey": self._api_key})

    def find_intruder(self, request: Request) -> tuple[int, str, str] | None:
        """Return status, title and detail with which a request is refused that has no valid token and key."""
        try:
            jwt.decode(request.header(b"authorization"), _TOKEN_KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return 401, "Unauthorized", "The incoming token is not valid or has expired"
        key = request.header(b"x-api-key")
        if not key or (self._api_key and key != self._api_key):
            return 403, "Forbidden", "Forbidden"
        return None

    def _knows(self, body: _SignIn) -> bool:
        if not (body.user_name and body.password):
            return False
        return self._passwords.get(body.user_name, body.password) == body.password

    def _refuse_by_mode(self) -> Response | None:
        verdict = self._provider.judge()
        if verdict.fault is None:
            return None
        return self._provider.refuse(verdict.fault, ANSWERS, verdict.delay_s)


def _is_strong(password: str) -> bool:
    return len(password) >= _MIN_PASSWORD and all(set(password) & set(alphabet) for alphabet in _ALPHABETS)
