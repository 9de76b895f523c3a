"""What is made of the lines of the address window before the rules for addresses apply."""

import unicodedata

from services.letters.uploads.address import address_problem, read_address
from services.letters.uploads.outcomes import UploadProblem


def test_ligatures_come_apart_and_accents_stay_on_their_letters() -> None:
    decomposed = unicodedata.normalize("NFD", "Gri\ufb03n\xa0Tŷ")
    address = read_address([decomposed, "1 Test Street", "SW1A\u20091AA"], allow_international=False)
    assert address.normalised_lines == ("Griffin Tŷ", "1 Test Street", "SW1A 1AA")


def test_what_no_database_can_hold_is_left_out() -> None:
    address = read_address(["Sam\x00 \ud800Example", "1 Test Street", "SW1A 1AA"], allow_international=False)
    assert address.normalised_lines[0] == "Sam Example"


def test_name_of_the_country_alone_is_no_address() -> None:
    assert address_problem(read_address(["UK"], allow_international=False)) == UploadProblem.ADDRESS_EMPTY
