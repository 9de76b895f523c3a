"""Adapter of the golden vectors: brings together its two halves. check.py loads it from its path."""

import contextlib
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
for _root in (_HERE, _HERE.parents[1] / "libs"):
    if str(_root) not in sys.path:
        sys.path.insert(0, str(_root))

from adapter_recipients import *  # noqa: E402, F403

with contextlib.suppress(ModuleNotFoundError):
    from adapter_content import *  # noqa: F403
