"""CPU that checking one text takes: `python -m tests.bench.validation`. No system, no network.

The least of many rounds of 64, as the CPU time of this process: what else the machine does hardly counts.
"""

import json
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from notify.notifications.v1 import notifications_pb2 as pb
from notify.notifications.v1 import types_pb2
from notifyrules.statuses import NotificationType
from servicekit.clock import SystemClock
from servicekit.ids import bucket_of, new_id
from services.api_gateway.json_body import parse_object
from services.api_gateway.schemas import check_body, sms_schema
from services.notifications.convert import notifications as convert
from services.notifications.creating import check_channel, check_new_id
from services.notifications.new_notifications import NewNotification
from services.notifications.preparing import parse_recipient_number, prepare_text
from tests.bench.system import TEXT
from tests.unit.notifications.builders import SERVICE_ID, a_service, a_template

_TEXTS = 64
_ROUNDS = 200


def measure() -> dict[str, float]:
    """Microseconds of CPU a text, by step."""
    clock, service, template = SystemClock(), a_service(), a_template(TEXT)
    schema = sms_schema(clock)
    raw = json.dumps(
        {
            "phone_number": "07400000000",
            "template_id": str(template.id),
            "personalisation": {"name": "Ada Lovelace", "code": "482915"},
        }
    ).encode()
    body = parse_object(raw)
    messages = [_message(number, template.id) for number in range(_TEXTS)]
    items = [item for item in map(convert.new_notification, messages) if isinstance(item, NewNotification)]
    numbers = [parse_recipient_number(item.recipient) for item in items]
    now = clock.now()
    steps: dict[str, Callable[[], object]] = {
        "shape of the body (gateway)": lambda: _each(items, lambda _: check_body(schema, raw, body)),
        "ids and enums off the wire": lambda: [convert.new_notification(message) for message in messages],
        "id and channel": lambda: _each(items, _check_ids),
        "number": lambda: [parse_recipient_number(item.recipient) for item in items],
        "personalisation, recipient, filling in, length": lambda: [
            prepare_text(item, number, service, template, multiplier=1)
            for item, number in zip(items, numbers, strict=True)
        ],
    }

    def _check_ids(item: NewNotification) -> None:
        check_new_id(item.id, item.service_id, now)
        check_channel(service, NotificationType.SMS)

    found = {name: _least_us(step) for name, step in steps.items()}
    return {**found, "together": round(sum(found.values()), 2)}


def _each(items: Sequence[NewNotification], check: Callable[[NewNotification], None]) -> None:
    for item in items:
        check(item)


def _message(number: int, template_id: UUID) -> pb.NewNotification:
    return pb.NewNotification(
        id=str(new_id(bucket=bucket_of(SERVICE_ID))),
        service_id=str(SERVICE_ID),
        key_type=types_pb2.KEY_TYPE_NORMAL,
        type=types_pb2.NOTIFICATION_TYPE_SMS,
        template_id=str(template_id),
        recipient=f"0740{number:07d}",
        personalisation_json='{"name":"Ada Lovelace","code":"482915"}',
    )


def _least_us(step: Callable[[], object]) -> float:
    def once() -> int:
        before = time.process_time_ns()
        step()
        return time.process_time_ns() - before

    return round(min(once() for _ in range(_ROUNDS)) / _TEXTS / 1000, 2)


if __name__ == "__main__":
    for name, microseconds in measure().items():
        print(f"{microseconds:7.2f} µs  {name}")
