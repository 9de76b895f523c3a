"""Prices, allowances and money: the published figures, and that parts add up to the whole."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.money import pounds, pounds_and_pence, to_pounds
from notifyrules.phone_numbers import parse_phone_number
from notifyrules.rates import Rate, RateKind, Rates, financial_year, first_day, last_day, price, published
from notifyrules.statuses import BILLABLE, KeyType, NotificationStatus, NotificationType, is_billable
from services.billing.allowances import Allowance, AllowanceReason, allowance_of
from services.billing.reports import COLUMNS, monthly_report
from services.billing.usage import ForecastLine, UsageLine, UsedAllowance, forecast, total
from services.billing.usage_store import KnownService

SERVICE, OTHER = UUID(int=1), UUID(int=2)
T = NotificationType
MONTH = date(2026, 10, 1)


ABROAD = parse_phone_number("+33612345678")
HOME = parse_phone_number("07700900123")


@given(st.lists(st.tuples(st.dates(first_day(2016), date(2030, 1, 1)), st.integers(1, 20)), max_size=5))
def test_a_text_abroad_counts_as_the_latest_multiplier_on_or_before_its_day(
    changes: list[tuple[date, int]],
) -> None:
    by_day = dict(changes)
    rates = Rates(
        Rate(kind=RateKind.MULTIPLIER, key="33", from_date=day, value=value) for day, value in by_day.items()
    )
    day = date(2026, 11, 22)
    in_force = [value for start, value in sorted(by_day.items()) if start <= day]
    assert rates.multiplier(ABROAD, day) == (in_force[-1] if in_force else ABROAD.rate_multiplier)
    assert rates.multipliers(day).get("33", ABROAD.rate_multiplier) == rates.multiplier(ABROAD, day)
    assert rates.multiplier(HOME, day) == 1


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2016, 4, 1), 165),  # before the first
        (date(2017, 3, 31), 165),
        (date(2017, 4, 1), 158),
        (date(2022, 4, 30), 161),
        (date(2022, 5, 1), 172),
        (date(2026, 3, 31), 233),
        (date(2026, 4, 1), 240),
        (date(2030, 1, 1), 240),
    ],
)
def test_the_price_of_a_text_is_that_of_its_day(day: date, rate: int) -> None:
    assert published().text_rate(day) == rate


@pytest.mark.parametrize(
    ("postage", "sheets", "rate"),
    [
        ("economy", 1, 6_380),
        ("second", 5, 9_100),
        ("first", 3, 16_600),
        ("europe", 2, 18_400),
        ("rest-of-world", 5, 19_600),
        ("second", 0, 0),
        ("unknown", 1, 0),
    ],
)
def test_the_price_of_a_letter_goes_by_postage_and_sheets(postage: str, sheets: int, rate: int) -> None:
    assert published().letter_rate(date(2026, 8, 1), postage, sheets) == rate


@pytest.mark.parametrize(
    ("organisation_type", "year", "free"),
    [
        ("central", 2016, 250_000),
        ("central", 2021, 150_000),
        ("nhs_central", 2023, 40_000),
        ("central", 2025, 30_000),
        ("central", 2026, 20_000),
        ("local", 2021, 25_000),
        ("emergency_service", 2026, 10_000),
        (None, 2026, 5_000),
        ("school_or_college", 2022, 10_000),
        ("nhs_gp", 2024, 0),
        ("nhs_notify", 2030, 0),
        ("a type to come", 2026, 5_000),
    ],
)
def test_the_published_allowances(organisation_type: str | None, year: int, free: int) -> None:
    found = allowance_of(published(), SERVICE, year, organisation_type=organisation_type, units_last_year=0)
    assert found == Allowance(free_units=free, reason=AllowanceReason.ORGANISATION_TYPE)


@pytest.mark.parametrize(
    ("year", "last_year", "expected"),
    [
        (2025, 299_999, (10_000, AllowanceReason.ORGANISATION_TYPE)),
        (2025, 300_000, (0, AllowanceReason.HIGH_USE)),
        (2026, 0, (77, AllowanceReason.CUSTOM)),
        (2026, 300_000, (77, AllowanceReason.CUSTOM)),
        (2027, 300_000, (77, AllowanceReason.CARRIED_OVER)),
        (2028, 0, (88, AllowanceReason.CUSTOM)),
    ],
)
def test_exceptions_of_allowances(year: int, last_year: int, expected: tuple[int, AllowanceReason]) -> None:
    custom = [
        Rate(kind=RateKind.SERVICE_ALLOWANCE, key=str(SERVICE), from_date=first_day(start), value=value)
        for start, value in ((2026, 77), (2028, 88))
    ]
    rates = Rates([*published().all(), *custom])
    found = allowance_of(rates, SERVICE, year, organisation_type="local", units_last_year=last_year)
    assert (found.free_units, found.reason) == expected


@given(st.dates(date(2016, 4, 1), date(2090, 1, 1)))
def test_every_day_is_in_its_financial_year(day: date) -> None:
    year = financial_year(day)
    assert first_day(year) <= day <= last_day(year)
    assert last_day(year) + timedelta(days=1) == first_day(year + 1)


@given(st.integers(1, 9), st.integers(1, 12), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_text_costs_its_fragments_times_multiplier_times_rate(
    units: int, multiplier: int, day: date
) -> None:
    rates = published()
    cost = price(rates, T.SMS, day, units=units, multiplier=multiplier, postage=None)
    assert to_pounds(cost) == units * multiplier * Decimal(rates.text_rate(day)) / 10_000


def test_what_counts_is_one_table() -> None:
    for type in NotificationType:
        for status in NotificationStatus:
            counted = {key for key in KeyType if is_billable(type, status, key)}
            assert counted == ({KeyType.NORMAL, KeyType.TEAM} if status in BILLABLE[type] else set())


@pytest.mark.parametrize(
    ("amount", "exact", "shown"),
    [
        (0, "0.0000", "£0.00"),
        (49, "0.0049", "£0.00"),
        (50, "0.0050", "£0.01"),
        (-50, "-0.0050", "-£0.01"),
        (123_456_789, "12345.6789", "£12,345.68"),
    ],
)
def test_money_is_exact_but_where_people_read_it(amount: int, exact: str, shown: str) -> None:
    assert (pounds(amount), pounds_and_pence(amount)) == (exact, shown)


def test_a_forecast_uses_what_is_left_of_the_allowance_first() -> None:
    used = UsedAllowance(allowance=Allowance(free_units=100, reason=AllowanceReason.CUSTOM), used=90)
    lines = [
        ForecastLine(channel=T.SMS, messages=3, units=2, rate_multiplier=3, postage=""),
        ForecastLine(channel=T.EMAIL, messages=1_000, units=0, rate_multiplier=1, postage=""),
        ForecastLine(channel=T.LETTER, messages=2, units=1, rate_multiplier=1, postage="second"),
    ]
    found = forecast(published(), date(2026, 8, 1), lines, used)
    assert (found.text_units, found.free_text_units) == (18, 10)
    assert (found.price, found.cost) == (18 * 240 + 14_600, 8 * 240 + 14_600)


usage_lines = st.builds(
    UsageLine,
    service_id=st.sampled_from([SERVICE, OTHER]),
    month=st.just(MONTH),
    channel=st.sampled_from(list(T)),
    postage=st.just(""),
    sheets=st.integers(0, 5),
    rate=st.integers(0, 20_000),
    messages=st.integers(0, 10**7),
    fragments=st.integers(0, 10**7),
    chargeable_units=st.integers(0, 10**7),
    free_units=st.integers(0, 10**7),
    cost=st.integers(0, 10**12),
)


@given(st.lists(usage_lines, max_size=20))
def test_the_report_adds_up_and_has_the_same_columns_always(lines: list[UsageLine]) -> None:
    rows = list(csv.reader(io.StringIO(monthly_report(MONTH, lines, {}))))
    assert tuple(rows[0]) == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in rows)
    parts, sums = rows[1:-1], rows[-1]
    assert sum(Decimal(row[-1]) for row in parts) == Decimal(sums[-1])
    for column in range(10, 15):
        assert sum(int(row[column]) for row in parts) == int(sums[column])
    assert total(lines).cost == sum(line.totals.cost for line in lines)


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    line = UsageLine(
        service_id=SERVICE,
        month=MONTH,
        channel=T.EMAIL,
        postage="",
        sheets=0,
        rate=0,
        messages=1,
        fragments=0,
        chargeable_units=1,
        free_units=0,
        cost=0,
    )
    service = KnownService(
        id=SERVICE, name="=1+1", organisation_id=None, organisation_name=None, organisation_type=None
    )
    row = next(csv.DictReader(io.StringIO(monthly_report(MONTH, [line], {SERVICE: service}))))
    assert row["service_name"] == "'=1+1"
