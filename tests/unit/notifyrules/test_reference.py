"""Tables of facts: that they are those of the golden vectors, and fit together."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from notifyrules import reference

VECTORS = Path(__file__).parents[2] / "vectors" / "reference"


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_table_is_the_one_of_the_golden_vectors(path: Path) -> None:
    ours = files(reference).joinpath(path.name).read_text(encoding="utf-8")
    assert json.loads(ours) == json.loads(path.read_text(encoding="utf-8"))


def test_synonyms_are_of_countries_that_have_a_zone() -> None:
    assert set(reference.country_synonyms()) <= set(reference.country_zones())


def test_uk_prefix_is_for_crown_dependencies() -> None:
    prefix = reference.sms_prefixes()["44"]
    assert prefix.rate_multiplier == 2
    assert prefix.reports_delivery


def test_receipts_are_believed_only_where_they_are_sure() -> None:
    assert not reference.sms_prefixes()["1"].reports_delivery


def test_bank_holidays_are_never_sundays() -> None:
    assert all(day.weekday() < 6 for day in reference.bank_holidays())
