"""People for tests: an operator key, tokens that are signed with it, and what they ask for."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from servicekit.identity import Caller, PersonToken, mint_person_token, new_operator_key
from servicekit.request_context import request_scope

OPERATOR = new_operator_key()


def a_person(name: str = "ada.lovelace", role: str = "admin") -> PersonToken:
    """A person's token, good for an hour."""
    return PersonToken(mint_person_token(OPERATOR.private, name=name, role=role, life=timedelta(hours=1)))


@contextlib.contextmanager
def request_of(name: str, *, reason: str) -> Iterator[None]:
    """What is done inside is asked for by a person, who says why."""
    with request_scope() as request:
        request.caller, request.reason = Caller(name, frozenset({"operator"}), is_person=True), reason
        yield
