"""A process that checks one table and ends: a task on its input, what was found on its output.

`python -m services.notifications.jobs_worker`, started by `jobs_checker`. It imports nothing of gRPC and the
database, so that it starts in a third of a second.
"""

import gc
import os
import sys
from typing import Final

import msgspec

from services.notifications.jobs_checking import CheckTask, check_table

_NICENESS: Final = 5
"""Messages that are sent one at a time come first."""


def main() -> None:
    """Check the table on standard input."""
    os.nice(_NICENESS)
    gc.disable()  # a table makes many objects and no cycles; the process ends with it
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=CheckTask)
    sys.stdout.buffer.write(msgspec.msgpack.encode(check_table(task)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
