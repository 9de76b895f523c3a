"""Countries as the last line of an address: many spellings, one canonical name, a postage zone.

The names are in `reference`; what an address does with its country is in `postal_addresses`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from notifyrules.postage import PostageZone
from notifyrules.reference import country_synonyms, country_zones

_IGNORED = re.compile(r"[\s_\-'’,.()]+")
_DIGIT = re.compile(r"\d")

# English and Welsh articles that some canonical names have and people leave out. Never the other way round:
# an article too many finds nothing.
_ARTICLES = ("", "the", "yr", "y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or territory that has its own name in addresses."""

    name: str  # canonical: what is printed
    postage_zone: PostageZone


UNITED_KINGDOM = Country(name="United Kingdom", postage_zone=PostageZone.UNITED_KINGDOM)
"""The UK's own nations, the crown dependencies and the Channel Islands: posted to alike."""


def find_country(name: str) -> Country | None:
    """Return the country that `name` means, in whatever case, spelling or language, or None."""
    if _DIGIT.search(name):
        return None
    key = _key(name)
    if not key:
        return None
    countries = _countries_by_key()
    return next((countries[article + key] for article in _ARTICLES if article + key in countries), None)


@cache
def _countries_by_key() -> Mapping[str, Country]:
    countries = {}
    for canonical_name, zone in country_zones().items():
        country = Country(name=canonical_name, postage_zone=PostageZone(zone))
        for name in (canonical_name, *country_synonyms().get(canonical_name, ())):
            countries[_key(name)] = country
    return countries


def _key(name: str) -> str:
    """Return what of `name` counts when names are compared."""
    decomposed = unicodedata.normalize("NFD", name.lower())
    without_accents = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    return _IGNORED.sub("", without_accents.replace("&", "and").replace("+", "and"))
