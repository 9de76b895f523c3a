"""Checks of one notification: the contract's order and wording."""

import json
from datetime import date
from uuid import uuid4

import pytest

from notifyrules.rates import published
from notifyrules.statuses import KeyType, NotificationType
from servicekit.errors import InvalidRequest, RuleBroken
from services.notifications.deliveries import EmailContent, Lane, TextContent
from services.notifications.new_notifications import NewNotification, Prepared
from services.notifications.preparing import (
    parse_recipient_address,
    parse_recipient_number,
    prepare_email,
    prepare_text,
)
from services.notifications.sending_services import SendingService, TemplateVersion
from tests.unit.notifications.builders import (
    REPLY_TO_ID,
    SENDER_ID,
    SERVICE_ID,
    SETTINGS,
    a_service,
    a_template,
    an_item,
)

EMAIL = NotificationType.EMAIL
TEAM = "Can’t send to this recipient using a team-only API key"
TRIAL = (
    "Can’t send to this recipient when service is in trial mode "
    "– see https://www.notifications.service.gov.uk/trial-mode"
)


def text(
    item: NewNotification | None = None,
    service: SendingService | None = None,
    template: TemplateVersion | None = None,
) -> Prepared:
    item = item or an_item()
    return prepare_text(
        item,
        parse_recipient_number(item.recipient),
        service or a_service(),
        template or a_template(),
        multiplier=published().multiplier(parse_recipient_number(item.recipient), date(2026, 11, 22)),
    )


def email(
    item: NewNotification | None = None,
    service: SendingService | None = None,
    template: TemplateVersion | None = None,
) -> Prepared:
    item = item or an_item(type=EMAIL, recipient="Ada@Example.com")
    return prepare_email(
        item,
        parse_recipient_address(item.recipient),
        service or a_service(),
        template or a_template(type=EMAIL),
        SETTINGS,
    )


def refusal(**changes: object) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        text(**changes)  # type: ignore[arg-type]  # the names are text's own
    return caught.value


def test_a_text_is_ready_for_store_answer_and_sender() -> None:
    prepared = text(service=a_service(prefix_sms=True))
    assert (prepared.row.recipient, prepared.row.normalised_recipient) == ("07700 900123", "447700900123")
    assert (prepared.answer.body, prepared.answer.sender) == ("Hello Ada", "PARKING")
    assert prepared.content == TextContent(
        phone_number="447700900123", sender="PARKING", body="Parking Permits: Hello Ada", international=False
    )


def test_a_chosen_phone_number_is_shown_in_international_form() -> None:
    assert text(an_item(sms_sender_id=SENDER_ID)).answer.sender == "447700900555"


@pytest.mark.parametrize(("is_priority", "lane"), [(True, Lane.PRIORITY), (False, Lane.NORMAL)])
def test_the_template_decides_the_lane(is_priority: bool, lane: Lane) -> None:
    assert text(template=a_template(is_priority=is_priority)).row.lane is lane


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("", "phone_number Not enough digits"),
        ("nobody", "phone_number Must not contain letters or symbols"),
        ("+881612345678", "phone_number Not a valid country prefix"),
    ],
)
def test_a_bad_number_is_a_fault_of_its_field(raw: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_recipient_number(raw)
    assert [(fault.field, fault.message) for fault in caught.value.violations] == [("phone_number", message)]


def test_a_bad_address_is_a_fault_of_its_field() -> None:
    with pytest.raises(InvalidRequest, match="email_address Not a valid email address"):
        parse_recipient_address("nobody")


def test_missing_values_are_named_as_the_template_writes_them() -> None:
    refused = refusal(
        item=an_item(personalisation=""), template=a_template("((Name)) and ((code)) and ((name))")
    )
    assert (refused.reason, refused.message) == (
        "MISSING_PERSONALISATION",
        "Missing personalisation: Name, code",
    )


@pytest.mark.parametrize("value", ["", "   ", [], "\u200b"])
def test_a_text_of_nothing_is_refused(value: object) -> None:
    refused = refusal(
        item=an_item(personalisation=json.dumps({"name": value})), template=a_template("((name))")
    )
    assert (refused.reason, refused.message) == ("MESSAGE_EMPTY", "Your message is empty.")


def test_a_file_is_for_emails_only() -> None:
    refused = refusal(item=an_item(personalisation='{"name": {"file": "AAAA"}}'))
    assert refused.message == "Can only send a file by email"


def test_a_sender_that_does_not_exist_is_named() -> None:
    missing = uuid4()
    refused = refusal(item=an_item(sms_sender_id=missing))
    assert (
        refused.message == f"sms_sender_id {missing} does not exist in database for service id {SERVICE_ID}"
    )


@pytest.mark.parametrize(
    ("key_type", "restricted", "message"),
    [
        (KeyType.TEAM, False, TEAM),
        (KeyType.TEAM, True, TEAM),
        (KeyType.NORMAL, True, TRIAL),
        (KeyType.NORMAL, False, None),
        (KeyType.TEST, True, None),
    ],
)
def test_who_may_be_sent_to(key_type: KeyType, restricted: bool, message: str | None) -> None:
    item, service = an_item(key_type=key_type), a_service(restricted=restricted)
    if message is None:
        assert text(item, service)
    else:
        assert refusal(item=item, service=service).message == message


def test_the_guest_list_is_compared_after_normalising() -> None:
    assert text(an_item(key_type=KeyType.TEAM), a_service(allowed_recipients=["447700900123"]))


@pytest.mark.parametrize(
    ("number", "permission", "message"),
    [
        ("+33612345678", "international_sms", "Cannot send to international mobile numbers"),
        ("020 7219 3000", "sms_to_uk_landlines", "Not a UK mobile number"),
    ],
)
def test_some_numbers_need_a_permission(number: str, permission: str, message: str) -> None:
    item = an_item(recipient=number)
    assert refusal(item=item).message == message
    assert text(item, a_service(permissions=["sms", permission]))


def test_crown_dependencies_need_no_permission_and_are_international() -> None:
    prepared = text(an_item(recipient="+44 7797 700111"))
    assert (prepared.row.international, prepared.row.rate_multiplier) == (True, 2)


@pytest.mark.parametrize(("length", "fine"), [(918, True), (919, False)])
def test_the_length_of_a_text(length: int, fine: bool) -> None:
    item = an_item(personalisation=json.dumps({"name": "a" * length}))
    template = a_template("((name))")
    if fine:
        assert text(item, template=template).row.billable_units == 6
    else:
        assert refusal(item=item, template=template).message.endswith("Your message is 919 characters long.")


def test_the_name_in_front_does_not_count_to_the_length() -> None:
    item = an_item(personalisation=json.dumps({"name": "a" * 918}))
    assert text(item, a_service(prefix_sms=True), a_template("((name))")).row.billable_units == 7


def test_the_order_of_checks() -> None:
    """Each fault hides all that come after it."""
    everything_wrong = an_item(
        recipient="+33612345678",
        personalisation=json.dumps({"name": "a" * 2000}),
        sms_sender_id=uuid4(),
        key_type=KeyType.TEAM,
    )
    template = a_template("((name))((missing))")
    reasons = [refusal(item=everything_wrong, template=template).reason]
    template = a_template("((name))")
    reasons.append(refusal(item=everything_wrong, template=template).reason)
    known_sender = an_item(
        recipient="+33612345678", personalisation=everything_wrong.personalisation, key_type=KeyType.TEAM
    )
    reasons.append(refusal(item=known_sender, template=template).reason)
    abroad = an_item(recipient="+33612345678", personalisation=everything_wrong.personalisation)
    reasons.append(refusal(item=abroad, template=template).reason)
    home = an_item(personalisation=everything_wrong.personalisation)
    reasons.append(refusal(item=home, template=template).reason)
    assert reasons == [
        "MISSING_PERSONALISATION",
        "SENDER_NOT_FOUND",
        "RECIPIENT_NOT_ON_TEAM",
        "INTERNATIONAL_NOT_ALLOWED",
        "MESSAGE_TOO_LONG",
    ]


@pytest.mark.parametrize("number", ["07700900000", "07700900111", "07700900222"])
def test_published_test_numbers_are_only_simulated(number: str) -> None:
    assert text(an_item(recipient=number)).answer.simulated


def test_an_email_is_ready_for_store_answer_and_sender() -> None:
    prepared = email()
    assert (prepared.row.recipient, prepared.row.normalised_recipient) == (
        "Ada@Example.com",
        "ada@example.com",
    )
    assert (prepared.answer.subject, prepared.answer.body) == ("About Ada", "Hello Ada")
    assert prepared.answer.sender == "parking.permits@notify.example"
    content = prepared.content
    assert isinstance(content, EmailContent)
    assert (content.body_template, content.personalisation) == ("Hello ((name))", '{"name": "Ada"}')


def test_a_chosen_reply_to_address_is_used() -> None:
    prepared = email(an_item(type=EMAIL, recipient="a@b.com", email_reply_to_id=REPLY_TO_ID))
    assert isinstance(prepared.content, EmailContent)
    assert prepared.content.reply_to_address == "desk@example.com"


def test_sanitised_values_are_told_stored_and_sent() -> None:
    item = an_item(
        type=EMAIL,
        recipient="a@b.com",
        personalisation='{"name": "*Ada*", "other": "*x*"}',
        sanitise_content_for=("NAME",),
    )
    prepared = email(item)
    (value,) = prepared.answer.sanitised_values
    assert (value.name, value.unsanitised, value.sanitised) == ("name", "*Ada*", "\\*Ada\\*")
    assert prepared.answer.body == "Hello \\*Ada\\*"
    assert json.loads(prepared.row.personalisation) == {"name": "\\*Ada\\*", "other": "*x*"}


def test_a_template_with_an_unsubscribe_link_gets_one_that_only_we_could_have_made() -> None:
    prepared = email(template=a_template(type=EMAIL, has_unsubscribe_link=True))
    assert isinstance(prepared.content, EmailContent)
    url = prepared.content.one_click_unsubscribe_url
    assert url is not None
    prefix, _, token = url.rpartition("/")
    assert prefix == f"https://api.example/unsubscribe/{prepared.row.id}"
    said = SETTINGS.secrets.read_unsubscribe_token(token)
    assert said is not None
    assert said.notification_id == prepared.row.id
    assert prepared.answer.one_click_unsubscribe_url is None


def test_the_senders_own_unsubscribe_link_wins() -> None:
    item = an_item(type=EMAIL, recipient="a@b.com", one_click_unsubscribe_url="https://example.com/leave")
    prepared = email(item, template=a_template(type=EMAIL, has_unsubscribe_link=True))
    assert isinstance(prepared.content, EmailContent)
    assert prepared.content.one_click_unsubscribe_url == "https://example.com/leave"


@pytest.mark.parametrize("personalisation", ["[1]", '"x"', "{", "[" * 100_000])
def test_personalisation_that_is_no_object_is_refused(personalisation: str) -> None:
    with pytest.raises(InvalidRequest):
        text(an_item(personalisation=personalisation))
