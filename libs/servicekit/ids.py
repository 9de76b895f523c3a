"""Ids: UUID version 7 that also tell the bucket (the home of a message) and the microsecond.

Layout, high bits first: 48 bits milliseconds since 1970, version 7, 12 bits bucket (the microsecond when
there is none, so that such ids sort by their time), variant, 10 bits microseconds within the millisecond,
12 bits counter, 40 random bits. Version 7 is RFC 9562; sub-millisecond and counter bits are its methods 3
and 1. Ids reveal their creation time, so they are never secrets.

Called by every service before an insert; once a message on the hot path, hence the care about its cost.
Not safe for threads that need the order of ids: two threads may get the same counter (the random bits still
differ).
"""

import os
import re
import time
import zlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, SafeUUID

BUCKETS = 4096
"""Number of buckets; a bucket is 0 to 4095."""

_VERSION = 7 << 76
_VARIANT = 0b10 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER_MASK = 0xFFF
_RANDOM_BYTES = 5 * 1024

# What uuid.UUID() accepts, less what it lets through by accident (spaces, underscores, digits of other
# scripts).
_ID_TEXT = re.compile(r"(?:urn:)?(?:uuid:)?\{*[0-9a-fA-F-]{32,}\}*", re.ASCII)

_new_object = object.__new__
_set_attribute = object.__setattr__
_unknown_safety = SafeUUID.unknown


class _Sequence:
    """The last id's time and counter, and random bytes bought in bulk (a system call per id costs more than
    the id).
    """

    __slots__ = ("counter", "latest_us", "other_counter", "other_us", "random", "random_at")

    def __init__(self) -> None:
        self.latest_us = 0
        self.counter = 0
        self.other_us = 0
        self.other_counter = 0
        self.random = b""
        self.random_at = 0

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]  # starting again is exactly what is meant


_sequence = _Sequence()
os.register_at_fork(after_in_child=_sequence.reset)  # else parent and child would use the same random bytes


def new_id(*, at: datetime | None = None, bucket: int | None = None) -> UUID:
    """Make an id for the time `at` (now when None) and a bucket (or none).

    Ids made by one process for one bucket, or for none, are strictly increasing: without `at`, always (a
    clock that goes back is held still); with `at`, as long as it does not go back and fewer than 4,096 ids
    share a microsecond. Raises ValueError for a bucket outside 0 to 4095 or a time before 1970.
    """
    sequence = _sequence
    if at is None:
        us = time.time_ns() // 1000
        if us > sequence.latest_us:
            sequence.latest_us = us
            counter = sequence.counter = 0
        else:
            us = sequence.latest_us
            counter = sequence.counter + 1
            if counter > _COUNTER_MASK:
                us = sequence.latest_us = us + 1
                counter = 0
            sequence.counter = counter
    else:
        us = _us_since_epoch(at)
        counter = _counter_at(us)

    start = sequence.random_at
    if start >= len(sequence.random) - 5:
        sequence.random = os.urandom(_RANDOM_BYTES)
        start = 0
    ms, us_in_ms = divmod(us, 1000)
    if bucket is None:
        bucket = us_in_ms << 2
    elif not 0 <= bucket < BUCKETS:
        raise ValueError("bucket is not between 0 and 4095")
    sequence.random_at = start + 5
    noise = int.from_bytes(sequence.random[start : start + 5], "big")
    value = ms << 80 | _VERSION | bucket << 64 | _VARIANT | us_in_ms << 52 | counter << 40 | noise
    # UUID(int=value) checks what is known here and costs twice as much as all the rest.
    made = _new_object(UUID)
    _set_attribute(made, "int", value)
    _set_attribute(made, "is_safe", _unknown_safety)
    return made


def _us_since_epoch(at: datetime) -> int:
    since = at - _EPOCH
    if since.days < 0:
        raise ValueError("an id can't hold a time before 1970")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _counter_at(us: int) -> int:
    """The counter for an id whose time was given: it may be any, and is kept exactly."""
    sequence = _sequence
    if us > sequence.latest_us and us <= time.time_ns() // 1000:
        sequence.latest_us, sequence.counter = us, 0
        return 0
    if us == sequence.latest_us:
        sequence.counter = (sequence.counter + 1) & _COUNTER_MASK
        return sequence.counter
    # Of the past, or of a clock that is ahead: later ids without a time must not follow it into the future.
    if us == sequence.other_us:
        sequence.other_counter = (sequence.other_counter + 1) & _COUNTER_MASK
        return sequence.other_counter
    sequence.other_us, sequence.other_counter = us, 0
    return 0


def bucket_of(service_id: UUID) -> int:
    """The bucket (0 to 4095) in which everything of a sending service lives; never changes for an id."""
    return zlib.crc32(service_id.bytes) & 0xFFF


def bucket_in(id: UUID) -> int:
    """The bucket that was put into an id. Raises ValueError when it is not one of ours."""
    return _version_7(id) >> 64 & 0xFFF


def time_of(id: UUID) -> datetime:
    """The time that was put into an id, to the microsecond, in UTC. Raises ValueError when it is not version
    7.
    """
    value = _version_7(id)
    us = (value >> 80) * 1000 + min(value >> 52 & 0x3FF, 999)
    return _EPOCH + timedelta(microseconds=us)


def first_id_at(at: datetime) -> UUID:
    """The smallest id that `new_id` could make at that time: for bounds of partitions and ranges.

    Within one millisecond ids sort by bucket before microsecond, so a range that begins here may also hold
    ids that are up to a millisecond older.
    """
    ms, us_in_ms = divmod(_us_since_epoch(at), 1000)
    return UUID(int=ms << 80 | _VERSION | _VARIANT | us_in_ms << 52)


def parse_id(text: str) -> UUID:
    """Read an id in any form that is a UUID (capitals, no hyphens, braces, `urn:uuid:`), with nothing
    before or after it.

    Source: the public contract, section 1. Raises ValueError, whose text does not repeat the input.
    """
    if not _ID_TEXT.fullmatch(text):
        raise ValueError("not a UUID")
    try:
        return UUID(text)
    except ValueError as err:
        raise ValueError("not a UUID") from err


def _version_7(id: UUID) -> int:
    value = id.int
    if value >> 76 & 0xF != 7:
        raise ValueError("not a version 7 id")
    return value
