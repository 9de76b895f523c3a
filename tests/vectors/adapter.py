"""Adapter of the golden vectors: brings its three parts together. check.py loads it from its path."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
for _root in (_HERE, _HERE.parents[1] / "libs"):
    if str(_root) not in sys.path:
        sys.path.insert(0, str(_root))

from adapter_content import *  # noqa: E402, F403
from adapter_letters_pdf import *  # noqa: E402, F403
from adapter_recipients import *  # noqa: E402, F403
