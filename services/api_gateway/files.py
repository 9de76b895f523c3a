"""Files among the values of an email: taken out of the request, stored, and replaced by their links.

Order (public contract, section 8): the notifications service checks everything else about the email first, with
the files' content taken out, and says when it is the files' turn; then they are stored; then the email is made
with links. An email that was made before under the same idempotency key is answered before anything is stored.
Called by `v2.post_notification`. Rules of a file's shape are the notifications service's.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from notify.notifications.v1 import notifications_pb2
from servicekit.errors import DeadlineExceeded, RuleBroken, ServiceError, Unavailable
from servicekit.logs import get_logger
from services.api_gateway.errors import NOT_BASE64
from services.api_gateway.json_body import to_json
from services.api_gateway.ports import DocumentsPort, NewFile, StoredFile

FILES_NOT_STORED: Final = "FILES_NOT_STORED"
"""Reason with which the notifications service says that it is the files' turn."""

_DEFAULT_WEEKS: Final = 26

_log = get_logger()

Create = Callable[[str], Awaitable[notifications_pb2.CreatedNotification]]
"""Makes the email with this personalisation, as JSON."""


def has_files(body: Mapping[str, Any]) -> bool:
    """Whether a request has files among its values; its shape was checked."""
    return any(map(_is_file, (body.get("personalisation") or {}).values()))


def length_of_files(body: Mapping[str, Any]) -> int:
    """How many characters of a request are files in base64, whatever else it is."""
    values = body.get("personalisation")
    if not isinstance(values, dict):
        return 0
    return sum(
        len(value["file"]) for value in values.values() if _is_file(value) and isinstance(value["file"], str)
    )


def values_without_files(body: Mapping[str, Any]) -> str:
    """The personalisation as JSON, with the content of files left out."""
    values = body["personalisation"]
    return to_json({name: _without_content(value) for name, value in values.items()})


async def create_with_files(
    documents: DocumentsPort, service_id: str, body: Mapping[str, Any], create: Create
) -> notifications_pb2.CreatedNotification:
    """Make an email whose personalisation has files. Raises whatever refuses it or one of its files.

    When it is refused after files were stored, they are deleted; when nobody knows whether it was made, they
    stay, and expire if it was not.
    """
    try:
        # Recipients that are only simulated, and repeated requests, are answered here.
        return await create(values_without_files(body))
    except RuleBroken as turn:
        if turn.reason != FILES_NOT_STORED:
            raise
    values: dict[str, Any] = dict(body["personalisation"])
    stored: list[StoredFile] = []
    try:
        for name, value in values.items():
            if _is_file(value):
                stored.append(await documents.store(_new_file(value, service_id, body["email_address"])))
                values[name] = stored[-1].url
        created = await create(to_json(values))
    except (Unavailable, DeadlineExceeded):
        raise
    except ServiceError:
        await _delete(documents, service_id, stored)
        raise
    if created.replayed:
        # Another request with the same key was faster; its links are in the email.
        await _delete(documents, service_id, stored)
    return created


def _is_file(value: object) -> bool:
    return isinstance(value, dict) and "file" in value


def _without_content(value: Any) -> Any:
    if _is_file(value) and isinstance(value["file"], str):
        return {**value, "file": ""}
    return value


def _new_file(value: Mapping[str, Any], service_id: str, email_address: str) -> NewFile:
    try:
        # As the public API has always read it: characters that are not of base64 do not count.
        content = base64.b64decode(value["file"])
    except (binascii.Error, ValueError) as err:
        raise RuleBroken(NOT_BASE64, "Document is not base64 encoded") from err
    retention = value.get("retention_period")
    return NewFile(
        service_id=service_id,
        content=content,
        file_name=value.get("filename"),
        is_csv=bool(value.get("is_csv")),
        confirmation_email=(None if value.get("confirm_email_before_download") is False else email_address),
        retention_weeks=_DEFAULT_WEEKS if retention is None else int(retention.split()[0]),
    )


async def _delete(documents: DocumentsPort, service_id: str, stored: list[StoredFile]) -> None:
    """Delete what nobody will be given. What can't be deleted now expires."""
    for file in stored:
        try:
            await documents.delete(service_id, file.document_id)
        except ServiceError as err:
            _log.warning("document_left_behind", document_id=file.document_id, failure=err)
