"""Each threat in docs/security.md names its tests, and these exist."""

import re

import pytest

from clients.notifyctl.stack.services import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE)))


def test_every_threat_has_a_test() -> None:
    threats = PAGE.partition("| Who |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(threats) > 15
    for line in threats:
        assert "::test_" in line, line


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_exists(name: str) -> None:
    path, _, test = name.partition("::")
    assert (ROOT / path).exists()
    assert re.search(rf"def {test}\(", (ROOT / path).read_text())
