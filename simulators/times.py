"""Times as the simulators keep and write them: microseconds since 1970 in, the providers' spellings out."""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONDON = ZoneInfo("Europe/London")


def now_us() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


def later(time_us: int, delay_s: float) -> int:
    return time_us + round(delay_s * 1_000_000)


def iso_us(time_us: int) -> str:
    """Return `2026-01-02T03:04:05.678901Z`: what our own endpoints write."""
    return (_EPOCH + timedelta(microseconds=time_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def iso_ms(time_us: int) -> str:
    """Return `2026-01-02T03:04:05.678Z`: what SNS and SES write."""
    return f"{iso_us(time_us)[:-4]}Z"


def iso_s(time_us: int) -> str:
    """Return `2026-01-02T03:04:05Z`: what the print provider writes."""
    return f"{iso_us(time_us)[:-8]}Z"


def uk_local(time_us: int) -> str:
    """Return `2026-01-02 03:04:05` in UK local time: what the text providers write in their receipts."""
    return _uk_local(time_us // 1_000_000)


@lru_cache(maxsize=64)
def _uk_local(time_s: int) -> str:
    return (_EPOCH + timedelta(seconds=time_s)).astimezone(_LONDON).strftime("%Y-%m-%d %H:%M:%S")
