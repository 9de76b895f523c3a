"""What `notifyctl usage` and `notifyctl rates` make of their arguments, and how they show figures."""

from datetime import date

import pytest

from clients.notifyctl.billing import _days
from clients.notifyctl.forecasting import count_texts
from clients.notifyctl.output import CommandError
from clients.notifyctl.rates import KINDS, Kind, rate_facts, whole
from clients.notifyctl.usage import bar_chart
from notify.billing.v1 import billing_pb2 as pb
from notifyrules.rates import published
from notifyrules.templates import SmsTemplate

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "value"), [("0.0240", 240), ("0.024", 240), ("£1.56", 15_600), ("2", 20_000), ("0", 0)]
)
def test_prices_are_written_in_pounds(text: str, value: int) -> None:
    assert whole(text, is_price=True) == value


@pytest.mark.parametrize("text", ["", "0.02401", "1,5", "-1", "1.2.3", ".5", "abc"])
def test_other_prices_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(CommandError, match="four decimals"):
        whole(text, is_price=True)


@pytest.mark.parametrize(("text", "value"), [("10000", 10_000), ("1.5", None), ("", None)])
def test_allowances_are_whole(text: str, value: int | None) -> None:
    if value is None:
        with pytest.raises(CommandError):
            whole(text, is_price=False)
    else:
        assert whole(text, is_price=False) == value


def test_every_kind_has_a_name() -> None:
    assert set(KINDS) == set(Kind)
    assert set(KINDS.values()) == {number for number in pb.RateKind.values() if number}


def test_a_price_is_shown_exactly() -> None:
    rate = pb.Rate(kind=pb.RATE_KIND_LETTER, key="economy/1", from_london_date="2026-07-01", value=6_380)
    assert rate_facts(rate)["value"] == "0.6380"


def test_the_longest_bar_is_the_most_expensive_month() -> None:
    months = [
        pb.MonthTotals(london_month=f"2026-0{n}", totals=pb.UsageTotals(cost_ten_thousandths=cost))
        for n, cost in enumerate([0, 1, 5_000_000, 10_000_000], start=4)
    ]
    lines = bar_chart(months).splitlines()
    assert [line.count("█") for line in lines] == [0, 0, 20, 40]
    assert lines[1] == "2026-05 ▏ £0.00"
    assert lines[3].endswith("£1,000.00")


def test_a_range_of_days_is_every_day_of_it() -> None:
    assert _days("2026-02-27", "2026-03-01") == ["2026-02-27", "2026-02-28", "2026-03-01"]
    with pytest.raises(CommandError):
        _days("2026-03-01", "2026-02-27")


def test_rows_of_a_spreadsheet_are_counted_by_fragments_and_country() -> None:
    rows = [
        "Phone number,name",
        "07700900123,Ada",
        f"07700900124,{'A' * 200}",
        "+1 242 359 1234,Ada",
        "nobody,Ada",
    ]
    found = count_texts("\n".join(rows), SmsTemplate("Hello ((name))", "Parking"), published(), DAY)
    assert found.by_size == {(1, 1): 1, (2, 1): 1, (1, 3): 1}
    assert found.bad_rows == 1


def test_a_spreadsheet_without_numbers_is_refused() -> None:
    with pytest.raises(CommandError, match="no column phone number"):
        count_texts("name\nAda", SmsTemplate("Hello"), published(), DAY)
