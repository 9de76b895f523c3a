"""Tokens: each fault of the public contract's table, in its order."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.clock import FixedClock
from servicekit.errors import NotAuthenticated
from services.api_gateway.auth import MESSAGES, Authenticator, TokenFault, issuer_of, read_token
from services.api_gateway.credentials import CredentialsCache
from tests.unit.api_gateway.fakes import (
    NOW,
    NOW_S,
    SECRETS,
    SERVICE_ID,
    FakeAccounts,
    a_key,
    a_service,
    a_token,
)

ARCHIVED, KEYLESS, UNKNOWN = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(3))


def an_authenticator() -> Authenticator:
    accounts = FakeAccounts(a_service(), a_service(ARCHIVED, active=False), a_service(KEYLESS, keys=()))
    return Authenticator(CredentialsCache(accounts), FixedClock(NOW))


async def fault_of(authorization: str | None) -> TokenFault | None:
    """What a header is refused for; None when it is accepted."""
    try:
        await an_authenticator().check(authorization)
    except NotAuthenticated as refused:
        return {MESSAGES[fault]: fault for fault in TokenFault}[refused.message]
    return None


async def fault_of_token(token: str) -> TokenFault | None:
    return await fault_of(f"Bearer {token}")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER "])
async def test_a_good_token_names_the_service_and_the_key(scheme: str) -> None:
    caller = await an_authenticator().check(scheme + a_token(SECRETS["team"]))
    assert (caller.service.service_id, caller.key.id) == (SERVICE_ID, "key-team")


@pytest.mark.parametrize("header", [None, ""])
async def test_no_header(header: str | None) -> None:
    assert await fault_of(header) is TokenFault.MISSING


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Token abc", "Bearer", "abc", "Bearer\tabc"])
async def test_another_scheme(header: str) -> None:
    assert await fault_of(header) is TokenFault.NOT_BEARER


def raw_token(header: object, payload: object) -> str:
    parts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, payload)]
    return ".".join([*parts, "c2ln"])


@pytest.mark.parametrize(
    "token",
    [
        "abc",
        "a.b.c",
        "....",
        " ",
        "é.é.é",
        raw_token([], {}),
        raw_token({"alg": "HS256"}, ["iss"]),
        raw_token({"alg": "HS256", "kid": 5}, {"iss": SERVICE_ID}),
        urlsafe_b64encode(b'{"alg":"HS256"}').decode()
        + "."
        + urlsafe_b64encode(b"[" * 4_000).decode()
        + ".x",
        "a" * 9_000,
    ],
)
async def test_what_is_no_token(token: str) -> None:
    assert await fault_of_token(token) is TokenFault.MALFORMED


async def test_a_token_without_an_issuer() -> None:
    assert await fault_of_token(a_token(iss=...)) is TokenFault.ISSUER_MISSING


@pytest.mark.parametrize("issuer", ["not-a-service", "", "1234", None, 5, [SERVICE_ID], f" {SERVICE_ID}"])
async def test_an_issuer_that_is_no_id(issuer: object) -> None:
    token = raw_token({"alg": "HS256"}, {"iss": issuer, "iat": NOW_S})
    assert await fault_of_token(token) is TokenFault.ISSUER_NOT_AN_ID


async def test_an_issuer_in_capitals_is_the_same_service() -> None:
    assert await fault_of_token(a_token(iss=SERVICE_ID.upper())) is None


@pytest.mark.parametrize(
    ("service_id", "fault"),
    [
        (UNKNOWN, TokenFault.SERVICE_NOT_FOUND),
        (KEYLESS, TokenFault.SERVICE_HAS_NO_KEYS),
        (ARCHIVED, TokenFault.SERVICE_ARCHIVED),
    ],
)
async def test_a_service_that_may_not_call(service_id: str, fault: TokenFault) -> None:
    assert await fault_of_token(a_token(iss=service_id)) is fault


async def test_a_service_without_keys_comes_before_being_archived() -> None:
    accounts = FakeAccounts(a_service(active=False, keys=()))
    with pytest.raises(NotAuthenticated) as refused:
        await Authenticator(CredentialsCache(accounts), FixedClock(NOW)).check(f"Bearer {a_token()}")
    assert refused.value.reason == TokenFault.SERVICE_HAS_NO_KEYS


@pytest.mark.parametrize("algorithm", ["HS512", "HS384", "none"])
async def test_another_algorithm(algorithm: str) -> None:
    token = a_token("x" * 64, algorithm=algorithm)
    assert await fault_of_token(token) is TokenFault.WRONG_ALGORITHM


@pytest.mark.parametrize("header", [{"alg": "RS256"}, {"alg": ["HS256"]}, {"alg": ""}, {"alg": "hs256"}])
async def test_an_algorithm_that_cannot_be_checked(header: dict[str, object]) -> None:
    token = raw_token(header, {"iss": SERVICE_ID, "iat": NOW_S})
    assert await fault_of_token(token) is TokenFault.WRONG_ALGORITHM


async def test_a_secret_of_nobody() -> None:
    assert await fault_of_token(a_token("55555555-aaaa-4aaa-8aaa-555555555555")) is TokenFault.KEY_NOT_FOUND


async def test_a_changed_payload_has_no_key() -> None:
    head, _, signature = a_token().split(".")
    payload = urlsafe_b64encode(json.dumps({"iss": SERVICE_ID, "iat": NOW_S, "x": 1}).encode()).decode()
    assert await fault_of_token(f"{head}.{payload.rstrip('=')}.{signature}") is TokenFault.KEY_NOT_FOUND


@pytest.mark.parametrize("offset_s", [-30, -29, 0, 29, 30])
async def test_a_clock_within_thirty_seconds(offset_s: int) -> None:
    assert await fault_of_token(a_token(iat=int(NOW_S) + offset_s)) is None


@pytest.mark.parametrize("offset_s", [-31, -3_600, 31, 3_600])
async def test_a_clock_further_out(offset_s: int) -> None:
    assert await fault_of_token(a_token(iat=int(NOW_S) + offset_s)) is TokenFault.CLOCK


@pytest.mark.parametrize("iat", [NOW_S, str(int(NOW_S)), str(NOW_S)])
async def test_an_issued_at_may_be_fractional_or_text(iat: object) -> None:
    assert await fault_of_token(a_token(iat=iat)) is None


@pytest.mark.parametrize(
    "iat",
    [None, "now", "", [], {}, True, float("inf"), float("nan"), "9" * 5_000, 10**400, NOW_S * 1000, "nan"],
)
async def test_an_issued_at_that_is_no_time_near_now(iat: object) -> None:
    assert await fault_of_token(a_token(iat=iat)) is TokenFault.CLOCK


async def test_no_issued_at_reads_as_no_such_key() -> None:
    assert await fault_of_token(a_token(iat=...)) is TokenFault.KEY_NOT_FOUND


@pytest.mark.parametrize(
    ("claims", "fault"),
    [
        ({"exp": int(NOW_S) - 3_600}, TokenFault.MALFORMED),
        ({"exp": "never"}, TokenFault.MALFORMED),
        ({"exp": int(NOW_S) - 20}, None),
        ({"aud": "somebody"}, TokenFault.MALFORMED),
        ({"sub": "text", "jti": "text", "extra": {"a": 1}}, None),
        ({"nbf": int(NOW_S) + 3_600}, TokenFault.CLOCK),
        ({"nbf": int(NOW_S) - 3_600}, None),
    ],
)
async def test_registered_claims_are_honoured(claims: dict[str, Any], fault: TokenFault | None) -> None:
    assert await fault_of_token(a_token(**claims)) is fault


@pytest.mark.parametrize("claims", [{"sub": 5}, {"jti": 5}])
async def test_registered_claims_of_the_wrong_type(claims: dict[str, Any]) -> None:
    key = jwt.get_algorithm_by_name("HS256").prepare_key(SECRETS["normal"])
    head, payload, _ = raw_token({"alg": "HS256"}, {"iss": SERVICE_ID, "iat": NOW_S, **claims}).split(".")
    signature = jwt.get_algorithm_by_name("HS256").sign(f"{head}.{payload}".encode(), key)
    token = f"{head}.{payload}.{urlsafe_b64encode(signature).decode().rstrip('=')}"
    assert await fault_of_token(token) is TokenFault.MALFORMED


async def test_a_revoked_key() -> None:
    assert await fault_of_token(a_token(SECRETS["revoked"])) is TokenFault.KEY_REVOKED


async def test_a_revoked_key_with_a_wrong_clock_is_told_about_the_clock() -> None:
    assert await fault_of_token(a_token(SECRETS["revoked"], iat=int(NOW_S) - 120)) is TokenFault.CLOCK


@given(st.text())
def test_no_header_breaks_the_reading(header: str) -> None:
    for authorization in (header, f"Bearer {header}", f"Bearer {header}.{header}.{header}"):
        try:
            issuer_of(read_token(authorization))
        except NotAuthenticated:
            continue


def test_a_secret_is_not_in_the_text_of_a_key() -> None:
    assert SECRETS["normal"] not in repr(a_key()) + repr(a_service())
