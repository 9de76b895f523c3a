"""Tokens of reports, stored credentials, new passwords."""

import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from servicekit.errors import InternalError
from services.letters.printing.credentials import Credentials, CredentialsBox, new_password
from services.letters.printing.report_tokens import ReportTokens

OLD, NEW = "o" * 40, "n" * 40
LETTER = UUID("6f1c2d3e-0000-7000-8000-000000000001")
OTHER = UUID("6f1c2d3e-0000-7000-8000-000000000002")


def tokens(*keys: str) -> ReportTokens:
    return ReportTokens(SecretStr(",".join(keys)))


def test_a_token_names_its_letter() -> None:
    assert tokens(NEW).read(tokens(NEW).make(LETTER)) == LETTER


def test_tokens_of_an_old_key_are_read_while_it_is_listed() -> None:
    token = tokens(OLD).make(LETTER)

    assert (tokens(NEW, OLD).read(token), tokens(NEW).read(token)) == (LETTER, None)


def test_a_token_for_another_letter_can_not_be_made_from_one() -> None:
    signature = tokens(NEW).make(LETTER).rpartition(".")[2]

    assert tokens(NEW).read(f"{OTHER}.{signature}") is None


@given(st.text())
def test_no_other_text_is_a_token(text: str) -> None:
    assert tokens(NEW).read(text) is None


def test_the_url_has_the_token_in_its_query() -> None:
    url = tokens(NEW).report_url("https://api.example", LETTER)

    assert url == f"https://api.example/notifications/letter/status?token={tokens(NEW).make(LETTER)}"


@pytest.mark.parametrize("keys", ["", "short", f"{NEW},short"])
@pytest.mark.parametrize("kind", [ReportTokens, CredentialsBox])
def test_keys_must_be_long(kind: type[ReportTokens | CredentialsBox], keys: str) -> None:
    with pytest.raises(ValueError, match="32 characters"):
        kind(SecretStr(keys))


def test_what_is_stored_says_nothing_and_is_read_with_either_key() -> None:
    stored = CredentialsBox(SecretStr(OLD)).encrypt("a password")

    assert b"a password" not in stored
    assert CredentialsBox(SecretStr(f"{NEW},{OLD}")).decrypt(stored) == "a password"
    with pytest.raises(InternalError):
        CredentialsBox(SecretStr(NEW)).decrypt(stored)


def test_credentials_do_not_show_their_secrets() -> None:
    shown = repr(
        Credentials(username="notify", password="secret-1", next_password="secret-2", api_key="secret-3")
    )

    assert "secret" not in shown


@pytest.mark.parametrize("password", [new_password() for _ in range(50)], ids=range(50))
def test_a_new_password_has_thirty_characters_of_every_kind(password: str) -> None:

    assert len(password) == 30
    assert set(password) & set(string.ascii_lowercase)
    assert set(password) & set(string.ascii_uppercase)
    assert set(password) & set(string.digits)
    assert set(password) - set(string.ascii_letters + string.digits)
