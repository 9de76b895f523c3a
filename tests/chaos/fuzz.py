"""Bad input at volume: `python -m tests.chaos.fuzz --count 10000000`.

Two ways in: the gateway's whole application, from an ASGI request to its answer, with fakes behind it; and every reader
of what providers and the printer send, of CSV, recipients and receipts. Inputs are good ones that are broken: cut,
doubled, spliced, with bytes and hostile pieces put in. No request may be answered 5xx, no reader may raise anything
but what its docstring names, and memory must not grow. The same seed gives the same inputs; what fails is printed.

Beside it, `tests/e2e/test_fuzz.py` drives a whole system by the API's own OpenAPI document (schemathesis) and at the
edge (hypothesis); NOTIFY_FUZZ_SECONDS lets it search.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import psutil
import structlog

from notifyrules.csv_recipients import read_csv
from notifyrules.email_addresses import parse_email_address
from notifyrules.phone_numbers import parse_any_phone_number, parse_phone_number
from servicekit.errors import InvalidRequest, RuleBroken
from services.api_gateway.json_body import parse_object
from services.email.ses_notifications import UnreadableNotification, read_notification
from services.email.sns import read_message
from services.letters.printing.report_body import read_report
from services.sms.clients import firetext, mmg
from services.sms.inbound import read_basic
from services.sms.inbound_formats import read_firetext, read_mmg
from tests.unit.api_gateway.fakes import TEMPLATE_ID, Gateway, a_token

_AT: Final = datetime(2026, 3, 4, tzinfo=UTC)
_ID: Final = "0195c6a0-0000-7abc-8000-000000000001"
_GROWTH_MB: Final = 64.0
"""Caches fill at first; a leak of one input in ten would be gigabytes."""
_SHARE_OF_REQUESTS: Final = 0.1
"""A request costs ten times as much as reading."""

HOSTILE: Final = (
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\u0000",
    b"NaN",
    b"1e999999",
    b"-0",
    b"9" * 400,
    b"[" * 400,
    b'{"a":' * 200,
    b"null",
    b"true",
    b'""',
    b"%00",
    b"%ff",
    b"%zz",
    b"+",
    b"\r\n",
    b"\t",
    b"'",
    b'"',
    b"((",
    b"))",
    b"((a??",
    "\u202e\u200d\u00ad\u0660\u0131\U0001f469".encode(),
    b"<!ENTITY",
    b"../../",
    b"{}",
    b"[]",
    b"&",
    b"=",
    b";",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    b"\x1f\x8b",
    b"@",
    b"xn--",
    b",",
    b'\n"',
    b"\xef\xbb\xbf",
)

Reader = Callable[[bytes], object]


def _text(read: Callable[[str], object]) -> Reader:
    return lambda body: read(body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something that reads, what it may raise, and what good input looks like."""

    read: Reader
    raises: tuple[type[BaseException], ...]
    good: tuple[bytes, ...]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


_SNS: Final = _json(
    {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": "arn:aws:sns:eu-west-2:0:x",
        "Message": "{}",
        "SignatureVersion": "1",
        "Signature": "AAAA",
        "SigningCertURL": "https://sns.eu-west-2.amazonaws.com/x.pem",
        "Timestamp": "2026-01-01T00:00:00.000Z",
    }
)
_BOUNCE: Final = _json(
    {
        "notificationType": "Bounce",
        "mail": {"messageId": "m", "tags": {"id": [_ID]}, "headers": [{"name": "X", "value": "y"}]},
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "a@b.c"}],
        },
    }
)
_REPORT: Final = _json(
    {
        "id": "1",
        "source": "dvla:x",
        "specVersion": "1",
        "type": "x",
        "time": "2026-01-01T00:00:00Z",
        "dataContentType": "application/json",
        "dataSchema": "x",
        "dataSchemaVersion": "1",
        "data": {
            "notificationId": _ID,
            "jobId": _ID,
            "jobType": "NOTIFY",
            "jobStatus": "DESPATCHED",
            "despatchProperties": [
                {"key": "postageClass", "value": "1ST"},
                {"key": "totalSheets", "value": "5"},
            ],
        },
    }
)

TARGETS: Final[Mapping[str, Target]] = {
    "MMG receipt": Target(
        read=mmg.read_receipt,
        raises=(),
        good=(_json({"CID": _ID, "MSISDN": "447700900123", "status": "3", "substatus": "5"}),),
    ),
    "Firetext receipt": Target(
        read=firetext.read_receipt,
        raises=(),
        good=(f"reference={_ID}&mobile=447700900123&status=0&code=000".encode(),),
    ),
    "MMG inbound": Target(
        read=lambda body: read_mmg(body, _AT),
        raises=(),
        good=(
            _json(
                {
                    "MSISDN": "447700900123",
                    "Number": "40604",
                    "Message": "Hi+%F0%9F%98%80",
                    "ID": "1",
                    "DateRecieved": "2026-01-01+10%3A00%3A00",
                }
            ),
        ),
    ),
    "Firetext inbound": Target(
        read=lambda body: read_firetext(body, _AT),
        raises=(),
        good=(b"source=447700900123&destination=40604&message=Hi&time=2026-01-01 10:00:00",),
    ),
    "Basic credentials": Target(
        read=_text(read_basic), raises=(), good=(b"Basic c2ltdWxhdG9yOnNpbXVsYXRvcg==",)
    ),
    "SNS message": Target(read=read_message, raises=(), good=(_SNS,)),
    "SES notification": Target(
        read=_text(read_notification), raises=(UnreadableNotification,), good=(_BOUNCE,)
    ),
    "printer's report": Target(read=read_report, raises=(InvalidRequest, RuleBroken), good=(_REPORT,)),
    "JSON body": Target(
        read=parse_object,
        raises=(InvalidRequest, RuleBroken),
        good=(_json({"a": {"b": [1, "x", None]}}), _SNS),
    ),
    "CSV": Target(
        read=_text(read_csv),
        raises=(),
        good=(b'phone number,name\n07700900123,"A ""b"""\n', b"a;b\r\n1;2\r\n", b"a\tb\n"),
    ),
    "phone number": Target(
        read=_text(parse_phone_number),
        raises=(ValueError,),
        good=(b"+44 (0)7700 900123", b"001 202 555 0104"),
    ),
    "any phone number": Target(
        read=_text(parse_any_phone_number),
        raises=(ValueError,),
        good=(b"020 7946 0000", b"+33 1 23 45 67 89"),
    ),
    "email address": Target(
        read=_text(parse_email_address), raises=(ValueError,), good=(b"ada+x@example.gov.uk",)
    ),
}

_SMS: Final = {
    "phone_number": "07700900123",
    "template_id": TEMPLATE_ID,
    "personalisation": {"name": "Ada"},
    "reference": "r",
}
_EMAIL: Final = {
    "email_address": "a@example.com",
    "template_id": TEMPLATE_ID,
    "one_click_unsubscribe_url": "https://x.example",
}
_ROWS: Final = [["phone number", "name"], ["07700900123", "Ada"]]
REQUESTS: Final[tuple[tuple[str, str, bytes], ...]] = (
    ("POST", "/v2/notifications/sms", _json(_SMS)),
    ("POST", "/v2/notifications/email", _json(_EMAIL)),
    (
        "POST",
        "/v2/notifications/letter",
        _json({"template_id": TEMPLATE_ID, "personalisation": {"address_line_1": "A"}}),
    ),
    (
        "POST",
        "/v2/notifications/letter",
        _json({"reference": "r", "content": "JVBERi0=", "postage": "first"}),
    ),
    ("POST", "/v2/notifications/bulk", _json({"template_id": TEMPLATE_ID, "name": "n", "rows": _ROWS})),
    ("POST", f"/v2/template/{TEMPLATE_ID}/preview", _json({"personalisation": {"name": "Ada"}})),
    ("GET", "/v2/notifications?status=delivered&template_type=sms&older_than=" + _ID, b""),
    ("GET", f"/v2/notifications/{_ID}", b""),
    ("POST", "/notifications/sms/mmg", TARGETS["MMG receipt"].good[0]),
    ("POST", "/notifications/sms/firetext", TARGETS["Firetext receipt"].good[0]),
    ("POST", "/notifications/sms/receive/mmg", TARGETS["MMG inbound"].good[0]),
    ("POST", "/notifications/email/ses", _SNS),
    ("POST", "/notifications/letter/status?token=x", _REPORT),
    ("POST", f"/unsubscribe/{_ID}/token", b""),
)


def broken(good: bytes, dice: random.Random) -> bytes:
    """A good input after one to four mishaps."""
    made = bytearray(good)
    for _ in range(dice.randint(1, 4)):
        at = dice.randint(0, len(made))
        match dice.randrange(6):
            case 0:
                made[at:at] = dice.choice(HOSTILE)
            case 1:
                del made[at : at + dice.randint(1, 12)]
            case 2:
                del made[at:]
            case 3 if made:
                made[min(at, len(made) - 1)] = dice.randrange(256)
            case 4:
                made[at:at] = made[at : at + dice.randint(1, 40)]
            case _:
                end = min(len(made), at + dice.randint(1, 12))
                made[at:end] = dice.choice(HOSTILE)
    return bytes(made)


@dataclass(slots=True)
class Tally:
    """What a run came to."""

    tried: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def read_broken(count: int, dice: random.Random, tally: Tally) -> None:
    """So many inputs, to the readers in turn."""
    targets = list(TARGETS.items())
    for number in range(count):
        name, target = targets[number % len(targets)]
        body = broken(dice.choice(target.good), dice)
        tally.tried[name] += 1
        try:
            target.read(body)
        except target.raises:
            pass
        except Exception as exc:  # noqa: BLE001 -- whatever it is, is what is looked for
            tally.failures.append(f"{name}: {type(exc).__name__}: {exc} for {body!r}")


async def request_broken(count: int, dice: random.Random, tally: Tally) -> None:
    """So many requests to the gateway's application."""
    gateway = Gateway()
    token = a_token()
    for _ in range(count):
        method, target, good = dice.choice(REQUESTS)
        body = broken(good, dice) if good else b""
        if dice.random() < 0.2:
            target = quote(broken(target.encode(), dice).decode("latin-1"), safe="/?&=%")
        tally.tried["request"] += 1
        answer = await gateway.call(method, target, body=body, token=token if dice.random() < 0.9 else None)
        tally.answers[answer.status] += 1
        if answer.status >= 500 and answer.status != 501:
            tally.failures.append(f"{answer.status} for {method} {target} {body!r}")
        if len(gateway.notifications.created) > 1_000:
            gateway = Gateway()  # what the fakes remember is no leak of ours


def run(
    count: int, seed: int, *, progress: Callable[[Tally], None] = lambda _tally: None
) -> tuple[Tally, float]:
    """Try so many inputs; gives the tally and by how many MB the process grew after the first tenth."""
    dice = random.Random(seed)
    tally = Tally()
    process = psutil.Process()
    at_first = 0.0
    for lot, size in enumerate(_lots(count)):
        requests = round(size * _SHARE_OF_REQUESTS)
        asyncio.run(request_broken(requests, dice, tally))
        read_broken(size - requests, dice, tally)
        if lot == 0:
            at_first = process.memory_info().rss / 2**20
        progress(tally)
    return tally, process.memory_info().rss / 2**20 - at_first


def _lots(count: int) -> Iterator[int]:
    size = max(1, min(100_000, count // 10))
    for first in range(0, count, size):
        yield min(size, count - first)


def main() -> None:
    """Try, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.fuzz")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None, help="else a new one each time")
    options = parser.parse_args()
    seed = random.randrange(10**9) if options.seed is None else options.seed
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(f"seed {seed}", flush=True)
    began = time.monotonic()

    def progress(tally: Tally) -> None:
        print(
            f"{sum(tally.tried.values()):,} tried, {len(tally.failures)} failed, {time.monotonic() - began:.0f} s",
            flush=True,
        )

    tally, grown_mb = run(options.count, seed, progress=progress)
    print("answers:", dict(sorted(tally.answers.items())))
    print(f"the process grew by {grown_mb:.0f} MB after the first tenth")
    for failure in tally.failures[:20]:
        print(failure[:600])
    sys.exit(1 if tally.failures or grown_mb > _GROWTH_MB else 0)


if __name__ == "__main__":
    main()
