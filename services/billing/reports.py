"""The finance report of a month, as CSV. Its columns are the same every month.

Pounds are written with four decimals, in which every price and so every sum is whole: nothing is rounded, and
lines add up to the last one exactly. Pure.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from notifyrules.money import pounds
from notifyrules.rates import financial_year
from services.billing.usage import UsageLine
from services.billing.usage_store import KnownService

COLUMNS: Final = (
    "financial_year",
    "month",
    "organisation_id",
    "organisation_name",
    "service_id",
    "service_name",
    "channel",
    "postage",
    "sheets",
    "rate_pounds",
    "messages",
    "fragments",
    "chargeable_units",
    "free_units",
    "charged_units",
    "cost_pounds",
)
TOTAL: Final = "TOTAL"


def monthly_report(month: date, lines: Iterable[UsageLine], services: Mapping[UUID, KnownService]) -> str:
    """The report of a month: a line for each price of each service, by organisation and service, then sums."""
    found = sorted(lines, key=lambda line: (*_names(line, services), line.service_id))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for line in found:
        writer.writerow(_row(month, line, services.get(line.service_id)))
    sums = [
        sum(getattr(line, name) for line in found)
        for name in ("messages", "fragments", "chargeable_units", "free_units")
    ]
    writer.writerow(
        [
            _year(month), f"{month:%Y-%m}", TOTAL, "", "", "", "", "", "", "", *sums, sums[2] - sums[3],
            pounds(sum(line.cost for line in found)),
        ]
    )  # fmt: skip
    return text.getvalue()


def _row(month: date, line: UsageLine, service: KnownService | None) -> list[object]:
    return [
        _year(month),
        f"{month:%Y-%m}",
        (service.organisation_id if service else None) or "",
        _safe((service.organisation_name if service else None) or ""),
        line.service_id,
        _safe(service.name if service else ""),
        line.channel.value,
        line.postage,
        line.sheets or "",
        pounds(line.rate),
        line.messages,
        line.fragments,
        line.chargeable_units,
        line.free_units,
        line.chargeable_units - line.free_units,
        pounds(line.cost),
    ]


def _names(line: UsageLine, services: Mapping[UUID, KnownService]) -> tuple[str, str]:
    service = services.get(line.service_id)
    return (service.organisation_name or "", service.name) if service else ("", "")


def _safe(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@", "\t", "\r"} else name


def _year(month: date) -> str:
    start = financial_year(month)
    return f"{start}-{(start + 1) % 100:02}"
