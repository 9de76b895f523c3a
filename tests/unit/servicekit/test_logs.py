"""Log lines: what is in them, and above all what is not."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator

import psycopg
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from servicekit import logs, request_context
from servicekit.errors import InvalidRequest, Unavailable, Violation
from servicekit.logs import FORBIDDEN_KEYS, REMOVED, describe_exception, remove_forbidden

NUMBER = "07700900123"


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, root.level = before[0], before[1]
    logging.captureWarnings(False)
    structlog.reset_defaults()


def _lines(capsysbinary: pytest.CaptureFixture[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def test_a_line_says_what_when_where_and_for_which_request(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    logs.configure("sms")
    with request_context.request_scope(request_id="abc123"):
        logs.get_logger().info("delivery_sent", notification_id="n1", attempt=2)

    (line,) = _lines(capsysbinary)
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "event": "delivery_sent",
        "level": "info",
        "service": "sms",
        "request_id": "abc123",
        "notification_id": "n1",
        "attempt": 2,
    }


async def test_lines_of_one_turn_are_written_together_and_in_order(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    logs.configure("sms")
    logger = logs.get_logger()
    for name in ("one_done", "two_done"):
        logger.info(name)
    before = _lines(capsysbinary)
    await asyncio.sleep(0)

    assert (before, [line["event"] for line in _lines(capsysbinary)]) == ([], ["one_done", "two_done"])


async def test_what_somebody_must_see_is_written_at_once_after_what_waits(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    logs.configure("sms")
    logs.get_logger().info("one_done")
    logs.get_logger().warning("two_failed")

    assert [line["event"] for line in _lines(capsysbinary)] == ["one_done", "two_failed"]


def test_lines_below_the_level_are_not_written(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    logs.configure("sms", "warning")
    logs.get_logger().info("delivery_sent")

    assert _lines(capsysbinary) == []


@pytest.mark.parametrize(
    "key", [*sorted(FORBIDDEN_KEYS), "Recipient", "csrf_token", "client_secret", "to_number"]
)
def test_values_of_forbidden_keys_are_removed(key: str) -> None:
    assert remove_forbidden(None, "", {key: NUMBER}) == {key: REMOVED}


def test_forbidden_keys_are_found_inside_values() -> None:
    cleaned = remove_forbidden(None, "", {"item": {"id": 1, "to": NUMBER, "more": {"body": "hello"}}})

    assert cleaned == {"item": {"id": 1, "to": REMOVED, "more": {"body": REMOVED}}}


def test_ids_and_counts_stay() -> None:
    event = {
        "event": "x",
        "notification_id": "n",
        "service_id": "s",
        "template_id": "t",
        "items": 3,
        "code": "OK",
    }

    assert remove_forbidden(None, "", dict(event)) == event


def _raised(exc: Exception) -> Exception:
    try:
        raise exc
    except Exception as caught:  # noqa: BLE001 -- gives the exception its traceback
        return caught


def test_an_exception_is_told_by_type_and_place_only() -> None:
    described = describe_exception(_raised(ValueError(f"bad number {NUMBER}")))

    assert described["type"] == "builtins.ValueError"
    assert "test_logs.py" in str(described["at"])
    assert NUMBER not in str(described)


def test_causes_are_told_the_same_way() -> None:
    error = Unavailable("The database is not available")
    error.__cause__ = psycopg.errors.UniqueViolation(f"Key (recipient)=({NUMBER}) exists")

    described = describe_exception(error)

    assert described["said"] == "The database is not available"
    assert described["cause"] == {
        "type": "psycopg.errors.UniqueViolation",
        "sqlstate": "23505",
        "constraint": None,
    }


def test_the_text_of_a_refused_request_is_not_told() -> None:
    described = describe_exception(InvalidRequest([Violation("to", f"to {NUMBER} is too long")]))

    assert NUMBER not in str(described)
    assert described["reason"] == "INVALID_REQUEST"


def test_exceptions_in_a_group_are_told_one_by_one() -> None:
    described = describe_exception(ExceptionGroup(NUMBER, [KeyError(NUMBER), ValueError(NUMBER)]))

    assert NUMBER not in str(described)
    assert "KeyError" in str(described["exceptions"])


def test_exc_info_is_reduced(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    logs.configure("sms")
    try:
        raise KeyError(NUMBER)
    except KeyError:
        logs.get_logger().exception("send_failed")

    (line,) = _lines(capsysbinary)
    assert NUMBER not in str(line)
    assert "KeyError" in str(line["exception"])


def test_libraries_lines_come_out_in_the_same_form_without_their_arguments(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    logs.configure("sms")
    logging.getLogger("aiohttp.client").warning("could not send to %s", NUMBER)

    (line,) = _lines(capsysbinary)
    assert (line["event"], line["library"], line["level"]) == ("library_logged", "aiohttp.client", "warning")
    assert line["said"] == "could not send to %s"


def test_libraries_exceptions_are_reduced(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    logs.configure("sms")
    try:
        raise ValueError(NUMBER)
    except ValueError:
        logging.getLogger("grpc._cython").exception("Unexpected error")

    (line,) = _lines(capsysbinary)
    assert NUMBER not in str(line)
    assert "ValueError" in str(line["exception"])


def test_harmless_libraries_are_quoted_in_full(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    logs.configure("sms")
    logging.getLogger("alembic.runtime.migration").info("Running upgrade %s -> %s", "0001", "0002")

    (line,) = _lines(capsysbinary)
    assert line["said"] == "Running upgrade 0001 -> 0002"


@given(
    st.dictionaries(st.text(max_size=10), st.one_of(st.integers(), st.binary(), st.builds(object), st.text()))
)
def test_a_line_can_always_be_written(values: dict[str, object]) -> None:
    json.loads(logs._line_maker("sms")(None, "info", {"event": "x", **values}))


def test_a_reader_that_has_gone_does_not_hurt(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        class buffer:  # noqa: N801 -- the name of the attribute of a text stream
            @staticmethod
            def write(_line: bytes) -> None:
                raise BrokenPipeError

            @staticmethod
            def flush() -> None: ...

    monkeypatch.setattr(sys, "stdout", Gone)
    logs.configure("sms")

    logs.get_logger().info("delivery_sent")
