"""Which store a URL names."""

from pathlib import Path

import pytest

from filekit.object_store.local_folder import LocalFolder
from filekit.object_store.opening import open_object_store
from filekit.object_store.s3 import S3Bucket


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_path_is_a_folder(tmp_path: Path, prefix: str) -> None:
    store = open_object_store(f"{prefix}{tmp_path}/some files")
    assert isinstance(store, LocalFolder)
    store.check()
    assert (tmp_path / "some files").is_dir()


@pytest.mark.parametrize(
    "url",
    ["s3://letters?region=eu-west-2", "s3://letters/notify?region=eu-west-2&endpoint_url=http://127.0.0.1:1"],
)
def test_s3_is_a_bucket(url: str) -> None:
    assert isinstance(open_object_store(url, access_key_id="a", secret_access_key="b"), S3Bucket)


@pytest.mark.parametrize(
    "url", ["", "s3://", "s3:///letters", "https://letters", "file://host/path", "s3://letters?regoin=x"]
)
def test_what_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="object store"):
        open_object_store(url)
