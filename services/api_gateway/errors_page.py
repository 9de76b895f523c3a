"""Writes docs/errors.md from the table of public errors: `python -m services.api_gateway.errors_page`."""

import sys
from pathlib import Path

from services.api_gateway.errors import (
    BY_REASON,
    BY_TYPE,
    METHOD_MESSAGE,
    NOT_FOUND_MESSAGE,
    OUR_FAULT,
    PublicError,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def errors_page() -> str:
    """The text of docs/errors.md."""
    lines = [
        "# Public errors",
        "",
        "Made by `python -m services.api_gateway.errors_page` from the table in",
        "`services/api_gateway/errors.py`; do not edit.",
        "A reason counts before a type. Where no message is given, the error's own is shown.",
        "",
        "| Reason | Status | `error` | Message |",
        "|---|---|---|---|",
        *(_row(reason, row) for reason, row in BY_REASON.items()),
        "",
        "| Exception | Status | `error` | Message |",
        "|---|---|---|---|",
        *(_row(kind.__name__, row) for kind, row in BY_TYPE.items()),
        _row("anything else", OUR_FAULT),
        "",
        "| HTTP | Status | Message |",
        "|---|---|---|",
        f"| no such path | 404 | {NOT_FOUND_MESSAGE} |",
        f"| no such method | 405 | {METHOD_MESSAGE} |",
        "",
        'Under `/v2` the body is `{"status_code": <status>, "errors": [{"error": …, "message": …}, …]}`;',
        'elsewhere, and for unknown paths and methods, `{"result": "error", "message": …}`.',
        "429 and 503 carry `Retry-After` where it is known.",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, row: PublicError) -> str:
    return f"| {name} | {row.status} | {row.error} | {row.message or ''} |"


if __name__ == "__main__":
    PAGE.write_text(errors_page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE} written\n")
