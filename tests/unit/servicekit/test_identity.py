"""Callers' tokens."""

import base64
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from servicekit.clock import FixedClock
from servicekit.errors import NotAuthenticated, Unavailable
from servicekit.identity import (
    MISSING,
    REFUSED,
    Caller,
    CallerTokens,
    OperatorKey,
    Revocations,
    mint_person_token,
    new_operator_key,
    parse_keys,
    token_facts,
)

OLD, NEW = "o" * 64, "n" * 64
OPERATOR = new_operator_key()
START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_token_names_its_caller() -> None:
    assert CallerTokens("x", NEW).verify(CallerTokens("sms", NEW).mint()) == Caller("sms")


def known(operator: OperatorKey = OPERATOR, clock: FixedClock | None = None) -> CallerTokens:
    return CallerTokens("x", NEW, operator_public_keys=operator.public, clock=clock)


def person(name: str = "ada", role: str = "operator", life: timedelta = timedelta(hours=1)) -> str:
    return mint_person_token(OPERATOR.private, name=name, role=role, life=life, clock=FixedClock(START))


def test_a_persons_token_carries_a_role() -> None:
    caller = known(clock=FixedClock(START)).verify(person())

    assert caller == Caller("ada", frozenset({"operator"}), is_person=True)


def test_a_persons_token_ends() -> None:
    clock = FixedClock(START)
    tokens = known(clock=clock)
    token = person(life=timedelta(minutes=5))
    tokens.verify(token)
    clock.advance(timedelta(minutes=5, seconds=1))

    with pytest.raises(NotAuthenticated, match="out of date"):
        tokens.verify(token)


def test_a_token_is_revoked_by_its_id_and_its_persons_others_stay() -> None:
    tokens = known(clock=FixedClock(START))
    lost, other = person(), person()
    tokens.verify(lost)
    tokens.set_revocations(Revocations(token_ids=frozenset({token_facts(lost).id})))

    with pytest.raises(NotAuthenticated, match="revoked"):
        tokens.verify(lost)
    assert tokens.verify(other).name == "ada"


def test_all_that_a_person_has_is_revoked_and_later_tokens_are_good() -> None:
    clock = FixedClock(START)
    tokens = known(clock=clock)
    tokens.set_revocations(Revocations(not_before={"ada": START + timedelta(seconds=5)}))
    clock.advance(timedelta(seconds=10))

    with pytest.raises(NotAuthenticated, match="revoked"):
        tokens.verify(person())
    later = mint_person_token(
        OPERATOR.private, name="ada", role="viewer", life=timedelta(hours=1), clock=clock
    )
    assert tokens.verify(later).name == "ada"
    assert tokens.verify(person("grace")).name == "grace"


def test_nobody_comes_in_before_it_is_known_what_was_revoked_but_services_do() -> None:
    tokens = known(clock=FixedClock(START))
    tokens.expect_revocations()

    with pytest.raises(Unavailable, match="not known yet"):
        tokens.verify(person())
    assert tokens.verify(CallerTokens("sms", NEW, clock=FixedClock(START)).mint()).name == "sms"
    tokens.set_revocations(Revocations())
    assert tokens.verify(person()).name == "ada"


def test_a_token_of_before_tokens_had_ids_is_revoked_with_its_person() -> None:
    claims = {"sub": "ada", "roles": ["viewer"], "iat": int(START.timestamp()), "exp": 9_999_999_999}
    raw = base64.urlsafe_b64decode(OPERATOR.private + "==")
    token = jwt.encode(claims, Ed25519PrivateKey.from_private_bytes(raw), algorithm="EdDSA")
    tokens = known(clock=FixedClock(START))
    assert tokens.verify(token).name == "ada"
    tokens.set_revocations(Revocations(not_before={"ada": START}))

    with pytest.raises(NotAuthenticated, match="revoked"):
        tokens.verify(token)


def test_a_person_is_unknown_without_the_public_half_of_their_key() -> None:
    for tokens in (CallerTokens("x", NEW), known(new_operator_key())):
        with pytest.raises(NotAuthenticated):
            tokens.verify(person())


def test_the_callers_key_makes_no_person() -> None:
    claims = {"sub": "ada", "roles": ["admin"], "iat": 1, "exp": 9_999_999_999}
    forged = jwt.encode(claims, NEW, algorithm="HS256")

    caller = known().verify(forged)

    assert caller == Caller("ada")


def test_a_public_half_as_a_secret_makes_no_person() -> None:
    claims = {"sub": "ada", "roles": ["admin"], "iat": 1, "exp": 9_999_999_999}

    with pytest.raises(NotAuthenticated):
        known().verify(jwt.encode(claims, OPERATOR.public, algorithm="HS256"))


@pytest.mark.parametrize("name", ["", "a", "Ada Lovelace", "x" * 65, "a\nb"])
def test_names_that_logs_could_not_hold_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        person(name=name)


@pytest.mark.parametrize("life", [timedelta(), timedelta(days=367)])
def test_a_persons_token_is_neither_endless_nor_over(life: timedelta) -> None:
    with pytest.raises(ValueError, match="366 days"):
        person(life=life)


def test_an_operator_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        CallerTokens("x", NEW, operator_public_keys="short")


def test_tokens_of_the_old_key_are_accepted_while_keys_change() -> None:
    after_change = CallerTokens("gateway", SecretStr(f"{NEW}, {OLD}"))

    assert after_change.verify(CallerTokens("sms", OLD).mint()) == Caller("sms")


def test_the_first_key_signs() -> None:
    assert CallerTokens("x", NEW).verify(CallerTokens("sms", [NEW, OLD]).mint()) == Caller("sms")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, MISSING),
        ("", MISSING),
        ("Basic abc", REFUSED),
        ("Bearer ", REFUSED),
        ("Bearer abc.def.ghi", REFUSED),
        (f"Bearer {CallerTokens('sms', 'x' * 64).mint()}", REFUSED),
        (f"Bearer {CallerTokens('sms', NEW).mint(life_s=-60)}", REFUSED),
        (f"Bearer {jwt.encode({'sub': 'sms'}, NEW)}", REFUSED),
        (f"Bearer {jwt.encode({'sub': 5, 'iat': 1, 'exp': 9_999_999_999}, NEW)}", REFUSED),
        (f"Bearer {jwt.encode({'sub': 'sms', 'iat': 1, 'exp': 'never'}, NEW)}", REFUSED),
        (f"Bearer {jwt.encode({'sub': 'sms', 'iat': 1, 'exp': 9_999_999_999}, NEW, 'HS384')}", REFUSED),
        (f"Bearer {jwt.encode({'sub': 'sms', 'iat': 1, 'exp': 9_999_999_999}, '', 'none')}", REFUSED),
    ],
)
def test_anything_but_a_valid_token_is_refused(header: str | None, reason: str) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        CallerTokens("x", NEW).verify_header(header)

    assert caught.value.reason == reason


def test_the_scheme_may_be_written_in_any_case() -> None:
    tokens = CallerTokens("sms", NEW)

    assert tokens.verify_header(f"bEARER {tokens.mint()}") == Caller("sms")


def test_a_header_is_used_again_until_near_its_end() -> None:
    clock = FixedClock(START)
    tokens = CallerTokens("sms", NEW, clock=clock)
    first = tokens.header()
    clock.advance(timedelta(seconds=239))
    second = tokens.header()
    clock.advance(timedelta(seconds=1))
    third = tokens.header()

    assert first == second != third


def test_a_token_that_was_accepted_is_refused_after_its_end() -> None:
    clock = FixedClock(START)
    tokens = CallerTokens("sms", NEW, clock=clock)
    token = tokens.mint()
    clock.advance(timedelta(seconds=330))
    tokens.verify(token)
    clock.advance(timedelta(seconds=1))

    with pytest.raises(NotAuthenticated, match="out of date"):
        tokens.verify(token)


@pytest.mark.parametrize("keys", ["", " , ", "short", f"{NEW},short"])
def test_missing_and_short_keys_are_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="caller key"):
        parse_keys(keys)
