"""The log files of a stack, one for each process in `HOME/logs`: opened, kept small, and read back at the
end.
"""

import shutil
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 20 * 1024 * 1024
"""A file over this size is moved to `<name>.log.1`, so a process never keeps more than twice as much."""
_TAIL_BYTES = 16 * 1024


def open_log(path: Path) -> BinaryIO:
    """Open for appending, which is what makes `rotate` possible while a process writes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def rotate(path: Path, max_bytes: int = MAX_BYTES) -> None:
    """Copy a file that has grown too large aside and empty it.

    The process goes on writing to the same file. Lines written between the copy and the emptying are lost.
    """
    if path.exists() and path.stat().st_size > max_bytes:
        shutil.copyfile(path, path.with_name(path.name + ".1"))
        with path.open("r+b") as log:
            log.truncate(0)


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a file that say something: not empty and not indented, as the inside of a traceback
    is.
    """
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            text = log.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip() and not line[0].isspace()][-lines:]
