"""Log files stay small, and their ends can be read."""

from pathlib import Path

from clients.notifyctl.stack.logfiles import open_log, rotate, tail


def test_large_log_is_moved_aside_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "sms.log"
    with open_log(path) as log:
        log.write(b"old" * 10)
        log.flush()
        rotate(path, max_bytes=20)
        log.write(b"new")
    assert path.read_bytes() == b"new"
    assert path.with_name("sms.log.1").read_bytes() == b"old" * 10


def test_small_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sms.log"
    path.write_text("few words")
    rotate(path, max_bytes=20)
    assert [file.name for file in tmp_path.iterdir()] == ["sms.log"]


def test_tail_tells_the_error_and_not_the_inside_of_its_traceback(tmp_path: Path) -> None:
    path = tmp_path / "sms.log"
    path.write_text(
        '{"event": "a"}\nTraceback (most recent call last):\n  File "x.py"\n    y()\nValueError: no\n\n'
    )
    assert tail(path, 2) == ["Traceback (most recent call last):", "ValueError: no"]


def test_tail_of_no_file_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log", 3) == []
