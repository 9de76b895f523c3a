"""Names of services turned into parts of addresses: the sender of their emails, and links."""

import re
import unicodedata
from functools import lru_cache


def email_local_part(name: str) -> str:
    """Return `name` as the part of an email address before the @: "Café 21" gives "cafe.21". May be empty."""
    return _joined_words(name, ".")


def slug(name: str) -> str:
    """Return `name` as a part of a link: "Café 21" gives "cafe-21". May be empty."""
    return _joined_words(name, "-")


@lru_cache(maxsize=1_024)
def _joined_words(name: str, joiner: str) -> str:
    """Return the letters and digits of `name`, without marks and in lower case, its words held by `joiner`.

    Letters outside ASCII stay: a name is the service's own, and mail programs cope. Kept, as each email asks for its
    service's twice: that was 3 % of the notifications service's CPU for emails.
    """
    decomposed = unicodedata.normalize("NFD", name)
    without_marks = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    joined = re.sub(r"\s+", joiner, without_marks.lower())
    kept = "".join(letter for letter in joined if letter.isalnum() or letter == joiner)
    return joiner.join(filter(None, kept.split(joiner)))
