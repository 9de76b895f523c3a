"""`python -m simulators`: runs until SIGTERM or Ctrl-C."""

import asyncio
import signal
import sys

import structlog
import uvloop

from simulators.config import Config, read_arguments
from simulators.server import start

_log = structlog.get_logger("simulators")


async def run(config: Config) -> int:
    """Run until the process is told to stop. Returns the exit code."""
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    try:
        running = await start(config)
    except (OSError, ValueError) as error:
        _log.error("simulators_not_started", reason=str(error))
        return 1
    await told_to_stop.wait()
    await running.stop()
    return 0


def main() -> None:
    """Read the command line, log as JSON lines on standard output, and run."""
    config = read_arguments(sys.argv[1:])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ]
    )
    sys.exit(uvloop.run(run(config)))


if __name__ == "__main__":
    main()
