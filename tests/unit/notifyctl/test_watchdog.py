"""What the watchdog keeps in mind."""

import io
import os

from clients.notifyctl.stack.watchdog import is_alive, read_charges


def test_removed_processes_are_not_ended() -> None:
    lines = io.StringIO("add 10 15 0\nadd 11 2 3\nremove 10\nremove 99\n")
    assert read_charges(lines) == {11: (2, 3)}


def test_half_a_line_is_ignored() -> None:
    assert read_charges(io.StringIO("add 10 15 0\nadd 11")) == {10: (15, 0)}


def test_this_process_is_alive() -> None:
    assert is_alive(os.getpid())
