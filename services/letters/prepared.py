"""What became of preparing a letter, in the words of the table and in those of the delivery queue. Pure.

Used by `preparing`, which does the work.
"""

import json
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from deliverykit.types import (
    Delivery,
    LetterContent,
    LetterFailed,
    LetterPrepared,
    Outcome,
    PrecompiledLetter,
    RetryLater,
)
from filekit.object_store.keys import Area, ObjectKey
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus
from services.letters.letter_files import letter_key, letter_key_of_test_key, upload_key
from services.letters.letters import VIRUS_FOUND, Letter, LetterState
from services.letters.rendering.worker_process import RenderReply
from services.letters.uploads.outcomes import UploadResult

_PAUSE: Final = timedelta(seconds=10)
"""Until the next try when something that every letter needs is away, or a worker was lost."""


class NotReady(StrEnum):
    """Why a delivery is to be tried again: error codes."""

    OBJECT_STORE = "object_store_away"
    SCANNER = "scanner_away"
    DATABASE = "database_away"
    WORKER = "worker_lost"
    """A worker process was ended from outside."""
    RENDERING = "rendering_failed"


_NOT_THE_LETTER: Final = frozenset({NotReady.OBJECT_STORE, NotReady.SCANNER, NotReady.DATABASE})
"""Such a try is not counted. A lost worker is: the system may have ended it for this letter's sake."""


class NeverReady(StrEnum):
    """Why a delivery ends as a technical failure: error codes."""

    FILE_MISSING = "file_missing"
    """The upload is gone from quarantine."""
    FILE_TOO_LARGE = "file_too_large_to_scan"
    ATTACHMENT = "attachment_unusable"
    VALUES = "values_unreadable"


def retry(why: NotReady) -> RetryLater:
    """The result of a try that can't succeed now."""
    if why is NotReady.RENDERING:
        return RetryLater(error_code=why.value)
    return RetryLater(error_code=why.value, delay=_PAUSE, no_provider=why in _NOT_THE_LETTER)


def outcome_of(letter: Letter) -> Outcome:
    """What notifications are told of a letter that has its row."""
    if letter.state is LetterState.CANCELLED:
        # Notifications asked for it, and may have stopped before they noted it themselves.
        return LetterFailed(status=NotificationStatus.CANCELLED, reason_code="cancelled")
    if letter.fault is not None:
        infected = letter.state is LetterState.INFECTED
        status = NotificationStatus.VIRUS_SCAN_FAILED if infected else NotificationStatus.VALIDATION_FAILED
        return LetterFailed(
            status=status,
            reason_code=letter.fault,
            page_count=letter.page_count,
            invalid_pages=letter.invalid_pages,
        )
    if letter.page_count is None or letter.postage is None:
        raise ValueError("a letter without fault has pages and postage")
    return LetterPrepared(
        page_count=letter.page_count,
        sheets=letter.sheets,
        postage=letter.postage,
        address_lines=letter.address_lines if letter.is_uploaded else None,
    )


def templated_letter(
    delivery: Delivery, content: LetterContent, rendered: RenderReply, address_lines: tuple[str, ...]
) -> Letter:
    """The row of a letter that was made from a template."""
    counted = replace(_begun(delivery, content), page_count=rendered.page_count, address_lines=address_lines)
    if rendered.fault is not None:
        return _refused(counted, rendered.fault.value)
    is_test = delivery.key_type is KeyType.TEST
    return replace(
        counted,
        sheets=0 if is_test else (rendered.page_count + 1) // 2,
        object_key=_key(delivery, content.reference, content.postage),
    )


def uploaded_letter(delivery: Delivery, content: LetterContent, result: UploadResult) -> Letter:
    """The row of a letter that was uploaded and checked."""
    postage = result.postage or content.postage
    checked = replace(
        _begun(delivery, content),
        postage=postage,
        page_count=result.page_count,
        sheets=result.sheets,
        address_lines=result.address_lines,
        invalid_pages=result.invalid_pages or (),
    )
    if result.problem is not None:
        return _refused(checked, result.problem.value)
    return replace(checked, object_key=_key(delivery, content.reference, postage))


def infected_letter(delivery: Delivery, content: LetterContent) -> Letter:
    """The row of a letter with a virus, whose file nobody gets to see."""
    return replace(_begun(delivery, content), state=LetterState.INFECTED, fault=VIRUS_FOUND)


def metadata_of(letter: Letter) -> dict[str, str]:
    """What is noted beside the file of a letter that failed a check; nothing for others."""
    if letter.fault is None:
        return {}
    return {
        "message": letter.fault,
        "page_count": "null" if letter.page_count is None else str(letter.page_count),
        "invalid_pages": json.dumps(letter.invalid_pages or None),
    }


def _begun(delivery: Delivery, content: LetterContent) -> Letter:
    """What is known before anything was found; the state is that of a letter that is fine."""
    return Letter(
        notification_id=delivery.notification_id,
        service_id=delivery.service_id,
        state=LetterState.PRETENDED if delivery.key_type is KeyType.TEST else LetterState.READY,
        state_changed_at=delivery.created_at,  # the store has its own
        created_at=delivery.created_at,
        key_type=delivery.key_type,
        is_uploaded=isinstance(content.letter, PrecompiledLetter),
        reference=content.reference,
        postage=content.postage,
    )


def _refused(letter: Letter, fault: str) -> Letter:
    return replace(
        letter,
        state=LetterState.INVALID,
        fault=fault,
        sheets=0,
        object_key=upload_key(Area.INVALID, str(letter.notification_id)),
    )


def _key(delivery: Delivery, reference: str, postage: Postage) -> ObjectKey:
    place = letter_key_of_test_key if delivery.key_type is KeyType.TEST else letter_key
    return place(reference, postage, delivery.created_at)
