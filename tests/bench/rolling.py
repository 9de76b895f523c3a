"""A release at 300 texts a second, each service restarted in turn: part of `make bench`.

Prints one line and ends with exit code 1 when a request failed, or a message was lost or doubled.
`python -m tests.bench.rolling --rate 300 --seconds 90`
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.releasing import Released, release

PROCESSES = (
    "api_gateway", "notifications", "notifications-2", "sms", "email", "letters", "documents", "billing",
    "api_gateway", "notifications", "notifications-2", "sms",
)  # fmt: skip
"""Everything once, and what every text passes a second time."""


def main() -> int:
    """Release, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rolling")
    parser.add_argument("--rate", type=float, default=300.0, help="texts a second")
    parser.add_argument("--seconds", type=float, default=90.0, help="how long; longer than the restarts take")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        released = release(
            Path(folder), rate=options.rate, duration_s=options.seconds, processes=PROCESSES, connections=32
        )
    print(
        f"rolling restart at {options.rate:g}/s: {released.restarts} restarts, answers {released.statuses}, "
        f"{released.broken} broken, providers' copies {sorted(released.copies)}, {released.marked} marked, "
        f"p99 {released.p99_ms:.0f} ms"
    )
    for refusal in released.refusals:
        print(refusal)
    return 0 if _is_clean(released, int(options.rate * options.seconds)) else 1


def _is_clean(released: Released, sent: int) -> bool:
    if released.ended_early:
        print("the load ended before the last restart: give more --seconds")
        return False
    answered = released.broken == 0 and released.statuses == {"201": sent}
    return answered and released.copies == {1} and released.marked == 0


if __name__ == "__main__":
    sys.exit(main())
