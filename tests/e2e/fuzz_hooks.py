"""What schemathesis must know of the system that it fuzzes: who calls, and what is real, so that requests get past "no
result found".

Schemathesis runs as a program of its own, which imports this; `test_fuzz.py` starts it, and tells this module the rest
through the environment.
"""

import json
import os
import random
import re
from typing import Any, Final

import schemathesis

from clients.notifyctl.tokens import mint, parse_full_key

API_KEY: Final = "NOTIFY_FUZZ_API_KEY"
"""A full API key."""
IDS: Final = "NOTIFY_FUZZ_IDS"
"""A JSON object: ids that exist. `sms`, `email` and `letter` are templates."""

Case = schemathesis.Case[Any]

_TOKEN_LIFE_S: Final = 10  # it is good for 30
_REAL: Final = 0.8
"""How often something real takes the place of what was made up."""
_RECIPIENTS: Final = {
    "phone_number": ("07700900123", "+44 7700 900 124", "07700900002", "+1 202 555 0104", "020 7946 0000"),
    "email_address": (
        "ada@example.gov.uk",
        "perm-fail@simulator.notify",
        "Ada.Lovelace+x@xn--bcher-kva.example",
    ),
}
_PLACEHOLDERS: Final = ("name", "Na_me", "flag")
_VALUES: Final[tuple[Any, ...]] = (
    True,
    5,
    -0.0,
    1e308,
    "",
    "Ada",
    "((name))",
    "<b>&amp;</b> [x](javascript:y) *_`~",
    "ŵ€…\u200b\u202e👩‍👩‍👧",
    "x" * 5_000,
    "\r\n.\r\n",
    [],
    ["a", None, 3, ["b"]],
    {},
    {"a": {"b": [None]}},
)
_REFUSED: Final[tuple[Any, ...]] = (None, "\x00", "\ud800", {"file": "eA=="}, {"file": 1, "filename": {}})
_BAD: Final = 0.05

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

_ids: dict[str, str] = json.loads(os.environ.get(IDS, "{}"))
_TEMPLATES: Final = tuple(found for channel, found in _ids.items() if channel in ("sms", "email"))


@schemathesis.auth(refresh_interval=_TOKEN_LIFE_S)
class Token:
    """A good token on every request."""

    def get(self, _case: Case, _context: schemathesis.AuthContext) -> str:
        """Make one."""
        return mint(parse_full_key(os.environ[API_KEY]))

    def set(self, case: Case, data: str, _context: schemathesis.AuthContext) -> None:
        """Send it."""
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.check
def no_fault_of_ours(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: Case
) -> None:
    """Whatever was sent. 501 is what we answer to what there is not yet, and the document says where."""
    assert response.status_code < 500 or response.status_code == 501, "a fault of ours"


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Mostly a template and a recipient that exist, and values for what the template asks for. A body that was good
    stays good, and a bad one bad.
    """
    if not isinstance(body, dict) or context.operation is None:
        return body
    choice = random.Random(repr(body))  # the same for the same body, so that what fails can be made smaller
    made = dict(body)
    for name, recipients in _RECIPIENTS.items():
        if isinstance(body.get(name), str) and choice.random() < _REAL:
            made[name] = choice.choice(recipients)
    channel = context.operation.path.rpartition("/")[2]
    template_id = choice.choice(_TEMPLATES) if channel == "bulk" else _ids.get(channel)
    if template_id and _is_id(body.get("template_id")) and choice.random() < _REAL:
        made["template_id"] = template_id
    for name in ("sms_sender_id", "email_reply_to_id"):
        if _is_id(body.get(name)) and choice.random() < _REAL:
            del made[name]
    if choice.random() > _REAL:
        return made
    if channel == "bulk":
        if _is_table(body.get("rows", [])):
            _table(made, choice)
    elif isinstance(body.get("personalisation", {}), dict):
        made["personalisation"] = {name: _value(choice) for name in _PLACEHOLDERS}
    return made


def _table(made: dict[str, Any], choice: random.Random) -> None:
    """Recipients of a bulk send, as rows or as CSV."""
    rows = [[*_RECIPIENTS, *_PLACEHOLDERS], *(_row(choice) for _ in range(choice.randrange(4)))]
    if "csv" not in made:
        made["rows"] = rows
    elif isinstance(made["csv"], str):
        made["csv"] = "\n".join(",".join(str(cell) for cell in row) for row in rows)
        made.pop("rows", None)


def _row(choice: random.Random) -> list[Any]:
    """A row of a list of recipients: mostly one that can be sent."""
    recipients = [choice.choice(found) for found in _RECIPIENTS.values()]
    return [*recipients, *(str(_value(choice)) for _ in _PLACEHOLDERS)]


@schemathesis.hook
def map_path_parameters(_context: schemathesis.HookContext, parameters: Any) -> Any:
    """Mostly an id that exists."""
    if not isinstance(parameters, dict) or not _is_id(parameters.get("id")) or not _ids:
        return parameters
    choice = random.Random(repr(parameters))
    return {**parameters, "id": choice.choice([*_ids.values(), parameters["id"]])}


def _value(choice: random.Random) -> Any:
    return choice.choice(_REFUSED if choice.random() < _BAD else _VALUES)


def _is_table(value: object) -> bool:
    scalars = (str, int, float, bool, type(None))
    return isinstance(value, list) and all(
        isinstance(row, list) and all(isinstance(cell, scalars) for cell in row) for row in value
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
