"""Tokens for curl."""

import jwt
import pytest

from clients.notifyctl.output import CommandError
from clients.notifyctl.tokens import mint, parse_full_key

SERVICE_ID = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"


@pytest.mark.parametrize("name", ["demo", "my live-key", "26785a09-ab16-4eb0-8407-a37497a57507", "a--b"])
def test_full_key_gives_service_and_secret_whatever_its_name(name: str) -> None:
    key = parse_full_key(f"{name}-{SERVICE_ID}-{SECRET}\n")
    assert (key.service_id, key.secret) == (SERVICE_ID, SECRET)


@pytest.mark.parametrize("text", ["", "demo", SECRET, f"demo-{SERVICE_ID}", f"demo-{SERVICE_ID}-{SECRET}0"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="not a full API key"):
        parse_full_key(text)


def test_token_is_signed_with_the_secret_and_names_the_service() -> None:
    token = mint(parse_full_key(f"demo-{SERVICE_ID}-{SECRET}"))
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["iss", "iat"]})
    assert claims["iss"] == SERVICE_ID
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
