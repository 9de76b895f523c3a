"""Files in a bucket of S3, or of a server that speaks its protocol.

Each file is encrypted by the server. Calls are short and tried again by the client library; what fails then is
`Unavailable`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from filekit.object_store.keys import Area, ObjectKey
from filekit.object_store.store import ObjectInfo, ObjectMissing, StoredObject, checked_metadata
from servicekit.errors import Unavailable

_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_BEHIND_THE_END: Final = frozenset({"InvalidRange", "416"})


class _BehindTheEnd(Exception):  # noqa: N818 -- says where it is
    """A part was asked for that begins behind the end of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Place:
    """Which bucket, and how it is reached. Without keys the library looks for them as it always does."""

    bucket: str
    prefix: str = ""  # in front of every name; empty, or ends in a slash
    region: str | None = None
    endpoint_url: str | None = None  # a server other than AWS
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    kms_key_id: str | None = None  # None: keys of the server's own (SSE-S3)
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 20.0
    attempts: int = 3


class S3Bucket:
    """An `ObjectStore`."""

    def __init__(self, place: S3Place) -> None:
        self._bucket = place.bucket
        self._prefix = place.prefix
        self._encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": place.kms_key_id}
            if place.kms_key_id
            else {"ServerSideEncryption": "AES256"}
        )
        session = boto3.session.Session(
            aws_access_key_id=place.access_key_id,
            aws_secret_access_key=place.secret_access_key,
            region_name=place.region,
        )
        self._client: Any = session.client(
            "s3",
            endpoint_url=place.endpoint_url,
            config=Config(
                connect_timeout=place.connect_timeout_s,
                read_timeout=place.read_timeout_s,
                retries={"mode": "standard", "total_max_attempts": place.attempts},
                # Servers other than AWS know buckets by path, and few know the newer checksums.
                s3={"addressing_style": "path" if place.endpoint_url else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def check(self) -> None:
        with _network():
            self._client.head_bucket(Bucket=self._bucket)

    def put(self, key: ObjectKey, data: bytes, metadata: Mapping[str, str] | None = None) -> None:
        noted = checked_metadata(metadata)
        with _network():
            self._client.put_object(
                **self._named(key),
                Body=data,
                Metadata=noted,
                ContentType=_content_type(key),
                **self._encryption,
            )

    def get(self, key: ObjectKey) -> StoredObject:
        with _network(key):
            answer = self._client.get_object(**self._named(key))
            return StoredObject(data=answer["Body"].read(), metadata=dict(answer["Metadata"]))

    def get_part(self, key: ObjectKey, start: int, size_bytes: int) -> bytes:
        wanted = f"bytes={start}-{start + size_bytes - 1}"
        try:
            with _network(key):
                answer = self._client.get_object(**self._named(key), Range=wanted)
                data: bytes = answer["Body"].read()
        except _BehindTheEnd:
            return b""
        return data

    def exists(self, key: ObjectKey) -> bool:
        try:
            with _network(key):
                self._client.head_object(**self._named(key))
        except ObjectMissing:
            return False
        return True

    def move(self, source: ObjectKey, target: ObjectKey, metadata: Mapping[str, str] | None = None) -> None:
        noted = {} if metadata is None else checked_metadata(metadata)
        directive = "COPY" if metadata is None else "REPLACE"
        try:
            with _network(source):
                self._client.copy_object(
                    **self._named(target),
                    CopySource=self._named(source),
                    MetadataDirective=directive,
                    Metadata=noted,
                    ContentType=_content_type(target),
                    **self._encryption,
                )
        except ObjectMissing:
            if self.exists(target):
                return
            raise
        self.delete(source)

    def delete(self, key: ObjectKey) -> None:
        with _network():
            self._client.delete_object(**self._named(key))

    def list(self, area: Area, folder: str = "") -> Iterator[ObjectInfo]:
        within = f"{ObjectKey(area, folder)}/" if folder else f"{area.value}/"
        with _network():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{within}"
            )
            entries = [entry for page in pages for entry in page.get("Contents", [])]
        for entry in entries:
            yield ObjectInfo(
                key=ObjectKey.parse(entry["Key"].removeprefix(self._prefix)),
                size_bytes=entry["Size"],
                stored_at=entry["LastModified"].astimezone(UTC),
            )

    def _named(self, key: ObjectKey) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{key}"}


def _content_type(key: ObjectKey) -> str:
    return "application/pdf" if key.name.upper().endswith(".PDF") else "application/octet-stream"


@contextmanager
def _network(key: ObjectKey | None = None) -> Iterator[None]:
    try:
        yield
    except ClientError as err:
        code = err.response.get("Error", {}).get("Code", "")
        if key is not None and code in _MISSING:
            raise ObjectMissing(key) from None
        if code in _BEHIND_THE_END:
            raise _BehindTheEnd from None
        raise Unavailable(f"The object store refused: {code}") from err
    except (BotoCoreError, OSError) as err:
        raise Unavailable(f"The object store is away: {type(err).__name__}") from err
