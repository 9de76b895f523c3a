"""Reading the printer's reports: what they mean, and what is said when one is wrong."""

import contextlib
import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidRequest, RuleBroken
from services.letters.printing.report_body import CostClass, JobStatus, read_report

JOB = "6f1c2d3e-0000-7000-8000-000000000001"
REPORT: dict[str, Any] = {
    "id": "1",
    "source": "printer",
    "time": "2026-07-14T10:00:00Z",
    "dataContentType": "application/json",
    "data": {
        "jobId": JOB,
        "jobType": "NOTIFY",
        "jobStatus": "DESPATCHED",
        "templateReference": "NOTIFY",
        "transitionDate": "2026-07-14T10:00:00Z",
        "despatchProperties": [
            {"key": "totalSheets", "value": "2"},
            {"key": "postageClass", "value": "2ND"},
            {"key": "mailingProduct", "value": "MM"},
            {"key": "Print Date", "value": "2026-07-14"},
        ],
    },
    "metadata": {"correlationId": "1"},
}


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    report = copy.deepcopy(REPORT)
    change(report)
    return json.dumps(report).encode()


def prop(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Set a despatch property."""

    def change(report: dict[str, Any]) -> None:
        for item in report["data"]["despatchProperties"]:
            if item["key"] == name:
                item["value"] = value

    return change


def test_a_despatched_letter() -> None:
    report = read_report(json.dumps(REPORT).encode())

    assert (str(report.job_id), report.status) == (JOB, JobStatus.DESPATCHED)
    assert (report.changed_on, report.cost_class, report.sheets) == (date(2026, 7, 14), CostClass.SORTED, 2)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-07-14T22:59:59Z", date(2026, 7, 14)),
        ("2026-07-14T23:00:00Z", date(2026, 7, 15)),
        ("2026-01-14T23:59:59Z", date(2026, 1, 14)),
    ],
)
def test_the_day_of_despatch_is_londons(moment: str, day: date) -> None:
    assert read_report(changed(lambda r: r["data"].update(transitionDate=moment))).changed_on == day


@pytest.mark.parametrize(
    ("postage", "product", "cost"),
    [
        ("2ND", "MM", CostClass.SORTED),
        ("2ND", "MM ECONOMY", CostClass.SORTED),
        ("2ND", "UNSORTED", CostClass.UNSORTED),
        ("2ND", "MM UNSORTED", CostClass.UNSORTED),
        ("1ST", "MM", CostClass.UNSORTED),
        ("INTERNATIONAL", "INT EU", CostClass.UNSORTED),
    ],
)
def test_cost_classes(postage: str, product: str, cost: CostClass) -> None:
    def change(report: dict[str, Any]) -> None:
        prop("postageClass", postage)(report)
        prop("mailingProduct", product)(report)

    assert read_report(changed(change)).cost_class is cost


@pytest.mark.parametrize(
    ("text", "sheets"), [("5", 5), ("many", None), ("", None), ("²", None), ("9" * 5000, None)]
)
def test_sheets_that_are_no_number_are_unknown(text: str, sheets: int | None) -> None:
    assert read_report(changed(prop("totalSheets", text))).sheets == sheets


@pytest.mark.parametrize(
    "properties",
    [None, [], [{"key": "totalSheets", "value": "1"}], "anything"],
    ids=["absent", "none", "one", "odd"],
)
def test_a_rejected_letter_needs_no_despatch_properties(properties: Any) -> None:
    def change(report: dict[str, Any]) -> None:
        report["data"]["jobStatus"] = "REJECTED"
        del report["data"]["despatchProperties"]
        if properties is not None:
            report["data"]["despatchProperties"] = properties

    report = read_report(changed(change))

    assert (report.status, report.cost_class, report.sheets) == (JobStatus.REJECTED, None, None)


ENUM = "[1ST, 2ND, INTERNATIONAL]"


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        (lambda r: r.pop("id"), ["id is a required property"]),
        (lambda r: (r.pop("metadata"), r.pop("time")),
         ["time is a required property", "metadata is a required property"]),
        (lambda r: r.update(id=5), ["id 5 is not of type string"]),
        (lambda r: r.update(metadata={}), ["metadata correlationId is a required property"]),
        (lambda r: r.update(metadata=None), ["metadata None is not of type object"]),
        (lambda r: r.update(data=[1]), ["data [1] is not of type object"]),
        (lambda r: r.update(dataContentType="text/plain"),
         ["dataContentType text/plain is not one of [application/json]"]),
        (lambda r: r["data"].pop("jobId"), ["data jobId is a required property"]),
        (lambda r: r["data"].update(jobId="x"), ["data is not a valid UUID"]),
        (lambda r: r["data"].update(jobStatus="LOST"), ["data LOST is not one of [DESPATCHED, REJECTED]"]),
        (lambda r: r["data"].update(jobStatus=[]), ["data [] is not one of [DESPATCHED, REJECTED]"]),
        (lambda r: r["data"].pop("despatchProperties"), ["data despatchProperties is a required property"]),
        (lambda r: r["data"].update(transitionDate="2026-07-14"), ["data 2026-07-14 is not a date-time"]),
        (lambda r: r["data"].update(transitionDate="2026-02-30T00:00:00Z"),
         ["data 2026-02-30T00:00:00Z is not a date-time"]),
        (lambda r: r["data"].update(despatchProperties={}), ["data {} is not of type array"]),
        (lambda r: r["data"].update(despatchProperties=[]), ["data [] is too short"]),
        (lambda r: r["data"]["despatchProperties"].append("x"), ["data x is not of type object"]),
        (lambda r: r["data"]["despatchProperties"].append({"key": "a"}), ["data value is a required property"]),
        (prop("postageClass", "3RD"), [f"data 3RD is not one of {ENUM}"]),
        (prop("totalSheets", 2), ["data 2 is not of type string"]),
        (
            lambda r: r["data"].update(despatchProperties=[{"key": "a", "value": "b"}] * 3),
            ["data [{key: a, value: b}, {key: a, value: b}, {key: a, value: b}] has non-unique elements"],
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_a_wrong_report(
    change: Callable[[dict[str, Any]], object], messages: list[str]
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_report(changed(change))

    assert [violation.message for violation in refused.value.violations] == messages


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(RuleBroken, match="Invalid JSON supplied in POST data"):
        read_report(body)


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"5"])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="is not of type object"):
        read_report(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(
    st.sampled_from(["id", "time", "data", "metadata", "dataContentType"])
    | st.sampled_from(list(REPORT["data"])),
    JSON,
)
def test_no_value_anywhere_is_more_than_a_wrong_report(name: str, value: Any) -> None:
    def change(report: dict[str, Any]) -> None:
        (report if name in report else report["data"])[name] = value

    with contextlib.suppress(InvalidRequest):
        read_report(changed(change))
