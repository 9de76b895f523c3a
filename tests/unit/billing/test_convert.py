"""What is refused, with the name of the field."""

from typing import Any

import pytest

from notify.billing.v1 import billing_pb2 as pb
from servicekit.errors import InvalidRequest
from services.billing import convert
from services.billing.allowances import AllowanceReason

SERVICE = "11111111-1111-4111-8111-111111111111"


def a_rate(**changes: Any) -> pb.SetRateRequest:
    fields: dict[str, Any] = {
        "kind": pb.RATE_KIND_TEXT,
        "key": "",
        "from_london_date": "2027-04-01",
        "value": 250,
    } | changes
    reason = fields.pop("reason", "because")
    return pb.SetRateRequest(rate=pb.Rate(**fields), reason=reason)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"kind": 0}, "kind"),
        ({"kind": 99}, "kind"),
        ({"value": -1}, "value"),
        ({"from_london_date": "1 April"}, "from_london_date"),
        ({"from_london_date": "2027-02-30"}, "from_london_date"),
        ({"key": "x"}, "key"),
        ({"kind": pb.RATE_KIND_LETTER, "key": "second"}, "key"),
        ({"kind": pb.RATE_KIND_LETTER, "key": "second/6"}, "key"),
        (
            {"kind": pb.RATE_KIND_FREE_ALLOWANCE, "key": "local", "from_london_date": "2027-05-01"},
            "from_london_date",
        ),
        ({"kind": pb.RATE_KIND_SERVICE_ALLOWANCE, "key": "Parking"}, "key"),
    ],
)
def test_a_wrong_figure_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        convert.rate_from(a_rate(**changes))
    assert refused.value.violations[0].field == field


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kind": pb.RATE_KIND_LETTER, "key": "rest-of-world/5"},
        {"kind": pb.RATE_KIND_FREE_ALLOWANCE, "key": "local"},
        {"kind": pb.RATE_KIND_SERVICE_ALLOWANCE, "key": SERVICE},
    ],
)
def test_a_right_figure_comes_back_as_it_was(changes: dict[str, Any]) -> None:
    request = a_rate(**changes)
    assert convert.rate(convert.rate_from(request)) == request.rate


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (pb.ForecastLine(messages=1, units=1), "channel"),
        (pb.ForecastLine(channel=pb.CHANNEL_SMS, units=1), "messages"),
        (pb.ForecastLine(channel=pb.CHANNEL_SMS, messages=1), "units"),
        (pb.ForecastLine(channel=pb.CHANNEL_LETTER, messages=1, units=6, postage="second"), "units"),
        (pb.ForecastLine(channel=pb.CHANNEL_LETTER, messages=1, units=1, postage="third"), "postage"),
    ],
)
def test_a_wrong_forecast_is_refused(line: pb.ForecastLine, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        convert.forecast_lines(pb.ForecastCostRequest(service_id=SERVICE, lines=[line]))
    assert refused.value.violations[0].field == field


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-1", "October", "9999-01"])
def test_a_wrong_month_is_refused(month: str) -> None:
    with pytest.raises(InvalidRequest):
        convert.month_from(month)


def test_days_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        convert.span_from("2026-04-02", "2026-04-01")


def test_every_reason_of_an_allowance_can_be_told() -> None:
    told = {number for number in pb.AllowanceReason.values() if number}
    assert {convert._REASONS[reason] for reason in AllowanceReason} == told
