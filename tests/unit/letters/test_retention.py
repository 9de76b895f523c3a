"""How long files of letters stay."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from filekit.object_store.keys import Area, ObjectKey
from filekit.object_store.opening import open_object_store
from services.letters.retention import KEPT_FOR, delete_expired


def test_what_was_kept_for_long_enough_is_deleted(tmp_path: Path) -> None:
    store = open_object_store(str(tmp_path))
    original, letter = ObjectKey(Area.ORIGINALS, "A.PDF"), ObjectKey(Area.LETTERS, "A.PDF")
    store.put(original, b"x")
    store.put(letter, b"x")
    now = datetime.now(UTC) + timedelta(minutes=5)
    assert delete_expired(store, Area.ORIGINALS, now) == 0
    later = now + KEPT_FOR[Area.ORIGINALS]
    assert [delete_expired(store, area, later) for area in (Area.ORIGINALS, Area.LETTERS)] == [1, 0]
    assert not store.exists(original)
    assert store.exists(letter)
