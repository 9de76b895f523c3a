"""Countries and their many names."""

import pytest

from notifyrules.countries import UNITED_KINGDOM, find_country
from notifyrules.postage import Postage, PostageZone, postage_for_zone
from notifyrules.reference import country_synonyms, country_zones


@pytest.mark.parametrize("name", country_zones())
def test_canonical_name_finds_itself(name: str) -> None:
    country = find_country(name.upper())
    assert country is not None
    assert country.name == name
    assert country.postage_zone == country_zones()[name]


def test_every_synonym_finds_its_country() -> None:
    wrong = [
        (name, canonical_name)
        for canonical_name, names in country_synonyms().items()
        for name in names
        if (country := find_country(name)) is None or country.name != canonical_name
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "canonical_name"),
    [
        ("deutschland", "Germany"),
        ("U.S.A.", "United States"),
        ("Trinidad + Tobago", "Trinidad and Tobago"),
        ("Gambia", "The Gambia"),
        ("Curacao", "Curaçao"),
        ("Yr Almaen", "Germany"),
        ("Almaen", "Germany"),
        ("Seland_Newydd", "New Zealand"),
        ("Jersey", "United Kingdom"),
        ("Cymru", "United Kingdom"),
    ],
)
def test_name_is_found_in_other_spellings(name: str, canonical_name: str) -> None:
    country = find_country(name)
    assert country is not None
    assert country.name == canonical_name


@pytest.mark.parametrize("name", ["", ".", "the France", "France 75001", "Narnia", "Yugoslavia", "Ibiza"])
def test_other_text_is_no_country(name: str) -> None:
    assert find_country(name) is None


def test_uk_is_a_country_in_its_own_zone() -> None:
    assert find_country("uk") == UNITED_KINGDOM


def test_postage_abroad_follows_the_zone() -> None:
    assert postage_for_zone(PostageZone.UNITED_KINGDOM, Postage.FIRST) is Postage.FIRST
    assert postage_for_zone(PostageZone.EUROPE, Postage.FIRST) is Postage.EUROPE
    assert postage_for_zone(PostageZone.REST_OF_WORLD, Postage.SECOND) is Postage.REST_OF_WORLD
