"""Who calls: signed tokens, short-lived ones between our own services and ones with an end for people.

A token is a JWT whose `sub` names the caller, with `iat` and `exp`. It travels as gRPC metadata
`authorization: Bearer …`. There are two kinds, told apart by how they are signed:

- **Services and tools** (`api_gateway`, `sms`): HS256 with the callers' key, which all of them hold. Never a role.
- **People** (`ada.lovelace`): EdDSA with the operator key, which the services do not hold: they know its public half,
  so a service that was broken into can't make itself an admin. `roles` says what the person may do.

A person's token is good until its end, or until it is revoked: by its id, or with all that its person has
(`Revocations`, which `operationskit.revoking` keeps fresh).

Several keys may be accepted at once, so that keys can be changed without a stop; the first one signs. What
a caller may do is not decided here (`access` has the rows), and the public API's tokens are another
matter (the gateway's).
"""

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.types import Options
from pydantic import SecretStr

from servicekit.clock import Clock, SystemClock
from servicekit.errors import NotAuthenticated, Unavailable

TOKEN_LIFE_S = 300
_RENEW_BEFORE_S = 60
_LEEWAY_S = 30
"""How far two machines' clocks may differ."""
_DECODING: Options = {"require": ["sub", "iat", "exp"], "verify_exp": False, "verify_iat": False}
"""The end is checked here, by the injected clock; `iat` is for the reader of a token."""
_CACHE_SIZE = 4_096
_BEARER = "bearer "

_PERSON_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
MAX_PERSON_TOKEN_LIFE = timedelta(days=366)
"""The longest that a person's token may be good for: a forgotten one must end by itself."""

MISSING = "CALLER_TOKEN_MISSING"
REFUSED = "CALLER_TOKEN_REFUSED"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller whose token was checked."""

    name: str
    roles: frozenset[str] = frozenset()
    """A person's roles (viewer, operator, admin); empty for services."""
    is_person: bool = False
    token: "TokenFacts | None" = field(default=None, compare=False)
    """What a person's token says of itself; None for services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """A person's token."""

    id: str
    """Names it; empty for those of before tokens had ids."""
    issued_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocations:
    """Which tokens of people are good no longer, although their time is not over."""

    token_ids: frozenset[str] = frozenset()
    not_before: Mapping[str, datetime] = field(default_factory=dict)
    """By a person's name: tokens of that moment and of earlier ones."""

    def cover(self, caller: Caller) -> bool:
        """Whether a person's token was revoked."""
        token = caller.token
        if token is None:
            return False
        since = self.not_before.get(caller.name)
        return token.id in self.token_ids or (since is not None and token.issued_at <= since)


class OperatorKey(NamedTuple):
    """A new operator key; both halves as base64url."""

    private: str
    public: str


def new_operator_key() -> OperatorKey:
    """Make a key that signs people's tokens."""
    private = Ed25519PrivateKey.generate()
    return OperatorKey(
        _encoded(private.private_bytes_raw()), _encoded(private.public_key().public_bytes_raw())
    )


def public_half(private_key: str) -> str:
    """The public half of an operator key. Raises ValueError."""
    return _encoded(_private_key(private_key).public_key().public_bytes_raw())


def mint_person_token(
    private_key: str, *, name: str, role: str, life: timedelta, clock: Clock | None = None
) -> str:
    """A token for a person, without the word `Bearer`; its id is in it (`token_facts`).

    Raises ValueError for a bad key or name, or a life that is not between a second and 366 days.
    """
    if not _PERSON_NAME.fullmatch(name):
        raise ValueError("a name has 2 to 64 small letters, digits, dots, hyphens, underscores and @")
    if not timedelta(seconds=1) <= life <= MAX_PERSON_TOKEN_LIFE:
        raise ValueError("a token is good for between 1 second and 366 days")
    now = (clock or SystemClock()).now()
    claims = {
        "sub": name,
        "roles": [role],
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "jti": secrets.token_hex(8),
    }
    return jwt.encode(claims, _private_key(private_key), algorithm="EdDSA")


def token_facts(token: str) -> TokenFacts:
    """What a person's token says of itself, believed without looking at who signed it: for whoever just made it."""
    return _facts_in(jwt.decode(token, options={"verify_signature": False}))


class PersonToken:
    """A person's token, for the side that calls."""

    def __init__(self, token: str) -> None:
        self._token = token

    def header(self) -> str:
        """The value for the `authorization` metadata."""
        return f"Bearer {self._token}"


def parse_operator_keys(keys: str) -> tuple[Ed25519PublicKey, ...]:
    """Public halves, comma separated; may be empty. Raises ValueError."""
    try:
        return tuple(
            Ed25519PublicKey.from_public_bytes(_decoded(key.strip()))
            for key in keys.split(",")
            if key.strip()
        )
    except ValueError as err:
        raise ValueError("an operator public key is 32 bytes in base64url") from err


def _private_key(text: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(_decoded(text.strip()))
    except ValueError as err:
        raise ValueError("an operator key is 32 bytes in base64url") from err


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


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
        operator_public_keys: str = "",
        clock: Clock | None = None,
    ) -> None:
        """`operator_public_keys`: whose signature makes a person's token good, comma separated; without any, no
        person is known."""
        self.name = name
        self._keys = parse_keys(keys)
        self._operator_keys = parse_operator_keys(operator_public_keys)
        self._clock = clock or SystemClock()
        self._header = ""
        self._renew_at_s = 0.0
        self._verified: dict[str, tuple[float, Caller]] = {}
        self._revocations: Revocations | None = Revocations()

    def expect_revocations(self) -> None:
        """Let no person in until it is known whose tokens were revoked (`set_revocations`)."""
        self._revocations = None

    def set_revocations(self, revocations: Revocations) -> None:
        """Go by these from now on."""
        self._revocations = revocations

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
        if caller.is_person:
            self._check_revoked(caller)
        return caller

    def _check_revoked(self, caller: Caller) -> None:
        if self._revocations is None:
            raise Unavailable(
                "It is not known yet which tokens of people were revoked: try again in some seconds"
            )
        if self._revocations.cover(caller):
            raise NotAuthenticated(REFUSED, "The caller token was revoked")

    def _read(self, token: str) -> tuple[float, Caller]:
        """Until when (seconds since 1970) a token is good, and for whom."""
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
        except jwt.InvalidTokenError as err:
            raise NotAuthenticated(REFUSED, "The caller token is damaged") from err
        if algorithm == "EdDSA":
            claims = _verified_claims(token, self._operator_keys, "EdDSA")
            roles = claims.get("roles")
            if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
                raise NotAuthenticated(REFUSED, "The caller token is damaged")
            facts = _facts_in(claims)
            person = Caller(str(claims["sub"]), frozenset(roles), is_person=True, token=facts)
            return facts.ends_at.timestamp(), person
        claims = _verified_claims(token, self._keys, "HS256")
        return _end(claims) + _LEEWAY_S, Caller(str(claims["sub"]))


def _verified_claims(
    token: str, keys: Sequence[str] | Sequence[Ed25519PublicKey], algorithm: str
) -> dict[str, object]:
    for key in keys:
        try:
            claims: dict[str, object] = jwt.decode(token, key, algorithms=[algorithm], options=_DECODING)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, ValueError, TypeError) as err:
            raise NotAuthenticated(REFUSED, "The caller token is damaged") from err
        return claims
    raise NotAuthenticated(REFUSED, "The caller token was not signed by a key known here")


def _facts_in(claims: Mapping[str, object]) -> TokenFacts:
    issued, ends = claims["iat"], claims["exp"]
    if not isinstance(issued, int | float) or not isinstance(ends, int | float):
        raise NotAuthenticated(REFUSED, "The caller token is damaged")
    try:
        return TokenFacts(
            id=str(claims.get("jti") or ""),
            issued_at=datetime.fromtimestamp(int(issued), UTC),
            ends_at=datetime.fromtimestamp(int(ends), UTC),
        )
    except (ValueError, OverflowError, OSError) as err:
        raise NotAuthenticated(REFUSED, "The caller token is damaged") from err


def _end(claims: Mapping[str, object]) -> int:
    end = claims["exp"]
    if not isinstance(end, int | float):
        raise NotAuthenticated(REFUSED, "The caller token is damaged")
    return int(end)
