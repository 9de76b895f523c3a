"""No delivery without its notification: whatever makes one makes, changes or locks the notification as well.

Instead of a foreign key (docs/adr/0015).
"""

import re

import pytest

from tests.unit.notifications.test_feed_statements import STATEMENTS

MAKING = sorted(name for name, text in STATEMENTS.items() if re.search(r"insert into deliveries\b", text))
_HOLDING = re.compile(
    r"insert into notifications\b|update notifications\b|from notifications\n[^;]*?\n    for update\n",
    re.DOTALL,
)


def test_the_statements_are_found() -> None:
    assert len(MAKING) >= 5


@pytest.mark.parametrize("name", MAKING)
def test_who_makes_a_delivery_holds_its_notification(name: str) -> None:
    before_the_delivery = STATEMENTS[name].split("insert into deliveries", 1)[0]
    assert _HOLDING.search(before_the_delivery)
