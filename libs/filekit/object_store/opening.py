"""Making the object store that a setting names."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from filekit.object_store.local_folder import LocalFolder
from filekit.object_store.s3 import S3Bucket, S3Place
from filekit.object_store.store import ObjectStore


def open_object_store(
    url: str, *, access_key_id: str | None = None, secret_access_key: str | None = None
) -> ObjectStore:
    """Return the store that `url` names. Raises ValueError when it names none. Nothing is reached yet.

    `s3://bucket/prefix`, with `?region=…`, `endpoint_url=…` (a server other than AWS) and `kms_key_id=…` where
    they are needed; or the path of a folder, also as `file:///path`. Without keys, those of the machine are
    used (boto3's rules).
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        unknown = options.keys() - {"region", "endpoint_url", "kms_key_id"}
        if not parts.hostname or unknown:
            raise ValueError("an object store in S3 is s3://bucket, with region, endpoint_url and kms_key_id")
        prefix = parts.path.strip("/")
        return S3Bucket(
            S3Place(
                bucket=parts.netloc,
                prefix=f"{prefix}/" if prefix else "",
                access_key_id=access_key_id,
                secret_access_key=secret_access_key,
                region=options.get("region"),
                endpoint_url=options.get("endpoint_url"),
                kms_key_id=options.get("kms_key_id"),
            )
        )
    if parts.scheme == "file" and not parts.netloc:
        return LocalFolder(Path(unquote(parts.path)))
    if parts.scheme or not url:
        raise ValueError("an object store is s3://bucket or the path of a folder")
    return LocalFolder(Path(url))
