"""Who calls: short-lived signed tokens between our own services, and for people's tools.

A token is a JWT (HS256) whose `sub` names the caller (`api_gateway`, `sms`, `notifyctl:alice`), with `iat`
and `exp`, and `roles` when a person has some. It travels as gRPC metadata `authorization: Bearer …`.
Several keys may be accepted at once, so that keys can be changed without a stop; the first one signs. What
a caller may do is not decided here (`grpc_server` has the table), and the public API's tokens are another
matter (the gateway's).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import jwt
from jwt.types import Options
from pydantic import SecretStr

from servicekit.clock import Clock, SystemClock
from servicekit.errors import NotAuthenticated

TOKEN_LIFE_S = 300
_RENEW_BEFORE_S = 60
_LEEWAY_S = 30
"""How far two machines' clocks may differ."""
_DECODING: Options = {"require": ["sub", "iat", "exp"], "verify_exp": False, "verify_iat": False}
"""The end is checked here, by the injected clock; `iat` is for the reader of a token."""
_CACHE_SIZE = 4_096
_BEARER = "bearer "

MISSING = "CALLER_TOKEN_MISSING"
REFUSED = "CALLER_TOKEN_REFUSED"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller whose token was checked."""

    name: str
    roles: frozenset[str] = frozenset()
    """A person's roles (viewer, operator, admin); empty for services."""


def parse_keys(keys: SecretStr | str | Sequence[str]) -> tuple[str, ...]:
    """Split a comma-separated setting into keys. Raises ValueError for none or for one shorter than 32
    characters.
    """
    if isinstance(keys, SecretStr):
        keys = keys.get_secret_value()
    if isinstance(keys, str):
        keys = keys.split(",")
    parsed = tuple(key.strip() for key in keys if key.strip())
    if not parsed:
        raise ValueError("no caller key is set")
    if any(len(key) < 32 for key in parsed):
        raise ValueError("a caller key is shorter than 32 characters")
    return parsed


class CallerTokens:
    """Makes and checks callers' tokens. One for each process; both sides are cached."""

    def __init__(
        self,
        name: str,
        keys: SecretStr | str | Sequence[str],
        *,
        roles: frozenset[str] = frozenset(),
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._roles = roles
        self._keys = parse_keys(keys)
        self._clock = clock or SystemClock()
        self._header = ""
        self._renew_at_s = 0.0
        self._verified: dict[str, tuple[float, Caller]] = {}

    def header(self) -> str:
        """The value for the `authorization` metadata; minted when the last one nears its end."""
        now_s = self._clock.now().timestamp()
        if now_s >= self._renew_at_s:
            self._header = f"Bearer {self.mint()}"
            self._renew_at_s = now_s + TOKEN_LIFE_S - _RENEW_BEFORE_S
        return self._header

    def mint(self, *, life_s: int = TOKEN_LIFE_S) -> str:
        """A fresh token, without the word `Bearer`."""
        issued_s = int(self._clock.now().timestamp())
        claims: dict[str, object] = {"sub": self.name, "iat": issued_s, "exp": issued_s + life_s}
        if self._roles:
            claims["roles"] = sorted(self._roles)
        return jwt.encode(claims, self._keys[0], algorithm="HS256")

    def verify_header(self, header: str | None) -> Caller:
        """Check an `authorization` value. Raises NotAuthenticated."""
        if not header:
            raise NotAuthenticated(MISSING, "The call has no caller token")
        if header[:7].lower() != _BEARER:
            raise NotAuthenticated(REFUSED, "The caller token is not a bearer token")
        return self.verify(header[7:])

    def verify(self, token: str) -> Caller:
        """Who a token names. Raises NotAuthenticated when it is not ours, damaged or out of date."""
        now_s = self._clock.now().timestamp()
        known = self._verified.get(token)
        if known is None:
            known = self._read(token)
            if len(self._verified) >= _CACHE_SIZE:
                self._verified.clear()
            self._verified[token] = known
        good_until_s, caller = known
        if now_s > good_until_s:
            raise NotAuthenticated(REFUSED, "The caller token is out of date")
        return caller

    def _read(self, token: str) -> tuple[float, Caller]:
        """Until when (seconds since 1970) a token is good, and for whom."""
        for key in self._keys:
            try:
                claims = jwt.decode(token, key, algorithms=["HS256"], options=_DECODING)
                return int(claims["exp"]) + _LEEWAY_S, Caller(
                    claims["sub"], frozenset(claims.get("roles", ()))
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidTokenError, ValueError, TypeError) as err:
                raise NotAuthenticated(REFUSED, "The caller token is damaged") from err
        raise NotAuthenticated(REFUSED, "The caller token was not signed by a key known here")
