"""What can be set when the simulators start; `python -m simulators --help` prints it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from simulators.provider import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings; the defaults suit one machine."""

    data_dir: Path  # for the SNS key and for receipts that could not be sent; made where it is missing
    gateway_url: str = "http://127.0.0.1:6011"  # where receipts go
    host: str = "127.0.0.1"
    port: int = 6030  # 0: a free one
    public_url: str | None = None  # how the gateway reaches the simulators; None: http://<host>:<port>
    receipts: Literal["on", "off"] = "on"
    mmg_receipt_delay_ms: int = 50
    firetext_receipt_delay_ms: int = 50
    ses_receipt_delay_ms: int = 50
    dvla_receipt_delay_ms: int = 1000
    timing: Timing = field(default_factory=Timing)
    receipt_connections: int = 64
    retry_receipts_for_s: float = 600.0
    keep_messages: int = 2_000
    keep_references: int = 3_000_000
    sns_topic_arn: str = "arn:aws:sns:eu-west-2:000000000000:ses-notifications"
    sns_signature_version: Literal["1", "2"] = "2"
    sns_subscribe: Literal["at-start", "on-demand"] = "at-start"


def read_arguments(arguments: Sequence[str]) -> Config:
    """Read the command line. Exits with a usage message where it is wrong."""
    defaults = Config(data_dir=Path())
    parser = argparse.ArgumentParser(
        prog="python -m simulators",
        description="Stand-ins for MMG, Firetext, SES, SNS, DVLA and services' callback endpoints.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--data-dir", type=Path, required=True, help="folder for the SNS key and unsent receipts")
    add("--gateway-url", help="where receipts are posted")
    add("--host", help="address to listen on")
    add("--port", type=int, help="port to listen on, 0 for a free one")
    add("--public-url", help="how the gateway reaches the simulators; None: http://HOST:PORT")
    add("--receipts", choices=("on", "off"), help="off: accept all, report on none")
    for name in ("mmg", "firetext", "ses", "dvla"):
        add(f"--{name}-receipt-delay-ms", type=int, help="from accepting a message to its first receipt")
    add("--late-receipt-s", type=float, help="how much later late receipts are")
    add(
        "--receipt-connections",
        type=int,
        default=defaults.receipt_connections,
        help="to the gateway, at most",
    )
    add(
        "--retry-receipts-for-s",
        type=float,
        default=defaults.retry_receipts_for_s,
        help="then they are given up",
    )
    add("--keep-messages", type=int, help="newest ones kept in full")
    add("--keep-references", type=int, help="kept for counting")
    add("--sns-topic-arn", help="topic of the notifications")
    add(
        "--sns-signature-version",
        choices=("1", "2"),
        default=defaults.sns_signature_version,
        help="2: SHA-256",
    )
    add(
        "--sns-subscribe",
        choices=("at-start", "on-demand"),
        default=defaults.sns_subscribe,
        help="when to ask",
    )
    names = {field.name for field in fields(Config)} - {"data_dir", "timing"}
    parser.set_defaults(
        late_receipt_s=defaults.timing.late_receipt_s, **{name: getattr(defaults, name) for name in names}
    )
    values = vars(parser.parse_args(arguments))
    timing = Timing(late_receipt_s=values.pop("late_receipt_s"))
    return Config(**values, timing=timing)
