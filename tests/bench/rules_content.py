"""How long the rules of content take: microseconds per call of what happens for each message.

    .venv/bin/python tests/bench/rules_content.py

The best of several runs counts, as the machine is rarely idle. Rendering a text should take at most 40 µs,
an average email with all its parts at most 1000 µs.
"""

import sys
import timeit
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "libs"))

from notifyrules import sms_content
from notifyrules.placeholders import Personalisation
from notifyrules.sanitising import sanitise_value
from notifyrules.templates import EmailTemplate, LetterTemplate, SmsTemplate

VALUES = {
    "name": "Ada Lovelace",
    "reference number": "AB-123",
    "date": "5 January 2026",
    "amount": "£12.50",
    "documents": ["passport", "driving licence", "a letter from your bank"],
}
TEXT = (
    "Dear ((name)), your appointment is on ((date)). Your reference is ((reference number)). "
    "Call 0113 496 0018 if you can’t come."
)
EMAIL = """Dear ((name)),

# Your application

We've received your application "((reference number))". Our team's looking at it - it may take until ((date)).

You need to:

* bring proof of your address
* pay ((amount)) at https://pay.dept.example/((reference number))?a=1&b=2
* [read the guidance](https://www.dept.example/guidance "Guidance")

((documents))

^ If you don't reply, we'll close your application.

## What happens next

1. We check your details.
2. We email you.
3. You'll get a letter.

If your circumstances change, contact us at help@dept.example or call 0113 496 0018.
Lines are open Monday to Friday, 9am to 5pm.

---

Thanks,
The team
"""


def microseconds(call: Callable[[], object]) -> float:
    """Return the time of one call, the best of seven runs."""
    timer = timeit.Timer(call)
    calls, _ = timer.autorange()
    return min(timer.repeat(7, max(1, calls // 4))) / max(1, calls // 4) * 1_000_000


def main() -> None:
    """Print a table."""
    values = Personalisation(VALUES)
    sms, plain_sms = SmsTemplate(TEXT, "Parks Team"), SmsTemplate(TEXT)
    email = EmailTemplate("Update for ((name)) - ((date))", EMAIL)
    short_email = EmailTemplate("Your code", "Dear ((name)),\n\nYour code is ((reference number)).")
    letter = LetterTemplate("Update for ((name))", EMAIL)
    filled = sms.render(values).text
    calls: dict[str, Callable[[], object]] = {
        "values: compiled": lambda: Personalisation(VALUES),
        "text: compiled": lambda: SmsTemplate(TEXT, "Parks Team"),
        "text: rendered and counted": lambda: plain_sms.render(values),
        "text: rendered and counted, with name": lambda: sms.render(values),
        "text: with values compiled": lambda: sms.render(Personalisation(VALUES)),
        "text: fragments only": lambda: sms_content.fragments(filled),
        "email: compiled": lambda: EmailTemplate("Update for ((name)) - ((date))", EMAIL),
        "email: subject": lambda: email.subject(values),
        "email: body for the API": lambda: email.body(values),
        "email: rendered": lambda: email.render(values),
        "email: rendered, link to unsubscribe": lambda: email.render(
            values, unsubscribe_link="https://a.example/u"
        ),
        "short email: rendered": lambda: short_email.render(values),
        "letter: rendered": lambda: letter.render(values),
        "value: sanitised": lambda: sanitise_value("Ada *Lovelace* of www.dept.example"),
    }
    print(f"{'':40}µs per call")
    for name, call in calls.items():
        print(f"{name:40}{microseconds(call):11.1f}")


if __name__ == "__main__":
    main()
