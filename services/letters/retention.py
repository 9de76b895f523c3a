"""How long files stay, and deleting those that are past it.

The PDF of a letter, valid or not, stays as long as its service keeps letters, so its owner deletes it by name
(`ObjectStore.delete`). Here are the areas with one rule for all files.
"""

from datetime import datetime, timedelta
from typing import Final

from filekit.object_store.keys import Area
from filekit.object_store.store import ObjectStore

KEPT_FOR: Final = {
    Area.ORIGINALS: timedelta(days=7),
    # Files leave these two when their letter is done with. What is left in them is from a crash in between;
    # no letter waits longer than the longest that a service can keep its letters.
    Area.QUARANTINE: timedelta(days=90),
    Area.SANITISED: timedelta(days=90),
}


def delete_expired(store: ObjectStore, area: Area, now: datetime) -> int:
    """Delete what an area has kept for long enough at `now` (UTC), and return how many files that were.

    Areas without a rule keep everything. Raises Unavailable; what is left then goes the next time.
    """
    kept_for = KEPT_FOR.get(area)
    if kept_for is None:
        return 0
    expired = [info.key for info in store.list(area) if info.stored_at < now - kept_for]
    for key in expired:
        store.delete(key)
    return len(expired)
