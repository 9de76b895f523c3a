"""Weekly partitions of `notifications`, by id range: ids begin with their time, so a week is a range of ids.

Made ahead of need by periodic work, and before the first insert at start.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

import structlog

from servicekit.ids import first_id_at
from services.notifications.store import Store

log = structlog.get_logger()

WEEKS_BACK = 2
"""Also the last weeks, so that messages of another system can be brought in."""
WEEKS_AHEAD = 4
CHECK_INTERVAL = timedelta(hours=6)
_NAME = re.compile(r"_(\d{4})_w(\d{2})$", re.ASCII)


def week_of(moment: datetime) -> date:
    """The Monday (UTC) of the week."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def partition_name(monday: date, parent: str = "notifications") -> str:
    """`notifications_2026_w47`, by ISO week."""
    year, week, _ = monday.isocalendar()
    return f"{parent}_{year}_w{week:02}"


def monday_of(partition: str) -> date:
    """The Monday of a partition's week, from its name. Raises ValueError for another name."""
    match = _NAME.search(partition)
    if match is None:
        raise ValueError("not the name of a partition")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


async def ensure_partitions(store: Store, now: datetime) -> int:
    """Make the partitions that are missing around now; gives how many."""
    existing = await store.existing_partitions()
    made = 0
    for offset in range(-WEEKS_BACK, WEEKS_AHEAD + 1):
        monday = week_of(now) + timedelta(weeks=offset)
        if partition_name(monday) not in existing:
            await _make(store, monday)
            made += 1
    if made:
        log.info("partitions_made", count=made)
    return made


async def ensure_week(store: Store, moment: datetime) -> None:
    """Make the partition of the week of a moment, where it is missing: for messages of another system."""
    monday = week_of(moment)
    if partition_name(monday) not in await store.existing_partitions():
        await _make(store, monday)


async def _make(store: Store, monday: date) -> None:
    start = datetime.combine(monday, time(), UTC)
    await store.create_partition(
        partition_name(monday), first_id_at(start), first_id_at(start + timedelta(weeks=1))
    )
