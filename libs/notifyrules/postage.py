"""How letters travel. Where a country lies is in `countries`, how long it takes in `letter_timings`."""

from enum import StrEnum


class Postage(StrEnum):
    """How a letter is posted. A template has one of the first three; the other two follow from the
    address."""

    FIRST = "first"
    SECOND = "second"
    ECONOMY = "economy"
    EUROPE = "europe"
    REST_OF_WORLD = "rest-of-world"


class PostageZone(StrEnum):
    """Where a letter goes, as far as its price is concerned."""

    UNITED_KINGDOM = "united-kingdom"
    EUROPE = "europe"
    REST_OF_WORLD = "rest-of-world"


def postage_for_zone(zone: PostageZone, template_postage: Postage) -> Postage:
    """Return how a letter of a template with this postage travels to this zone."""
    return template_postage if zone is PostageZone.UNITED_KINGDOM else Postage(zone.value)
