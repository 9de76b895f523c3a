"""People for tests: an operator key, and tokens that are signed with it."""

from datetime import timedelta

from servicekit.identity import PersonToken, mint_person_token, new_operator_key

OPERATOR = new_operator_key()


def a_person(name: str = "ada.lovelace", role: str = "admin") -> PersonToken:
    """A person's token, good for an hour."""
    return PersonToken(mint_person_token(OPERATOR.private, name=name, role=role, life=timedelta(hours=1)))
