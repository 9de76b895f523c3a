"""The audit believes only a source that knows vulnerabilities, and never takes silence for an answer."""

from typing import Any

import pytest

from tools.audit import KNOWN_BAD, audit

GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


def source(*, canary: dict[str, Any] | None, packages: list[dict[str, Any]] | None = None) -> Any:
    def ask(_source: str, wanted: str) -> dict[str, Any] | None:
        found = [canary] if wanted == KNOWN_BAD and canary is not None else packages
        return None if found is None else {"dependencies": found}

    return ask


@pytest.mark.parametrize(
    ("packages", "strict", "code"),
    [
        ([GOOD], False, 0),
        ([GOOD], True, 0),
        ([GOOD, BAD], False, 1),
        ([UNKNOWN, BAD], True, 1),
        ([GOOD, UNKNOWN], False, 0),
        ([GOOD, UNKNOWN], True, 2),
        (None, False, 0),
        (None, True, 2),
    ],
)
def test_what_was_found_decides(packages: list[dict[str, Any]] | None, strict: bool, code: int) -> None:
    assert audit(source(canary=BAD, packages=packages), strict=strict) == code


@pytest.mark.parametrize(
    "canary", [None, GOOD, UNKNOWN], ids=["away", "knows of nothing", "does not know it"]
)
@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 2)])
def test_a_source_that_misses_a_known_one_is_not_believed(
    canary: dict[str, Any] | None, strict: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(source(canary=canary, packages=None), strict=strict) == code
    assert "NOT LOOKED" in capsys.readouterr().out


def test_what_is_bad_is_named_with_its_cure(capsys: pytest.CaptureFixture[str]) -> None:
    audit(source(canary=BAD, packages=[BAD]), strict=False)
    assert "bad 1: CVE-1, fixed in 2" in capsys.readouterr().out
