"""Checks of one letter: the contract's order and wording, postage, and the status with which it is stored."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from notifyrules.postage import Postage
from notifyrules.rates import letter_rate_ten_thousandths
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import InvalidRequest, RuleBroken
from services.notifications.contents import MessageSettings
from services.notifications.deliveries import LetterContent
from services.notifications.new_notifications import Prepared
from services.notifications.preparing_letters import (
    precompiled_template,
    precompiled_template_id,
    prepare_letter,
    prepare_precompiled,
)
from services.notifications.sending_services import SendingService, TemplateVersion
from tests.unit.notifications.builders import NOW, SERVICE_ID, SETTINGS, a_service, a_template, an_item

LETTER = NotificationType.LETTER
ADDRESS = {"address_line_1": "A. Person", "address_line_2": "1 Street", "address_line_3": "SW1A 1AA"}
VALUES = ADDRESS | {"name": "Ada"}
ABROAD = {"address_line_1": "A. Person", "address_line_2": "1 Rue", "address_line_3": "France", "name": "Ada"}
PRETENDING = replace(SETTINGS, pretend_letter_receipts=True)


def a_letter_template(body: str = "Dear ((name))", postage: str = "first") -> TemplateVersion:
    return replace(a_template(body, LETTER), postage=postage)


def letter(
    values: Mapping[str, object] = VALUES,
    *,
    service: SendingService | None = None,
    template: TemplateVersion | None = None,
    key_type: KeyType = KeyType.NORMAL,
    settings: MessageSettings = SETTINGS,
) -> Prepared:
    item = an_item(type=LETTER, recipient="", personalisation=json.dumps(values), key_type=key_type)
    return prepare_letter(item, service or a_service(), template or a_letter_template(), settings)


def abroad_allowed() -> SendingService:
    return a_service(permissions=("letter", "international_letters"))


def test_a_letter_is_stored_answered_and_handed_on() -> None:
    made = letter(VALUES)
    assert made.letter is not None
    assert (made.answer.subject, made.answer.body) == ("About Ada", "Dear Ada")
    assert made.letter.status is NotificationStatus.CREATED
    assert isinstance(made.content, LetterContent)
    assert made.content.reference == made.letter.reference
    assert made.content.templated is not None
    assert json.loads(made.content.templated.personalisation) == VALUES


def test_references_are_sixteen_capitals_and_digits_and_differ() -> None:
    references = {made.letter.reference for made in (letter() for _ in range(50)) if made.letter}
    assert len(references) == 50
    assert all(len(text) == 16 and text.isascii() and text == text.upper() for text in references)


@pytest.mark.parametrize(
    ("values", "postage"),
    [
        (VALUES, Postage.ECONOMY),
        (ABROAD, Postage.EUROPE),
        (ABROAD | {"address_line_3": "Australia"}, Postage.REST_OF_WORLD),
    ],
)
def test_postage_is_the_templates_or_follows_the_address(
    values: Mapping[str, object], postage: Postage
) -> None:
    made = letter(values, service=abroad_allowed(), template=a_letter_template(postage="economy"))
    assert made.letter is not None
    assert made.letter.postage is postage
    assert made.row.international == (postage is not Postage.ECONOMY)


@pytest.mark.parametrize(
    ("key_type", "settings", "status"),
    [
        (KeyType.NORMAL, PRETENDING, NotificationStatus.CREATED),
        (KeyType.TEST, SETTINGS, NotificationStatus.DELIVERED),
        (KeyType.TEST, PRETENDING, NotificationStatus.SENDING),
    ],
)
def test_letters_of_test_keys_are_never_with_the_printer(
    key_type: KeyType, settings: MessageSettings, status: NotificationStatus
) -> None:
    made = letter(key_type=key_type, settings=settings)
    assert made.letter is not None
    assert made.letter.status is status
    assert isinstance(made.content, LetterContent)
    assert made.content.wants_pretend_receipt == (status is NotificationStatus.SENDING)


LONG_QR_CODE = "qr: ((name))"


@pytest.mark.parametrize(
    ("values", "body", "restricted", "key_type", "reason"),
    [
        ({"name": "x" * 505}, LONG_QR_CODE + "\n\n((other))", True, KeyType.TEAM, "QR_CODE_TOO_LONG"),
        ({}, "((name)) ((other))", True, KeyType.TEAM, "MISSING_PERSONALISATION"),
        ({"name": ""}, "((name))", True, KeyType.TEAM, "MESSAGE_EMPTY"),
        ({"name": {"file": "x"}}, "Dear ((name))", True, KeyType.TEAM, "FILE_NOT_ALLOWED"),
        ({"name": "Ada"}, "Dear ((name))", True, KeyType.TEAM, "LETTER_NOT_ALLOWED"),
        ({"name": "Ada"}, "Dear ((name))", True, KeyType.NORMAL, "LETTER_NOT_ALLOWED"),
    ],
)
def test_the_order_of_checks_before_the_address(
    values: Mapping[str, object], body: str, restricted: bool, key_type: KeyType, reason: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        letter(
            values,
            service=a_service(restricted=restricted),
            template=replace(a_letter_template(body), subject="A letter"),
            key_type=key_type,
        )
    assert refused.value.reason == reason


def test_a_trial_service_may_send_letters_with_a_test_key() -> None:
    assert letter(service=a_service(restricted=True), key_type=KeyType.TEST).letter is not None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "Ada"}, "Address must be at least 3 lines"),
        # Names of address lines count as they are spelled.
        (
            {"Address Line 1": "A", "address line 2": "B", "POSTCODE": "SW1A 1AA", "name": "Ada"},
            "Address must be at least 3 lines",
        ),
        (ABROAD, "Must be a real UK postcode"),
    ],
)
def test_what_is_wrong_with_an_address(values: Mapping[str, object], message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        letter(values)
    assert [violation.message for violation in refused.value.violations] == [message]


def test_a_qr_code_that_says_too_much_tells_what_and_how_much() -> None:
    with pytest.raises(RuleBroken) as refused:
        letter({"name": "é" * 253} | ADDRESS, template=a_letter_template(LONG_QR_CODE))
    assert refused.value.metadata == {"data": "é" * 253, "num_bytes": "506", "max_bytes": "504"}


@pytest.mark.parametrize(
    ("restricted", "key_type", "message"),
    [
        (True, KeyType.TEAM, "Cannot send letters with a team api key"),
        (False, KeyType.TEAM, "Cannot send letters with a team api key"),
        (True, KeyType.NORMAL, "Cannot send letters when service is in trial mode"),
    ],
)
def test_who_may_not_upload_letters(restricted: bool, key_type: KeyType, message: str) -> None:
    item = an_item(type=LETTER, recipient="", key_type=key_type)
    template = precompiled_template(SERVICE_ID, NOW)
    with pytest.raises(RuleBroken, match=message):
        prepare_precompiled(item, a_service(restricted=restricted), template, Postage.FIRST)


def test_an_upload_waits_for_its_check_whatever_the_key() -> None:
    item = an_item(type=LETTER, recipient="", key_type=KeyType.TEST)
    made = prepare_precompiled(item, abroad_allowed(), precompiled_template(SERVICE_ID, NOW), Postage.FIRST)
    assert made.letter is not None
    assert made.letter.status is NotificationStatus.PENDING_VIRUS_CHECK
    assert made.answer.is_precompiled
    assert isinstance(made.content, LetterContent)
    assert (made.content.templated, made.content.allow_international) == (None, True)


def test_each_service_has_its_own_template_of_uploads() -> None:
    other = a_template().id
    assert precompiled_template_id(SERVICE_ID) == precompiled_template_id(SERVICE_ID)
    assert precompiled_template_id(SERVICE_ID) != precompiled_template_id(other)


@pytest.mark.parametrize(
    ("postage", "sheets", "ten_thousandths"),
    [
        (Postage.ECONOMY, 5, 8_230),
        (Postage.SECOND, 1, 7_300),
        (Postage.FIRST, 3, 16_600),
        (Postage.EUROPE, 2, 18_400),
        (Postage.REST_OF_WORLD, 4, 19_200),
        (Postage.FIRST, 0, 0),
    ],
)
def test_what_letters_cost(postage: Postage, sheets: int, ten_thousandths: int) -> None:
    assert letter_rate_ten_thousandths(postage, sheets, NOW.date()) == ten_thousandths
