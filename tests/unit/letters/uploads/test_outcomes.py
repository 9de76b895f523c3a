"""What people are told about a problem, and what a letter costs in paper."""

import pytest

from services.letters.uploads.outcomes import UploadProblem, UploadResult, problem_message


@pytest.mark.parametrize("problem", UploadProblem)
def test_every_problem_has_words(problem: UploadProblem) -> None:
    assert problem_message(problem, invalid_pages=[1], page_count=1).title


@pytest.mark.parametrize(
    ("pages", "named"), [((2,), "page 2"), ((2, 4), "pages 2 and 4"), ((1, 2, 9), "pages 1, 2 and 9")]
)
def test_pages_with_a_fault_are_named(pages: tuple[int, ...], named: str) -> None:
    message = problem_message(UploadProblem.OUTSIDE_PRINTABLE_AREA, invalid_pages=pages, page_count=9)
    assert message.detail == f"You need to edit {named}."


def test_too_long_letter_is_told_its_length() -> None:
    message = problem_message(UploadProblem.TOO_LONG, invalid_pages=None, page_count=11)
    assert message.detail == (
        "Letters must be 10 pages or less (5 double-sided sheets of paper). Your letter is 11 pages long."
    )


@pytest.mark.parametrize(
    ("page_count", "problem", "sheets"),
    [
        (1, None, 1),
        (2, None, 1),
        (3, None, 2),
        (3, UploadProblem.NOT_A4, 0),
        (None, UploadProblem.UNREADABLE, 0),
    ],
)
def test_sheets_have_two_pages(page_count: int | None, problem: UploadProblem | None, sheets: int) -> None:
    assert UploadResult(page_count=page_count, problem=problem).sheets == sheets
