"""Files in a folder of this machine: for one machine, and for development. Nothing here is encrypted.

A file appears whole or not at all: it is written beside its place, flushed to the disk and renamed. Only the
process's user may read it. Metadata is in a file of its own, which is written first.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filekit.object_store.keys import RESERVED_SUFFIX, Area, ObjectKey
from filekit.object_store.store import ObjectInfo, ObjectMissing, StoredObject, checked_metadata
from servicekit.errors import Unavailable

_UNFINISHED = ".unfinished"  # a folder of the root; no area is called so


class LocalFolder:
    """An `ObjectStore`."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def check(self) -> None:
        with _disk():
            self._write(self._root / _UNFINISHED / "check", b"")

    def put(self, key: ObjectKey, data: bytes, metadata: Mapping[str, str] | None = None) -> None:
        noted = checked_metadata(metadata)
        with _disk():
            self._note(key, noted)
            self._write(self._path(key), data)

    def get(self, key: ObjectKey) -> StoredObject:
        with _disk():
            try:
                data = self._path(key).read_bytes()
            except FileNotFoundError:
                raise ObjectMissing(key) from None
            return StoredObject(data=data, metadata=self._metadata(key))

    def get_part(self, key: ObjectKey, start: int, size_bytes: int) -> bytes:
        with _disk():
            try:
                with self._path(key).open("rb") as file:
                    file.seek(start)
                    return file.read(size_bytes)
            except FileNotFoundError:
                raise ObjectMissing(key) from None

    def exists(self, key: ObjectKey) -> bool:
        with _disk():
            return self._path(key).is_file()

    def move(self, source: ObjectKey, target: ObjectKey, metadata: Mapping[str, str] | None = None) -> None:
        noted = None if metadata is None else checked_metadata(metadata)
        with _disk(), self._moving():
            if not self._path(source).is_file():
                if self._path(target).is_file():
                    return
                raise ObjectMissing(source)
            self._note(target, self._metadata(source) if noted is None else noted)
            path = self._path(target)
            _make_folder(path.parent)
            self._path(source).replace(path)
            _flush_folder(path.parent)
            self._metadata_path(source).unlink(missing_ok=True)

    def delete(self, key: ObjectKey) -> None:
        with _disk():
            self._path(key).unlink(missing_ok=True)
            self._metadata_path(key).unlink(missing_ok=True)

    def list(self, area: Area, folder: str = "") -> Iterator[ObjectInfo]:
        prefix = f"{ObjectKey(area, folder).name}/" if folder else ""
        with _disk():
            top = self._root / area.value
            paths = [path for path in top.rglob("*") if path.suffix != RESERVED_SUFFIX]
        for name, path in sorted((path.relative_to(top).as_posix(), path) for path in paths):
            if name.startswith(prefix):
                with suppress(FileNotFoundError, ValueError):  # gone since; not one of ours
                    if path.is_file():
                        yield _info(ObjectKey(area, name), path.stat())

    @contextmanager
    def _moving(self) -> Iterator[None]:
        """One move at a time, of all threads and processes: of two that move the same file, the second must see that
        it is done, and leave the metadata alone."""
        _make_folder(self._root / _UNFINISHED)
        with (self._root / _UNFINISHED / "moving").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _path(self, key: ObjectKey) -> Path:
        return self._root / key.area.value / key.name

    def _metadata_path(self, key: ObjectKey) -> Path:
        return self._path(ObjectKey(key.area, key.name)).with_name(f"{self._path(key).name}{RESERVED_SUFFIX}")

    def _metadata(self, key: ObjectKey) -> dict[str, str]:
        try:
            noted: dict[str, str] = json.loads(self._metadata_path(key).read_bytes())
        except FileNotFoundError:
            return {}
        return noted

    def _note(self, key: ObjectKey, metadata: Mapping[str, str]) -> None:
        path = self._metadata_path(key)
        if metadata:
            self._write(path, json.dumps(metadata).encode())
        else:
            path.unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        unfinished = self._root / _UNFINISHED
        _make_folder(unfinished)
        _make_folder(path.parent)
        with tempfile.NamedTemporaryFile(dir=unfinished, delete=False) as file:  # mode 0600
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        _flush_folder(path.parent)


def _info(key: ObjectKey, stat: os.stat_result) -> ObjectInfo:
    return ObjectInfo(
        key=key, size_bytes=stat.st_size, stored_at=datetime.fromtimestamp(stat.st_mtime, tz=UTC)
    )


def _make_folder(path: Path) -> None:
    # One by one: the mode that mkdir takes is not that of the parents it makes.
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def _flush_folder(path: Path) -> None:
    """Have the disk remember what is called how in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise Unavailable(f"The folder of files can't be used: {err.strerror}") from err
