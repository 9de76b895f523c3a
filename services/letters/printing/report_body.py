"""Reading what the printer posts about a letter: JSON of a fixed shape, and what is wrong with it.

Faults are told in the words of JSON Schema, as the rest of the public API does: those of nested fields name the
outermost one. Source: the public contract, letter status in. Not here: the token, and what a report does.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from notifyrules.london_time import london_date
from servicekit.errors import InvalidRequest, RuleBroken, Violation
from servicekit.ids import parse_id

NOT_JSON: Final = "REPORT_UNREADABLE"
_NOT_JSON_MESSAGE: Final = "Invalid JSON supplied in POST data"

_POSTAGE_CLASSES: Final = ("1ST", "2ND", "INTERNATIONAL")
_MAILING_PRODUCTS: Final = (
    "UNCODED", "MM UNSORTED", "UNSORTED", "MM", "INT EU", "INT ROW", "UNSORTEDE", "MM ECONOMY",
)  # fmt: skip
_SORTED_PRODUCTS: Final = frozenset({"MM", "MM ECONOMY"})
_FEWEST_PROPERTIES: Final = 3
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class JobStatus(StrEnum):
    """What became of a print job."""

    DESPATCHED = "DESPATCHED"
    REJECTED = "REJECTED"


class CostClass(StrEnum):
    """What a letter's postage costs."""

    SORTED = "sorted"
    UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBody:
    """A report that has the right shape."""

    job_id: UUID
    status: JobStatus
    changed_on: date
    """Day in London of the change."""
    cost_class: CostClass | None
    """None unless despatched."""
    sheets: int | None
    """None where it was not told, or is no number."""


def read_report(body: bytes) -> ReportBody:
    """Read a report.

    Raises RuleBroken for what is no JSON, and InvalidRequest with everything that is wrong with its shape.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise RuleBroken(NOT_JSON, _NOT_JSON_MESSAGE) from err
    report = value or {}  # JSON that is false in Python is an empty object here, as everywhere in the API
    if not isinstance(report, dict):
        raise InvalidRequest([Violation("", f"{_printed(report)} is not of type object")])
    faults = list(dict.fromkeys(_faults(report)))
    if faults:
        raise InvalidRequest([Violation("", fault) for fault in faults])
    return _report_of(report["data"])


def _report_of(data: Mapping[str, Any]) -> ReportBody:
    status = JobStatus(data["jobStatus"])
    is_despatched = status is JobStatus.DESPATCHED
    properties = _properties(data) if is_despatched else {}
    sheets = properties.get("totalSheets", "")
    return ReportBody(
        job_id=parse_id(data["jobId"]),
        status=status,
        changed_on=london_date(_moment(data["transitionDate"])),
        cost_class=_cost_class(properties) if is_despatched else None,
        sheets=int(sheets) if sheets.isascii() and sheets.isdecimal() and len(sheets) < 7 else None,
    )


def _cost_class(properties: Mapping[str, str]) -> CostClass:
    is_sorted = (
        properties.get("mailingProduct") in _SORTED_PRODUCTS and properties.get("postageClass") == "2ND"
    )
    return CostClass.SORTED if is_sorted else CostClass.UNSORTED


def _properties(data: Mapping[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in data["despatchProperties"]}


def _faults(report: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong: fields in their order, then missing ones."""
    for name in ("id", "time"):
        if name in report and not isinstance(report[name], str):
            yield f"{name} {_not_of_type(report[name], 'string')}"
    if report.get("dataContentType", "application/json") != "application/json":
        yield f"dataContentType {_not_one_of(report['dataContentType'], ('application/json',))}"
    for name, nested in (("data", _data_faults), ("metadata", _metadata_faults)):
        if name not in report:
            continue
        if isinstance(report[name], dict):
            for fault in nested(report[name]):
                yield f"{name} {fault}"
        else:
            yield f"{name} {_not_of_type(report[name], 'object')}"
    yield from _missing(report, ("id", "time", "data", "metadata"))


def _data_faults(data: Mapping[str, Any]) -> Iterator[str]:
    if "jobId" in data and not _is_id(data["jobId"]):
        yield "is not a valid UUID"
    status = data.get("jobStatus")
    if "jobStatus" in data and status not in tuple(JobStatus):
        yield _not_one_of(status, tuple(JobStatus))
    if "transitionDate" in data and not _is_moment(data["transitionDate"]):
        yield f"{_printed(data['transitionDate'])} is not a date-time"
    needed = ["jobId", "jobStatus", "transitionDate"]
    if status == JobStatus.DESPATCHED:
        needed.append("despatchProperties")
        if "despatchProperties" in data:
            yield from _property_faults(data["despatchProperties"])
    yield from _missing(data, needed)


def _property_faults(properties: Any) -> Iterator[str]:
    if not isinstance(properties, list):
        yield _not_of_type(properties, "array")
        return
    for item in properties:
        if isinstance(item, dict):
            yield from _item_faults(item)
        else:
            yield _not_of_type(item, "object")
    if len(properties) < _FEWEST_PROPERTIES:
        yield f"{_printed(properties)} is too short"
    if any(item in properties[:place] for place, item in enumerate(properties)):
        yield f"{_printed(properties)} has non-unique elements"


def _item_faults(item: Mapping[str, Any]) -> Iterator[str]:
    for name in ("key", "value"):
        if name in item and not isinstance(item[name], str):
            yield _not_of_type(item[name], "string")
    allowed = {"postageClass": _POSTAGE_CLASSES, "mailingProduct": _MAILING_PRODUCTS}.get(
        item["key"] if isinstance(item.get("key"), str) else ""
    )
    if allowed is not None and isinstance(item.get("value"), str) and item["value"] not in allowed:
        yield _not_one_of(item["value"], allowed)
    yield from _missing(item, ("key", "value"))


def _metadata_faults(metadata: Mapping[str, Any]) -> Iterator[str]:
    if "correlationId" in metadata and not isinstance(metadata["correlationId"], str):
        yield _not_of_type(metadata["correlationId"], "string")
    yield from _missing(metadata, ("correlationId",))


def _missing(value: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    return (f"{name} is a required property" for name in names if name not in value)


def _is_id(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(parse_id(value))
    except ValueError:
        return False


def _is_moment(value: object) -> bool:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return False
    try:
        moment = _moment(value)
    except ValueError:
        return False
    return moment.year > 1  # London's day of the very first moments is none


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _not_of_type(value: object, kind: str) -> str:
    return f"{_printed(value)} is not of type {kind}"


def _not_one_of(value: object, allowed: Sequence[str]) -> str:
    return f"{_printed(value)} is not one of [{', '.join(allowed)}]"


def _printed(value: object) -> str:
    """As error messages show values: as Python prints them, less every single quote."""
    return repr(value).replace("'", "")
