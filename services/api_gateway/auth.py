"""Who sends a request: the checks of its token, in the public contract's order (section 2).

Keys come from `credentials`; the public status of each fault is in `errors`. No part of a token is ever
logged.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import jwt

from servicekit.clock import Clock
from servicekit.errors import NotAuthenticated
from servicekit.ids import parse_id
from services.api_gateway.credentials import ApiKey, Credentials, CredentialsCache

CLOCK_LEEWAY_S: Final = 30
_MAX_TOKEN_CHARACTERS: Final = 8_192
"""Forty times what clients send. Longer ones are refused unread."""

_SCHEME: Final = "bearer "
_DECODE_ONLY: Final[Any] = {"verify_signature": False}


class TokenFault(StrEnum):
    """Why a token is refused; values are the reasons in the table of errors."""

    MISSING = "TOKEN_MISSING"
    NOT_BEARER = "TOKEN_NOT_BEARER"
    MALFORMED = "TOKEN_MALFORMED"
    ISSUER_MISSING = "TOKEN_ISSUER_MISSING"
    ISSUER_NOT_AN_ID = "TOKEN_ISSUER_NOT_AN_ID"
    SERVICE_NOT_FOUND = "TOKEN_SERVICE_NOT_FOUND"
    SERVICE_HAS_NO_KEYS = "TOKEN_SERVICE_HAS_NO_KEYS"
    SERVICE_ARCHIVED = "TOKEN_SERVICE_ARCHIVED"
    WRONG_ALGORITHM = "TOKEN_WRONG_ALGORITHM"
    CLOCK = "TOKEN_CLOCK"
    KEY_NOT_FOUND = "TOKEN_KEY_NOT_FOUND"
    KEY_REVOKED = "TOKEN_KEY_REVOKED"


MESSAGES: Final[Mapping[TokenFault, str]] = {
    TokenFault.MISSING: "Unauthorized: authentication token must be provided",
    TokenFault.NOT_BEARER: "Unauthorized: authentication bearer scheme must be used",
    TokenFault.MALFORMED: (
        "Invalid token: make sure your API token matches the example at "
        "https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header"
    ),
    TokenFault.ISSUER_MISSING: "Invalid token: iss field not provided",
    TokenFault.ISSUER_NOT_AN_ID: "Invalid token: service id is not the right data type",
    TokenFault.SERVICE_NOT_FOUND: "Invalid token: service not found",
    TokenFault.SERVICE_HAS_NO_KEYS: "Invalid token: service has no API keys",
    TokenFault.SERVICE_ARCHIVED: "Invalid token: service is archived",
    TokenFault.WRONG_ALGORITHM: "Invalid token: algorithm used is not HS256",
    TokenFault.CLOCK: "Error: Your system clock must be accurate to within 30 seconds",
    TokenFault.KEY_NOT_FOUND: "Invalid token: API key not found",
    TokenFault.KEY_REVOKED: "Invalid token: API key revoked",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A service, and the key that its request was signed with."""

    service: Credentials
    key: ApiKey


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; nothing in it is proven yet."""

    algorithm: object
    claims: Mapping[str, Any]
    signed: bytes
    """What the signature is made of."""
    signature: bytes


class Authenticator:
    """Tells who sent a request."""

    def __init__(self, cache: CredentialsCache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock

    async def check(self, authorization: str | None) -> Caller:
        """Check the value of an Authorization header.

        Raises NotAuthenticated with a TokenFault as its reason; Unavailable or DeadlineExceeded when the
        service's keys can't be had.
        """
        token = read_token(authorization)
        service_id = issuer_of(token)
        service = await self._cache.get(service_id)
        if service is None:
            raise refused(TokenFault.SERVICE_NOT_FOUND)
        if not service.keys:
            raise refused(TokenFault.SERVICE_HAS_NO_KEYS)
        if not service.active:
            raise refused(TokenFault.SERVICE_ARCHIVED)
        return Caller(service, find_key(token, service.keys, self._clock.now().timestamp()))

    def claimed_service_id(self, authorization: str | None) -> str | None:
        """The service that a refused token names; None where it names none, or none that was just known."""
        try:
            service = self._cache.peek(issuer_of(read_token(authorization)))
        except NotAuthenticated:
            return None
        return None if service is None else service.service_id


def refused(fault: TokenFault) -> NotAuthenticated:
    """The exception for a fault."""
    return NotAuthenticated(fault, MESSAGES[fault])


def read_token(authorization: str | None) -> Token:
    """Take the token out of an Authorization header and apart, trusting nothing. Raises NotAuthenticated."""
    if not authorization:
        raise refused(TokenFault.MISSING)
    if authorization[:7].lower() != _SCHEME:
        raise refused(TokenFault.NOT_BEARER)
    if len(authorization) > _MAX_TOKEN_CHARACTERS:
        raise refused(TokenFault.MALFORMED)
    return _taken_apart(authorization[7:])


@lru_cache(maxsize=2_048)
def _taken_apart(text: str) -> Token:
    """A token's parts. Remembered, because the official clients' tokens are the same for a whole second and this is the
    dearest step of a request; nothing is decided here, so nothing can be out of date.
    """
    try:
        parts = jwt.decode_complete(text, options=_DECODE_ONLY)
    except (jwt.InvalidTokenError, RecursionError) as err:
        raise refused(TokenFault.MALFORMED) from err
    signed = text.rpartition(".")[0].encode()
    return Token(parts["header"].get("alg"), parts["payload"], signed, parts["signature"])


def issuer_of(token: Token) -> UUID:
    """The service that a token claims to come from. Raises NotAuthenticated."""
    if "iss" not in token.claims:
        raise refused(TokenFault.ISSUER_MISSING)
    issuer = token.claims["iss"]
    if not isinstance(issuer, str):
        raise refused(TokenFault.ISSUER_NOT_AN_ID)
    try:
        return parse_id(issuer)
    except ValueError as err:
        raise refused(TokenFault.ISSUER_NOT_AN_ID) from err


def find_key(token: Token, keys: tuple[ApiKey, ...], now_s: float) -> ApiKey:
    """The key that a token was signed with, revoked or not, once all else about the token is in order.

    Every key is tried whichever matches, so that the time taken tells nothing. Raises NotAuthenticated.
    """
    if token.algorithm != "HS256":
        raise refused(TokenFault.WRONG_ALGORITHM)
    matching: ApiKey | None = None
    for key in keys:
        if hmac.compare_digest(hmac.digest(key.secret, token.signed, "sha256"), token.signature):
            matching = key
    if matching is None or "iat" not in token.claims:
        raise refused(TokenFault.KEY_NOT_FOUND)
    fault = claims_fault(token.claims, now_s)
    if fault is not None:
        raise refused(fault)
    if matching.revoked:
        raise refused(TokenFault.KEY_REVOKED)
    return matching


def claims_fault(claims: Mapping[str, Any], now_s: float) -> TokenFault | None:
    """What is wrong with the times and the other registered claims of a token, if anything.

    The rules for `exp`, `nbf`, `aud`, `sub` and `jti` are RFC 7519's, section 4.1: a claim is honoured
    although nobody asks for it. A token that is meant for some audience is not meant for us.
    """
    issued_s = _seconds(claims["iat"])
    if issued_s is None or not issued_s - CLOCK_LEEWAY_S <= now_s < issued_s + CLOCK_LEEWAY_S + 1:
        return TokenFault.CLOCK
    if "nbf" in claims:
        not_before_s = _seconds(claims["nbf"])
        if not_before_s is None:
            return TokenFault.MALFORMED
        if not_before_s > now_s + CLOCK_LEEWAY_S:
            return TokenFault.CLOCK
    if "exp" in claims:
        expires_s = _seconds(claims["exp"])
        if expires_s is None or expires_s <= now_s - CLOCK_LEEWAY_S:
            return TokenFault.MALFORMED
    if claims.get("aud") or not all(isinstance(claims.get(name, ""), str) for name in ("sub", "jti")):
        return TokenFault.MALFORMED
    return None


def _seconds(value: object) -> int | None:
    """A time of a token in whole seconds, from a number or the text of one; None when it is neither."""
    if not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        pass
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        return None
