"""SES v2: takes emails as botocore sends them (`endpoint_url=http://…/ses`) and reports on them through SNS.

Signatures of requests are not checked. What SNS adds is in `sns.py`. Sources:
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (request, answers) and
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html (the notifications).
"""

import uuid
from collections.abc import Mapping
from email.utils import formatdate

import msgspec

from simulators.http_server import Request, Response, json_response
from simulators.outbox import Channel, Message
from simulators.outcomes import Fault, Report, outcome_for_address
from simulators.provider import Provider
from simulators.receipts import Receipt
from simulators.sns import Topic
from simulators.times import iso_ms, now_us

REFERENCE_TAG = "notification_id"
"""An email tag of this name is the sender's own reference, so that duplicates can be told. Without it the
reference is the message id, and no email is ever a duplicate."""

_REMOTE_MTA_IP = "192.0.2.25"
_REPORTING_MTA = "a1-1.smtp-out.simulator.notify"


def _error(status: int, code: str, message: str) -> Response:
    """Return an error in the form from which botocore reads the code."""
    body = msgspec.json.encode({"message": message})
    return Response(status=status, body=body, headers=((b"x-amzn-ErrorType", code.encode()),))


ANSWERS: Mapping[Fault, Response] = {
    Fault.ERROR: _error(500, "InternalServiceErrorException", "Internal failure"),
    Fault.THROTTLE: _error(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    Fault.REFUSE: _error(400, "InvalidParameterValue", "Domain contains illegal character"),
}


class _Data(msgspec.Struct, rename="pascal"):
    data: str


class _Body(msgspec.Struct, rename="pascal"):
    text: _Data | None = None
    html: _Data | None = None


class _NameValue(msgspec.Struct, rename="pascal"):
    name: str
    value: str


class _Simple(msgspec.Struct, rename="pascal"):
    subject: _Data
    body: _Body
    headers: list[_NameValue] = []


class _Content(msgspec.Struct, rename="pascal"):
    simple: _Simple


class _Destination(msgspec.Struct, rename="pascal"):
    to_addresses: list[str] = []
    cc_addresses: list[str] = []
    bcc_addresses: list[str] = []


class _SendEmail(msgspec.Struct, rename="pascal"):
    """The body of SendEmail, as far as it is used; raw and templated content are refused."""

    from_email_address: str
    destination: _Destination
    content: _Content
    reply_to_addresses: list[str] = []
    email_tags: list[_NameValue] = []


_read_body = msgspec.json.Decoder(_SendEmail).decode


class Ses:
    """`POST /ses/v2/email/outbound-emails`."""

    def __init__(self, provider: Provider, topic: Topic) -> None:
        self._provider = provider
        self._topic = topic

    def send(self, request: Request) -> Response:
        """Accept an email, or fail as the mode or the address has it."""
        verdict = self._provider.judge()
        if verdict.fault is not None:
            return self._provider.refuse(verdict.fault, ANSWERS, verdict.delay_s)
        try:
            body = _read_body(request.body)
        except msgspec.DecodeError as error:
            return self._provider.reject(_error(400, "BadRequestException", str(error)))
        addresses = body.destination
        recipients = addresses.to_addresses + addresses.cc_addresses + addresses.bcc_addresses
        wrong = _find_fault(body.from_email_address, recipients)
        if wrong is not None:
            return self._provider.reject(wrong)
        message = _make_message(body, self._provider.name)
        fault = self._provider.fault_for(message.outcome, message.reference)
        if fault is not None:
            return self._provider.refuse(fault, ANSWERS, verdict.delay_s)
        answer = json_response({"MessageId": message.provider_reference})
        return self._provider.accept(message, answer, self._make_receipt, verdict.delay_s)

    def _make_receipt(self, message: Message, report: Report) -> Receipt | None:
        if report is Report.PENDING:
            return None
        return self._topic.notification(
            msgspec.json.encode({**_event(message, report), "mail": _mail(message)}),
            reference=message.reference,
            report=report.value,
            is_forged=report is Report.FORGED,
        )


def _find_fault(sender: str, recipients: list[str]) -> Response | None:
    """Return the refusal that SES gives to addresses it can't send to or from."""
    if not recipients:
        return _error(400, "BadRequestException", "Destination must have at least one address")
    if any(not address.isascii() or "@" not in address for address in (sender, *recipients)):
        return _error(400, "InvalidParameterValue", "Local address or domain contains an illegal character")
    return None


def _make_message(body: _SendEmail, provider: str) -> Message:
    simple = body.content.simple
    message_id = f"01020199{uuid.uuid4().hex[:8]}-{uuid.uuid4()}-000000"
    tags = {tag.name: tag.value for tag in body.email_tags}
    recipient = body.destination.to_addresses[0] if body.destination.to_addresses else ""
    return Message(
        channel=Channel.EMAIL,
        provider=provider,
        reference=tags.get(REFERENCE_TAG, message_id),
        provider_reference=message_id,
        recipient=recipient,
        sender=body.from_email_address,
        received_at_us=now_us(),
        outcome=outcome_for_address(recipient),
        text=simple.body.text.data if simple.body.text else "",
        subject=simple.subject.data,
        html=simple.body.html.data if simple.body.html else "",
        reply_to=", ".join(body.reply_to_addresses),
        headers=[(header.name, header.value) for header in simple.headers],
    )


def _mail(message: Message) -> dict[str, object]:
    """Return the `mail` object of a notification: the email as SES remembers it, without its content."""
    headers = [
        ("From", message.sender),
        ("To", message.recipient),
        ("Subject", message.subject),
        *([("Reply-To", message.reply_to)] if message.reply_to else []),
        *message.headers,
    ]
    return {
        "timestamp": iso_ms(message.received_at_us),
        "source": message.sender,
        "sourceArn": "arn:aws:ses:eu-west-2:000000000000:identity/simulator.notify",
        "sourceIp": "192.0.2.1",
        "sendingAccountId": "000000000000",
        "messageId": message.provider_reference,
        "destination": [message.recipient],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers],
        "commonHeaders": {
            "from": [message.sender],
            "to": [message.recipient],
            "date": formatdate(message.received_at_us / 1_000_000),
            "messageId": message.provider_reference,
            "subject": message.subject,
        },
    }


def _event(message: Message, report: Report) -> dict[str, object]:
    """Return the kind of a notification and the object that goes with it."""
    timestamp = iso_ms(now_us())
    match report:
        case Report.PERMANENT:
            return _bounce(message.recipient, timestamp, "Permanent", "General", "5.1.1")
        case Report.TEMPORARY | Report.FAILED_WITHOUT_CODE:
            return _bounce(message.recipient, timestamp, "Transient", "MailboxFull", "4.2.2")
        case Report.COMPLAINT:
            complaint = {
                "complainedRecipients": [{"emailAddress": message.recipient}],
                "timestamp": timestamp,
                "feedbackId": f"{uuid.uuid4()}-000000",
                "complaintSubType": None,
                "userAgent": "simulators",
                "complaintFeedbackType": "abuse",
                "arrivalDate": timestamp,
            }
            return {"notificationType": "Complaint", "complaint": complaint}
        case Report.UNKNOWN:
            # A kind that SES has in event publishing and that is not among its notifications.
            return {"notificationType": "DeliveryDelay", "deliveryDelay": {"delayType": "MailboxFull"}}
        case _:
            delivery = {
                "timestamp": timestamp,
                "processingTimeMillis": (now_us() - message.received_at_us) // 1000,
                "recipients": [message.recipient],
                "smtpResponse": "250 2.6.0 Message received",
                "remoteMtaIp": _REMOTE_MTA_IP,
                "reportingMTA": _REPORTING_MTA,
            }
            return {"notificationType": "Delivery", "delivery": delivery}


def _bounce(recipient: str, timestamp: str, kind: str, sub_kind: str, status: str) -> dict[str, object]:
    bounced = {
        "emailAddress": recipient,
        "action": "failed",
        "status": status,
        "diagnosticCode": f"smtp; {status} simulated",
    }
    bounce = {
        "bounceType": kind,
        "bounceSubType": sub_kind,
        "bouncedRecipients": [bounced],
        "timestamp": timestamp,
        "feedbackId": f"{uuid.uuid4()}-000000",
        "remoteMtaIp": _REMOTE_MTA_IP,
        "reportingMTA": f"dsn; {_REPORTING_MTA}",
    }
    return {"notificationType": "Bounce", "bounce": bounce}
