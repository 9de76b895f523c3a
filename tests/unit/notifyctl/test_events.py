"""How `notifyctl events` shows changes."""

from clients.notifyctl.events import shortened


def test_long_lists_of_a_change_are_told_by_their_length() -> None:
    row = {"type": "callback.replayed", "before": None, "after": {"callbacks": 9, "of": [{}] * 9, "few": [1]}}

    (short,) = shortened([row])

    assert short["after"] == {"callbacks": 9, "of": "9 of them", "few": [1]}
    assert short["before"] is None
