"""What is special about files in a folder; what all stores do is tested with S3 beside it."""

import os
import stat
from pathlib import Path

import pytest

from filekit.object_store.keys import Area, ObjectKey
from filekit.object_store.local_folder import LocalFolder
from servicekit.errors import Unavailable

KEY = ObjectKey(Area.LETTERS, "2026-01-05/A.PDF")


def test_only_the_user_may_read_files(tmp_path: Path) -> None:
    store = LocalFolder(tmp_path / "files")
    store.put(KEY, b"x", {"message": "y"})
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "files").rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "files" / "letters").stat().st_mode) & 0o077 == 0


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalFolder(tmp_path)
    store.put(KEY, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="No space left"):
            store.put(KEY, b"new")
    assert store.get(KEY).data == b"old"
    assert [info.key for info in store.list(Area.LETTERS)] == [KEY]
    assert not list((tmp_path / ".unfinished").iterdir())


def test_what_a_crash_left_unfinished_is_no_file(tmp_path: Path) -> None:
    store = LocalFolder(tmp_path)
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished" / "tmp123").write_bytes(b"half")
    assert [info for area in Area for info in store.list(area)] == []


def test_files_of_others_in_the_folder_are_not_listed(tmp_path: Path) -> None:
    store = LocalFolder(tmp_path)
    store.put(KEY, b"x")
    (tmp_path / "letters" / ".DS_Store").write_bytes(b"")
    (tmp_path / "letters" / "a b").write_bytes(b"")
    assert [info.key for info in store.list(Area.LETTERS)] == [KEY]


def test_a_folder_that_cannot_be_made_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        LocalFolder(tmp_path / "file").check()
